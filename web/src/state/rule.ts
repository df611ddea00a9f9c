/** Daily rules: which cards they look for, in words; their deadline; what one would do. Pure. */
import type { ActionPreview } from '@/api/actions'
import type { Filter, ListColumn, MemberId, Narrowing } from '@/api/document'
import { boundsText } from '@/format/bounds'
import { rangeText } from '@/format/dates'
import type { Formatter } from '@/format/number'
import type { ComposerTranslation } from 'vue-i18n'

/** What of the model (GET portals/P/model) tells a query in words. */
export interface RuleModel {
  measures: readonly { id: string; label: string; role?: string | undefined; args?: unknown }[]
  dimensions: readonly { id: string; label: string; kind?: unknown }[]
}
type Asked = string | { measure: string; args?: Record<string, unknown>; as?: string }
/** A records query as far as a rule keeps it (docs/request.md). */
export interface RuleRecords {
  measures?: Asked[]
  cell?: { measure: string; values?: Record<string, MemberId> }
  period?: { from: string; to: string }
  filters?: Filter[]
  cross_filters?: Filter[]
  narrow?: Narrowing[]
  search?: string
}
const kKept = ['measures', 'cell', 'period', 'filters', 'cross_filters', 'narrow', 'search'] as const

const measureOf = (records: RuleRecords): { id: string; args: Record<string, unknown> } => {
  const named = records.cell?.measure
  const asked = records.measures?.find((one) => (typeof one === 'string' ? one : (one.as ?? one.measure)) === named) ?? records.measures?.[0]
  if (asked === undefined) return { id: named ?? '', args: {} }
  return typeof asked === 'string' ? { id: asked, args: {} } : { id: asked.measure, args: asked.args ?? {} }
}
/** The number is a state, "as of": a rule asks for that of its own day, whatever the period was. */
export function isState(records: RuleRecords, model: RuleModel): boolean {
  return model.measures.find((one) => one.id === measureOf(records).id)?.role === 'as_of'
}

/**
 * A list's query as a rule keeps it. Without `period` it asks anew every day for the cards of that day, whatever their dates: the
 * period goes, and so do the months and days that the number stood under.
 */
export function ruleRecords(list: Record<string, unknown>, model: RuleModel, period: boolean): RuleRecords {
  const kept = Object.fromEntries(kKept.filter((key) => list[key] !== undefined && list[key] !== '').map((key) => [key, list[key]])) as RuleRecords
  for (const key of ['filters', 'cross_filters', 'narrow'] as const) if (!kept[key]?.length) delete kept[key]
  if (period) return kept
  const times = new Set(model.dimensions.filter((one) => one.kind === 'time').map((one) => one.id))
  delete kept.period
  for (const key of ['filters', 'cross_filters'] as const) {
    const rest = kept[key]?.filter((one) => !times.has(one.dimension))
    if (rest?.length) kept[key] = rest
    else delete kept[key]
  }
  if (kept.cell) kept.cell = { ...kept.cell, values: Object.fromEntries(Object.entries(kept.cell.values ?? {}).filter(([dimension]) => !times.has(dimension))) }
  return kept
}

/** One condition in words. */
export interface RuleLine {
  key: string
  label: string
  text: string
}
export interface RuleWords {
  model: RuleModel
  /** Columns of the list; those of `narrow` at least. */
  columns: readonly ListColumn[]
  /** The name of a member, nothing while it is on its way. */
  member: (dimension: string, id: MemberId) => string | undefined
  format: Formatter
  t: ComposerTranslation
}

