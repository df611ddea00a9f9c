/** What a figure was before: the base of the comparison, or each of its earlier years. Pure. */
import type { Day, Head, Language, MemberId, Value } from '@/api/document'
import { daysText } from '@/format/dates'
import { addDays, addMonths, kMonthsIn, parts, periodOf, weekday, type Grain } from '@/format/days'

export interface Past {
  label: string
  raw: Value['v']
}

/** Years beside the period's own, the nearest first; empty without a comparison of several. */
export function yearsOf(comparison: Head['comparison']): string[] {
  if (!comparison?.earlier?.length) return []
  return [comparison.base_label ?? '', ...comparison.earlier.map((year) => year.label)]
}

/** The nearest first, unknown ones too (a dash, never 0); empty where nothing is compared. `word` names the base of a comparison with one period. */
export function pastOf(value: Value | undefined, years: string[], word: string): Past[] {
  if (!value || value.base === undefined) return []
  if (!years.length) return [{ label: word, raw: value.base ?? null }]
  return years.map((label, at) => ({ label, raw: at === 0 ? (value.base ?? null) : (value.earlier?.[at - 1] ?? null) }))
}

/** The exact days that are compared while the period is not over: its elapsed part, and what it is set beside, the nearest first. */
export interface Spans {
  now: Day
  before: Day[]
}

/** Null without a comparison, and for a period that is over: there the names of both say all. */
export function spansOf(head: Pick<Head, 'period' | 'comparison'> | null | undefined): Spans | null {
  const comparison = head?.comparison
  const now = comparison?.current
  if (!comparison || !now || !head.period.to || now.to >= head.period.to) return null
  return { now: { from: now.from, to: now.to }, before: [comparison, ...(comparison.earlier ?? [])].map(({ from, to }) => ({ from, to })) }
}

const kGrains: readonly string[] = ['day', 'week', 'month', 'quarter', 'half', 'year']
/** First day of the bucket of a time dimension that holds the day. */
const startOf = (day: string, grain: string): string => (grain === 'day' ? day : grain === 'week' ? addDays(day, 1 - weekday(day)) : periodOf(day, grain as Grain).from)
const step = (start: string, grain: string, count: number): string => (grain === 'day' ? addDays(start, count) : grain === 'week' ? addDays(start, count * 7) : addMonths(start, count * kMonthsIn[grain as Grain]))
function stepsBetween(from: string, to: string, grain: string): number {
  if (grain === 'day' || grain === 'week') return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000 / (grain === 'week' ? 7 : 1))
  const [fy, fm] = parts(from)
  const [ty, tm] = parts(to)
  return ((ty - fy) * 12 + tm - fm) / kMonthsIn[grain as Grain]
}
const meet = (one: Day, other: Day): Day | null => {
  const both = { from: one.from > other.from ? one.from : other.from, to: one.to < other.to ? one.to : other.to }
  return both.from < both.to ? both : null
}

/**
 * The same of one bucket of a time dimension: the days of it that count, and those of the bucket in its place before (buckets are set
 * side by side by their place in the period). Null where the bucket has not begun or is none of the period's; `before` may be null.
 */
export function bucketSpans(spans: Spans, dimension: string, id: string): { now: Day; before: (Day | null)[] } | null {
  const bucket = (start: string): Day => ({ from: start, to: step(start, dimension, 1) })
  const now = meet(bucket(id), spans.now)
  if (!now) return null
  const place = stepsBetween(startOf(spans.now.from, dimension), id, dimension)
  return { now, before: spans.before.map((range) => meet(bucket(step(startOf(range.from, dimension), dimension, place)), range)) }
}

/** Lines of a tooltip that name these days; `at`: the members that the figure stands at, by dimension. `word`: "before". */
export function spanLines(spans: Spans | null, at: Record<string, MemberId>, language: Language, word: string): string[] {
  if (!spans) return []
  const [dimension, id] = Object.entries(at).find(([name, member]) => kGrains.includes(name) && member) ?? []
  const shown = dimension && id ? bucketSpans(spans, dimension, id) : spans
  if (!shown) return []
  const days = (range: Day | null): string => (range ? daysText(range, language) : '—')
  const [nearest, ...earlier] = shown.before
  if (!earlier.length) return [`${days(shown.now)} · ${word}: ${days(nearest ?? null)}`]
  return [days(shown.now), ...shown.before.map(days)]
}
