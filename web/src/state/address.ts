/**
 * The address holds the whole report state, so that a link, Back and a bookmark bring everything back.
 *
 *   period=2025-Q1 | 2025-03 | 2025-H1 | 2025 | this_month | 2025-01-01..2025-02-15 (the last day is meant too)
 *   currency=EUR (of several portals)
 *   compare=previous        f.pipeline=0,5    f.source=!CALL (all but)    f.department=^3 (with all below)
 *   f.field:UF_1=10~20 (from, below)
 *   x.by_employee.employee=7,8 (cross selection: widget, dimension)        s.matrix_of=open (switch)
 *   w.dynamics.measure=won_amount  w.dynamics.path=pipeline:0/stage:C1  w.dynamics.order=-won_amount   (widget state)
 *   w.all_deals.search=ромашка   w.all_deals.n.stage=C1,C2   w.all_deals.n.amount=10~20 (a list: found, narrowed by its columns)
 *   v.dynamics=trend,table (how it is shown; the server is not told)       focus=dynamics
 *
 * A member "none" is written `~`. Reading never fails: what makes no sense is left out.
 */
import type { Cross, Day, Filter, Language, MemberId, Narrowing, Order, PathStep } from '@/api/document'
import { addDays, addMonths, day, grainOf, isDay, parts } from '@/format/days'

export type Period = { preset: string } | Day

export interface OwnWidgetState {
  measure?: string
  grain?: string
  level?: number
  path?: PathStep[]
  expanded?: string[]
  order?: Order
  /** The widget's own filters (a list's stages). */
  filters?: Filter[]
  /** Of a list: in title, id and client. */
  search?: string
  /** Of a list: conditions on its columns. */
  narrow?: Narrowing[]
}

export interface ReportState {
  period?: Period
  compare?: string
  /** Of several portals: the common currency of their amounts. */
  currency?: string
  filters: Filter[]
  cross: Cross[]
  switches: Record<string, string>
  widgets: Record<string, OwnWidgetState>
  /** Flags of how a widget is shown; never sent to the server. */
  views: Record<string, string[]>
  focus?: string
}

export type Query = Record<string, string>

export function emptyState(): ReportState {
  return { filters: [], cross: [], switches: {}, widgets: {}, views: {} }
}

