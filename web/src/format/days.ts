/** Calendar arithmetic on ISO days (`YYYY-MM-DD`) and half-open ranges of them. No time zones: the server decides days. */
import type { Day } from '@/api/document'

export type Grain = 'month' | 'quarter' | 'half' | 'year'
export const kMonthsIn: Record<Grain, number> = { month: 1, quarter: 3, half: 6, year: 12 }

const pad = (value: number): string => String(value).padStart(2, '0')

export function day(year: number, month: number, date = 1): string {
  const moment = new Date(Date.UTC(year, month - 1, date))
  return `${moment.getUTCFullYear()}-${pad(moment.getUTCMonth() + 1)}-${pad(moment.getUTCDate())}`
}

export function parts(iso: string): [number, number, number] {
  return [Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), Number(iso.slice(8, 10))]
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [y, m, d] = parts(text)
  return day(y, m, d) === text
}

export function addDays(iso: string, count: number): string {
  const [y, m, d] = parts(iso)
  return day(y, m, d + count)
}

export function addMonths(iso: string, count: number): string {
  const [y, m] = parts(iso)
  return day(y, m + count, 1)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** 1 = Monday … 7 = Sunday. */
export function weekday(iso: string): number {
  const [y, m, d] = parts(iso)
  return ((new Date(Date.UTC(y, m - 1, d)).getUTCDay() + 6) % 7) + 1
}

/** The calendar period of a grain that holds the day. */
export function periodOf(iso: string, grain: Grain): Day {
  const [y, m] = parts(iso)
  const size = kMonthsIn[grain]
  const from = day(y, Math.floor((m - 1) / size) * size + 1)
  return { from, to: addMonths(from, size) }
}

/** The calendar grain of a range, or null for a free range. */
export function grainOf(range: Day): Grain | null {
  for (const grain of ['month', 'quarter', 'half', 'year'] as const) {
    const whole = periodOf(range.from, grain)
    if (whole.from === range.from && whole.to === range.to) return grain
  }
  return null
}

/** The range before or after: a calendar period moves by itself, a free one by its number of days. */
export function shift(range: Day, steps: number): Day {
  const grain = grainOf(range)
  if (grain) {
    const months = kMonthsIn[grain] * steps
    return { from: addMonths(range.from, months), to: addMonths(range.to, months) }
  }
  const wholeMonths = range.from.endsWith('-01') && range.to.endsWith('-01')
  if (wholeMonths) {
    const [fy, fm] = parts(range.from)
    const [ty, tm] = parts(range.to)
    const months = ((ty - fy) * 12 + tm - fm) * steps
    return { from: addMonths(range.from, months), to: addMonths(range.to, months) }
  }
  const length = daysBetween(range.from, range.to) * steps
  return { from: addDays(range.from, length), to: addDays(range.to, length) }
}

/** Weeks of a month for a calendar: Mondays first, days outside the month are null. */
export function monthWeeks(year: number, month: number): (string | null)[][] {
  const first = day(year, month)
  const lead = weekday(first) - 1
  const count = daysBetween(first, addMonths(first, 1))
  const cells: (string | null)[] = [
    ...Array.from({ length: lead }, () => null),
    ...Array.from({ length: count }, (_, index) => addDays(first, index)),
  ]
  while (cells.length % 7) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, index) => cells.slice(index * 7, index * 7 + 7))
}

/** A period that has not begun on `today`. */
export const isAhead = (from: string, today: string): boolean => from > today

/** Today in the portal's zone; an unknown zone falls back to the browser's. */
export function todayIn(zone: string | undefined, now: Date = new Date()): string {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
  } catch {
    return day(now.getFullYear(), now.getMonth() + 1, now.getDate())
  }
}
