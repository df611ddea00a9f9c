/**
 * The one number formatter. Nothing is a dash, never 0. Money comes as a decimal string, a ratio as 0..1, a duration in seconds.
 * Where a number is shortened ("12,4 млн ₽") the caller shows `exact` in the tooltip.
 */
import type { Language, Measure, Value } from '@/api/document'

export type Raw = number | string | null | undefined
export const kNothing = '—'
const kNbsp = '\u00a0'

const kWords = {
  ru: { k: 'тыс.', m: 'млн', b: 'млрд', t: 'трлн', h: 'ч', min: 'мин', d: 'дн.', pp: 'п.п.', fresh: 'новое', of: 'из', interval: 'с вероятностью 90 % от {low} до {high}', unripe: 'незрелая когорта: со зрелой не сравнить', baseUnripe: 'база незрелая' },
  en: { k: 'K', m: 'M', b: 'B', t: 'T', h: 'h', min: 'min', d: 'd', pp: 'pp', fresh: 'new', of: 'of', interval: '90% likely from {low} to {high}', unripe: 'unripe cohort: no match for a ripe one', baseUnripe: 'the base is unripe' },
} as const

export function toNumber(raw: Raw): number | null {
  if (raw === null || raw === undefined || raw === '') return null
  const value = typeof raw === 'number' ? raw : Number(raw)
  return Number.isFinite(value) ? value : null
}

export interface Formatter {
  language: Language
  /** As in a card, a table cell or a tooltip line: money without kopecks, whole. */
  exact(raw: Raw, measure: Pick<Measure, 'format' | 'unit'>): string
  /** As on an axis, a card or a narrow cell: three significant digits and a word. */
  compact(raw: Raw, measure: Pick<Measure, 'format' | 'unit'>): string
  /** Without a currency sign, for tables whose head names the unit. */
  bare(raw: Raw, measure: Pick<Measure, 'format' | 'unit'>, short?: boolean): string
  /** Over a bar: compact, without the currency sign that the axis shows. */
  short(raw: Raw, measure: Pick<Measure, 'format' | 'unit'>): string
  /** What a column's head says of its unit: the sign of money, nothing where figures carry their unit. */
  unit(measure: Pick<Measure, 'format' | 'unit'>): string
  /** The change as a percentage, percentage points for ratios, or the word for growth from nothing; null = no comparison. */
  change(value: Value, measure: Pick<Measure, 'format' | 'unit'>): { text: string; sign: -1 | 0 | 1 } | null
  /** "из 12, с вероятностью 90 % от 4 % до 31 %" (short: "из 12: 4–31 %"), "из 340" under a percentage; empty where nothing is known. */
  sample(value: Value, short?: boolean): string
  integer(raw: Raw): string
  percent(raw: Raw, digits?: number): string
}