// Ids are free text: a comma, slash, colon, tilde, caret, exclamation mark or percent sign in one is escaped as %XX.
const escapeId = (id: string): string => id.replace(/[%,/:~!^]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
const unescapeId = (text: string): string => text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
const writeId = (id: MemberId): string => (id === null ? '~' : escapeId(id))
const readId = (text: string): MemberId => (text === '~' ? null : unescapeId(text))
const writeIds = (ids: MemberId[]): string => ids.map(writeId).join(',')
const readIds = (text: string): MemberId[] => (text === '' ? [] : text.split(',').map(readId))

export function writePeriod(period: Period): string {
  if ('preset' in period) return period.preset
  const [year, month] = parts(period.from)
  switch (grainOf(period)) {
    case 'month':
      return period.from.slice(0, 7)
    case 'quarter':
      return `${year}-Q${Math.floor((month - 1) / 3) + 1}`
    case 'half':
      return `${year}-H${month === 1 ? 1 : 2}`
    case 'year':
      return String(year)
    case null:
      return `${period.from}..${addDays(period.to, -1)}`
  }
}

export function readPeriod(text: string | undefined): Period | undefined {
  if (!text) return undefined
  let match: RegExpExecArray | null
  if ((match = /^(\d{4})$/.exec(text))) return { from: day(Number(match[1]), 1), to: day(Number(match[1]) + 1, 1) }
  if ((match = /^(\d{4})-(\d{2})$/.exec(text)) && Number(match[2]) >= 1 && Number(match[2]) <= 12) {
    const from = `${text}-01`
    return { from, to: addMonths(from, 1) }
  }
  if ((match = /^(\d{4})-Q([1-4])$/.exec(text))) {
    const from = day(Number(match[1]), Number(match[2]) * 3 - 2)
    return { from, to: addMonths(from, 3) }
  }
  if ((match = /^(\d{4})-H([12])$/.exec(text))) {
    const from = day(Number(match[1]), Number(match[2]) * 6 - 5)
    return { from, to: addMonths(from, 6) }
  }
  if ((match = /^(.{10})\.\.(.{10})$/.exec(text))) {
    const [, from = '', last = ''] = match
    return isDay(from) && isDay(last) && from <= last ? { from, to: addDays(last, 1) } : undefined
  }
  return /^[a-z][a-z0-9_]*$/.test(text) ? { preset: text } : undefined
}

function writeFilter(filter: Filter): string {
  if (filter.not_in) return `!${writeIds(filter.not_in)}`
  if (filter.under) return `^${writeIds(filter.under)}`
  if (filter.in) return writeIds(filter.in)
  return `${filter.from ?? ''}~${filter.to ?? ''}`
}

function readFilter(dimension: string, text: string): Filter | undefined {
  const range = /^([^~,]*)~([^~,]*)$/.exec(text)
  if (range && text !== '~') {
    const bound = (value: string | undefined): string | number | undefined =>
      !value ? undefined : isDay(value) ? value : Number.isFinite(Number(value)) ? Number(value) : undefined
    const from = bound(range[1])
    const to = bound(range[2])
    if (from === undefined && to === undefined) return undefined
    return { dimension, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  }
  if (text.startsWith('!')) return { dimension, not_in: readIds(text.slice(1)) }
  const under = text.startsWith('^')
  const ids = readIds(under ? text.slice(1) : text)
  if (!ids.length) return undefined
  return under ? { dimension, under: ids } : { dimension, in: ids }
}

export function writeState(state: ReportState): Query {
  const query: Query = {}
  if (state.period) query['period'] = writePeriod(state.period)
  if (state.compare) query['compare'] = state.compare
  if (state.currency) query['currency'] = state.currency
  for (const filter of state.filters) query[`f.${filter.dimension}`] = writeFilter(filter)
  for (const cross of state.cross) if (cross.in.length) query[`x.${cross.widget}.${cross.dimension}`] = writeIds(cross.in)
  for (const [id, value] of Object.entries(state.switches)) query[`s.${id}`] = value
  for (const [id, own] of Object.entries(state.widgets)) {
    const key = `w.${id}`
    if (own.measure) query[`${key}.measure`] = own.measure
    if (own.grain) query[`${key}.grain`] = own.grain
    if (own.level) query[`${key}.level`] = String(own.level)
    if (own.path?.length) query[`${key}.path`] = own.path.map((step) => `${step.dimension}:${writeId(step.id)}`).join('/')
    if (own.expanded?.length) query[`${key}.expanded`] = own.expanded.map(escapeId).join(',')
    for (const filter of own.filters ?? []) query[`${key}.f.${filter.dimension}`] = writeFilter(filter)
    for (const { column, ...rest } of own.narrow ?? []) query[`${key}.n.${column}`] = writeFilter({ dimension: column, ...rest })
    if (own.search) query[`${key}.search`] = own.search
    if (own.order) query[`${key}.order`] = `${own.order.descending ? '-' : ''}${own.order.by}`
  }
  for (const [id, flags] of Object.entries(state.views)) if (flags.length) query[`v.${id}`] = flags.join(',')
  if (state.focus) query['focus'] = state.focus
  return query
}

export function readState(query: Record<string, unknown>): ReportState {
  const state = emptyState()
  for (const [key, raw] of Object.entries(query)) {
    const text = Array.isArray(raw) ? raw[0] : raw
    if (typeof text !== 'string') continue
    const [kind, name = '', ...rest] = key.split('.')
    const tail = rest.join('.')
    if (key === 'period') {
      const period = readPeriod(text)
      if (period) state.period = period
    } else if (key === 'compare') {
      if (text) state.compare = text
    } else if (key === 'currency') {
      if (/^[A-Z]{3}$/.test(text)) state.currency = text
    } else if (key === 'focus') {
      if (text) state.focus = text
    } else if (kind === 'f' && name) {
      const filter = readFilter(key.slice(2), text)
      if (filter) state.filters.push(filter)
    } else if (kind === 'x' && name && tail) {
      const ids = readIds(text)
      if (ids.length) state.cross.push({ widget: name, dimension: tail, in: ids })
    } else if (kind === 's' && name) {
      state.switches[name] = text
    } else if (kind === 'v' && name) {
      state.views[name] = text.split(',').filter(Boolean)
    } else if (kind === 'w' && name && tail) {
      const own = (state.widgets[name] ??= {})
      if (tail === 'measure') own.measure = text
      else if (tail === 'grain') own.grain = text
      else if (tail === 'search') own.search = text
      else if (tail.startsWith('n.')) {
        const filter = readFilter(tail.slice(2), text)
        if (filter && !filter.not_in && !filter.under) {
          const { dimension: column, in: members, from, to } = filter
          own.narrow = [...(own.narrow ?? []), { column, ...(members && { in: members }), ...(from !== undefined && from !== null && { from }), ...(to !== undefined && to !== null && { to }) }]
        }
      } else if (tail.startsWith('f.')) {
        const filter = readFilter(tail.slice(2), text)
        if (filter) own.filters = [...(own.filters ?? []), filter]
      } else if (tail === 'level' && /^\d$/.test(text)) own.level = Number(text)
      else if (tail === 'expanded') own.expanded = text.split(',').filter(Boolean).map(unescapeId)
      else if (tail === 'order') own.order = text.startsWith('-') ? { by: text.slice(1), descending: true } : { by: text }
      else if (tail === 'path') {
        own.path = text.split('/').flatMap((step): PathStep[] => {
          const at = step.lastIndexOf(':')
          return at > 0 ? [{ dimension: step.slice(0, at), id: readId(step.slice(at + 1)) }] : []
        })
      }
    }
  }
  return state
}

/** Rows below rows are always sent along: which of them are open is the browser's own matter. */
function forServer(own: OwnWidgetState | undefined): OwnWidgetState {
  const told = { ...own }
  delete told.expanded
  return told
}

/** The body of a report request. `only`: some widgets; absent: the whole page. */
export function toRequest(state: ReportState, language: Language, only?: string[]): Record<string, unknown> {
  const widgets: Record<string, OwnWidgetState> = {}
  for (const [id, own] of Object.entries(state.widgets)) {
    const told = forServer(own)
    if (Object.keys(told).length) widgets[id] = told
  }
  return {
    language,
    ...(state.period && { period: state.period }),
    ...(state.compare && { compare: state.compare }),
    ...(state.currency && { currency: state.currency }),
    filters: state.filters,
    cross: state.cross.filter((cross) => cross.in.length),
    switches: state.switches,
    widgets,
    ...(only && { only }),
  }
}

/** What of the state concerns every widget: when it is unchanged, only widgets with another own state are asked anew. */
export function sharedKey(state: ReportState, language: Language): string {
  return JSON.stringify([language, state.period, state.compare, state.currency, state.filters, state.cross, state.switches])
}

export function changedWidgets(before: ReportState, after: ReportState): string[] {
  const ids = new Set([...Object.keys(before.widgets), ...Object.keys(after.widgets)])
  return [...ids].filter((id) => JSON.stringify(forServer(before.widgets[id])) !== JSON.stringify(forServer(after.widgets[id])))
}