/** The query in words: the number first, then what narrows it, in the order asked. */
export function ruleLines(records: RuleRecords, { model, columns, member, format, t }: RuleWords): RuleLine[] {
  const { id, args } = measureOf(records)
  const dimension = (one: string): string => model.dimensions.find((each) => each.id === one)?.label ?? one
  const names = (one: string, ids: readonly MemberId[]): string => {
    const told = ids.map((each) => (each === null ? t('none') : (member(one, each) ?? each)))
    return told.length > 6 ? `${told.slice(0, 5).join(', ')} +${told.length - 5}` : told.join(', ')
  }
  const lines: RuleLine[] = [{ key: 'measure', label: t('rules.cards'), text: [model.measures.find((one) => one.id === id)?.label ?? id, ...Object.values(args).map(String)].join(', ') }]
  if (records.period) lines.push({ key: 'period', label: t('rules.period'), text: rangeText(records.period, format.language) })
  for (const [one, value] of Object.entries(records.cell?.values ?? {})) lines.push({ key: `cell.${one}`, label: dimension(one), text: names(one, [value]) })
  const filters = [...(records.filters ?? []).map((one) => ({ ...one, key: `filter.${one.dimension}` })), ...(records.cross_filters ?? []).map((one) => ({ ...one, key: `cross.${one.dimension}` }))]
  for (const one of filters) {
    const ids = one.in ?? one.under ?? one.not_in
    const words = ids ? names(one.dimension, ids) : boundsText(one, format, t)
    lines.push({ key: one.key, label: dimension(one.dimension), text: [one.not_in ? t('filter.except') : '', words, one.under ? t('filter.with_under') : ''].filter(Boolean).join(' ') })
  }
  for (const one of records.narrow ?? []) {
    const column = columns.find((each) => each.id === one.column)
    const none = t(column && column.type !== 'member' && one.column !== 'part' ? 'records.narrow_none' : 'none')
    const text = one.in ? one.in.map((each) => (each === null ? none : (member(one.column, each) ?? each))).join(', ') : boundsText(one, format, t)
    lines.push({ key: `narrow.${one.column}`, label: column?.label ?? dimension(one.column), text })
  }
  if (records.search) lines.push({ key: 'search', label: t('rules.search'), text: `«${records.search}»` })
  return lines
}

/** Dimensions whose members' names the words need. */
export function ruleDimensions(records: RuleRecords): string[] {
  const named = [
    ...Object.entries(records.cell?.values ?? {}).flatMap(([dimension, id]) => (id === null ? [] : [dimension])),
    ...[...(records.filters ?? []), ...(records.cross_filters ?? [])].flatMap((one) => (one.in ?? one.under ?? one.not_in ? [one.dimension] : [])),
    ...(records.narrow ?? []).flatMap((one) => (one.in && one.column !== 'part' ? [one.column] : [])),
  ]
  return [...new Set(named)]
}

/** A deadline told from the rule's day: `today 18:00`, `tomorrow 12:00`, `+3 10:00`. */
export interface RuleDeadline {
  days: number
  time: string
}
export function readDeadline(told: string): RuleDeadline {
  const [when = '', time = ''] = told.trim().split(/\s+/)
  const days = when === 'today' ? 0 : when === 'tomorrow' ? 1 : Number(when)
  return { days: Number.isInteger(days) && days >= 0 ? days : 1, time: /^\d{1,2}:\d{2}$/.test(time) ? time.padStart(5, '0') : '18:00' }
}
export const writeDeadline = ({ days, time }: RuleDeadline): string => `${days === 0 ? 'today' : days === 1 ? 'tomorrow' : `+${days}`} ${time}`
/** The same for a look by day: what is due today at an hour that is over would be refused, and says nothing of the morning. */
export const lookDeadline = (one: RuleDeadline): string => writeDeadline(one.days === 0 ? { days: 0, time: '23:59' } : one)
/** The rule would run at this hour or later: a deadline before is one in the past. */
export const isTooEarly = (one: RuleDeadline, hour: number): boolean => one.days === 0 && Number(one.time.slice(0, 2)) * 60 + Number(one.time.slice(3)) <= hour * 60

type Step = ActionPreview['steps'][number]
/**
 * What the rule does, from what the order would do: `own` (the rule as it is kept) knows which cards have its tasks open, and at most
 * `cards_max` cards are taken a day.
 */
export function ruleSteps(steps: readonly Step[], cards_max: number, own?: readonly Step[]): { steps: Step[]; planned: number; skipped: number } {
  const busy = new Set(own?.filter((one) => one.skip === 'same_task').map((one) => `${one.entity}.${one.id}`))
  let planned = 0
  const out = steps.map((one): Step => {
    if (one.skip && one.skip !== 'limit') return one
    if (busy.has(`${one.entity}.${one.id}`)) return { ...one, skip: 'same_task' }
    if (planned >= cards_max) return { ...one, skip: 'limit' }
    planned++
    return { ...one, skip: '' }
  })
  return { steps: out, planned, skipped: out.length - planned }
}