export function createFormatter(language: Language): Formatter {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB'
  const words = kWords[language]
  const cache = new Map<string, Intl.NumberFormat>()
  const plain = (value: number, min: number, max: number): string => {
    const key = `${min}/${max}`
    let format = cache.get(key)
    if (!format) {
      format = new Intl.NumberFormat(locale, { minimumFractionDigits: min, maximumFractionDigits: max, useGrouping: true })
      cache.set(key, format)
    }
    const text = format.format(value).replace(/^-/, '−').replace(/[\u202f\u00a0 ]/g, kNbsp)
    return text === '−0' ? '0' : text
  }
  const space = language === 'ru' ? kNbsp : ''
  const signs = new Map<string, string>()
  const sign = (currency: string | null | undefined): string => {
    if (!currency) return ''
    let found = signs.get(currency)
    if (found === undefined) {
      try {
        found =
          new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
            .formatToParts(0)
            .find((part) => part.type === 'currency')?.value ?? currency
      } catch {
        found = currency
      }
      signs.set(currency, found)
    }
    return found
  }
  const withSign = (text: string, currency: string | null | undefined): string => {
    const symbol = sign(currency)
    if (!symbol) return text
    if (language === 'ru' || symbol.length > 1) return `${text}${kNbsp}${symbol}`
    return text.startsWith('−') ? `−${symbol}${text.slice(1)}` : `${symbol}${text}`
  }
  const short = (value: number): string => {
    const size = Math.abs(value)
    const steps: [number, string][] = [
      [1e12, words.t],
      [1e9, words.b],
      [1e6, words.m],
      [1e4, words.k],
    ]
    for (const [limit, word] of steps) {
      // 999 950 would be written "1 000 тыс.": step up when rounding carries over.
      if (size >= limit * (limit === 1e4 ? 1 : 0.9995)) {
        const scale = limit === 1e4 ? 1e3 : limit
        const scaled = value / scale
        const digits = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2
        return `${plain(scaled, 0, digits)}${language === 'ru' ? kNbsp : ''}${word}`
      }
    }
    return plain(value, 0, size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2)
  }
  // `fixed`: with a trailing zero too, so that a column's decimals stand under each other.
  const percent = (raw: Raw, digits = 1, fixed = false): string => {
    const value = toNumber(raw)
    if (value === null) return kNothing
    const scaled = value * 100
    return `${plain(scaled, fixed ? digits : 0, fixed || Math.abs(scaled) < 100 ? digits : 0)}${space}%`
  }
  // Seconds: under 48 hours in hours (under an hour in minutes), else days; the unit always stands.
  const duration = (value: number, fixed = false): string => {
    const size = Math.abs(value)
    if (size === 0) return `0${kNbsp}${words.h}`
    if (size < 3600) return `${plain(value / 60, 0, 0)}${kNbsp}${words.min}`
    if (size < 48 * 3600) return `${plain(value / 3600, 0, 1)}${kNbsp}${words.h}`
    const days = value / 86400
    return `${plain(days, fixed && Math.abs(days) < 100 ? 1 : 0, Math.abs(days) < 100 ? 1 : 0)}${kNbsp}${words.d}`
  }
  const write = (raw: Raw, measure: Pick<Measure, 'format' | 'unit'>, compact: boolean, bare: boolean): string => {
    const value = toNumber(raw)
    if (value === null) return kNothing
    switch (measure.format) {
      case 'money': {
        const text = compact ? short(value) : plain(value, 0, 0)
        return bare ? text : withSign(text, measure.unit)
      }
      case 'percent':
        return percent(value, 1, bare)
      case 'duration':
        return duration(value, bare)
      case 'days':
        // A stretch of time counted in seconds, or a plain number of days.
        if (measure.unit === 's') return duration(value, bare)
        return `${plain(value, 0, Math.abs(value) >= 100 ? 0 : 1)}${kNbsp}${words.d}`
      case 'whole_days': {
        // Counted from day to day: hours would be made up.
        const days = value / 86400
        if (Math.abs(days) < 1) return `<${kNbsp}1${kNbsp}${words.d}`
        return `${plain(days, bare && Math.abs(days) < 100 ? 1 : 0, Math.abs(days) < 100 ? 1 : 0)}${kNbsp}${words.d}`
      }
      case 'decimal':
        return compact ? short(value) : plain(value, 0, 2)
      default:
        return compact && Math.abs(value) >= 1e5 ? short(value) : plain(value, 0, Number.isInteger(value) ? 0 : 1)
    }
  }
  return {
    language,
    exact: (raw, measure) => write(raw, measure, false, false),
    compact: (raw, measure) => write(raw, measure, true, false),
    bare: (raw, measure, compact = false) => write(raw, measure, compact, true),
    short: (raw, measure) => (toNumber(raw) === null ? '' : write(raw, measure, true, true)),
    unit: (measure) => (measure.format === 'money' ? sign(measure.unit) : ''),
    change(value, measure) {
      const delta = toNumber(value.delta)
      if (value.new) return { text: words.fresh, sign: 1 }
      if (delta === null) return null
      const mark = delta > 0 ? '+' : ''
      if (measure.format === 'percent') {
        const points = Math.round(delta * 1000) / 10
        return { text: `${points > 0 ? '+' : ''}${plain(points, 0, 1)}${kNbsp}${words.pp}`, sign: Math.sign(points) as -1 | 0 | 1 }
      }
      const ratio = toNumber(value.delta_pct)
      if (ratio === null) {
        if (delta === 0) return { text: '0', sign: 0 }
        return { text: `${mark}${write(delta, measure, true, false)}`, sign: Math.sign(delta) as -1 | 0 | 1 }
      }
      const rounded = Math.round(ratio * 1000) / 1000
      return { text: `${rounded > 0 ? '+' : ''}${percent(rounded, Math.abs(rounded) >= 0.1 ? 0 : 1)}`, sign: Math.sign(rounded) as -1 | 0 | 1 }
    },
    sample(value, short = false) {
      const parts: string[] = []
      if (value.n !== null && value.n !== undefined) {
        const size = `${words.of}${kNbsp}${plain(value.n, 0, 0)}`
        const low = toNumber(value.low)
        const high = toNumber(value.high)
        if (low === null || high === null) parts.push(size)
        else if (short) parts.push(`${size}: ${plain(low * 100, 0, 0)}–${percent(high, 0)}`)
        else parts.push(`${size}, ${words.interval.replace('{low}', percent(low, 0)).replace('{high}', percent(high, 0))}`)
      }
      if (value.unripe) parts.push(words.unripe)
      if (value.base_unripe) parts.push(words.baseUnripe)
      return parts.join(' · ')
    },
    integer: (raw) => write(raw, { format: 'integer' }, false, false),
    percent,
  }
}
