/** Days and moments as text. Days come as ISO text and are never moved between zones. */
import type { Day, Language } from '@/api/document'
import { addDays, grainOf, parts } from '@/format/days'

const locale = (language: Language): string => (language === 'ru' ? 'ru-RU' : 'en-GB')
const utc = (iso: string): Date => new Date(`${iso.slice(0, 10)}T00:00:00Z`)
const tidy = (text: string): string => text.replace(/\s+г\.$/, '').replace(/\u202f/g, '\u00a0')

// Making a format costs more than a hundred uses of it.
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let found = formats.get(key)
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale(language), options)))
  return found
}

export function dayText(iso: string, language: Language, withYear = true): string {
  return tidy(formatOf(language, { day: 'numeric', month: 'short', ...(withYear && { year: 'numeric' }), timeZone: 'UTC' }).format(utc(iso)))
}

export function monthText(iso: string, language: Language, style: 'long' | 'short' = 'long', withYear = true): string {
  const month = formatOf(language, { month: style, timeZone: 'UTC' }).format(utc(iso)).replace('.', '')
  return withYear ? `${month} ${parts(iso)[0]}` : month
}

export function weekdayTexts(language: Language): string[] {
  const format = new Intl.DateTimeFormat(locale(language), { weekday: 'short', timeZone: 'UTC' })
  return Array.from({ length: 7 }, (_, index) => format.format(new Date(Date.UTC(2024, 0, 1 + index))))
}

/** First and last day of a range, whatever its name: "1 янв. – 15 февр. 2025". */
export function daysText(range: Day, language: Language): string {
  const last = addDays(range.to, -1)
  if (last === range.from) return dayText(last, language)
  const sameYear = last.slice(0, 4) === range.from.slice(0, 4)
  return `${dayText(range.from, language, !sameYear)} – ${dayText(last, language)}`
}

/** A range as people say it: "март 2025", "I квартал 2025", "1 янв. – 15 февр. 2025". */
export function rangeText(range: Day, language: Language): string {
  const [year, month] = parts(range.from)
  const roman = ['I', 'II', 'III', 'IV']
  switch (grainOf(range)) {
    case 'month':
      return monthText(range.from, language)
    case 'quarter':
      return language === 'ru' ? `${roman[(month - 1) / 3]} квартал ${year}` : `Q${(month - 1) / 3 + 1} ${year}`
    case 'half':
      return language === 'ru' ? `${month === 1 ? 'I' : 'II'} полугодие ${year}` : `H${month === 1 ? 1 : 2} ${year}`
    case 'year':
      return String(year)
    case null:
      return daysText(range, language)
  }
}

/** A moment in the portal's zone: the time alone for today, day and time otherwise. */
export function momentText(instant: string, zone: string | undefined, language: Language, now: Date = new Date()): string {
  const moment = new Date(instant)
  if (Number.isNaN(moment.getTime())) return instant
  const text = (options: Intl.DateTimeFormatOptions, at = moment): string => {
    try {
      return formatOf(language, { ...options, timeZone: zone }).format(at)
    } catch {
      return formatOf(language, options).format(at)
    }
  }
  const key: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' }
  const time = text({ hour: '2-digit', minute: '2-digit' })
  return text(key) === text(key, now) ? time : `${tidy(text({ day: 'numeric', month: 'short' }))} ${time}`
}

/** A date or moment found in a list's cell. */
export function cellDate(value: string, language: Language, zone?: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? dayText(value, language) : momentText(value, zone, language)
}
