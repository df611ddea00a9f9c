/** Pure changes of the report state: each takes a state and returns the next one. */
import type { Filter, FilterPlace, MemberId, Order, PathStep } from '@/api/document'
import type { OwnWidgetState, Period, ReportState } from '@/state/address'

/** The groups of a tree that names none. */
export const kGroups = 'department'

export function withPeriod(state: ReportState, period: Period | undefined): ReportState {
  const { period: _, ...rest } = state
  return period ? { ...rest, period } : rest
}

export const withCurrency = (state: ReportState, currency: string): ReportState => ({ ...state, currency })

export function withCompare(state: ReportState, compare: string | undefined): ReportState {
  const { compare: _, ...rest } = state
  return compare ? { ...rest, compare } : rest
}

export function withSwitch(state: ReportState, id: string, value: string): ReportState {
  return { ...state, switches: { ...state.switches, [id]: value } }
}

/** Dimensions that a place of the filter bar speaks for: its own, and of a tree that of its groups. */
export function dimensionsOf(place: FilterPlace): string[] {
  return place.kind === 'tree' ? [place.dimension, place.groups ?? kGroups] : [place.dimension]
}
export const filterAt = (filters: Filter[], place: FilterPlace): Filter | undefined => filters.find((one) => dimensionsOf(place).includes(one.dimension))

/** Sets or removes (undefined) the filter of one place; in a tree leaves and groups take turns. */
export function withPlace(state: ReportState, place: FilterPlace, filter: Filter | undefined): ReportState {
  const cleared = dimensionsOf(place).reduce((now, dimension) => withFilter(now, dimension, undefined), state)
  return filter ? withFilter(cleared, filter.dimension, filter) : cleared
}

/** Sets or removes (undefined, empty) the filter of one dimension. */
export function withFilter(state: ReportState, dimension: string, filter: Filter | undefined): ReportState {
  const others = state.filters.filter((one) => one.dimension !== dimension)
  const bare = !filter || ((filter.in?.length === 0 || filter.under?.length === 0) && !filter.not_in)
  return { ...state, filters: bare ? others : [...others, filter] }
}

/**
 * A click on a mark. Alone: the mark becomes the widget's only selection, a second click on it releases. With `add`: the mark
 * joins or leaves the selection. A widget selects in one dimension at a time.
 */
export function withCross(state: ReportState, widget: string, dimension: string, id: MemberId, add: boolean): ReportState {
  const mine = state.cross.find((one) => one.widget === widget && one.dimension === dimension)
  const others = state.cross.filter((one) => one.widget !== widget || (add && one.dimension !== dimension))
  const chosen = mine?.in.includes(id) ?? false
  let next: MemberId[]
  if (add) next = chosen ? (mine?.in ?? []).filter((one) => one !== id) : [...(mine?.in ?? []), id]
  else next = chosen && mine?.in.length === 1 ? [] : [id]
  return { ...state, cross: next.length ? [...others, { widget, dimension, in: next }] : others }
}

/** A click on a cell where two selections meet: both become the widget's only ones; when they are, both are released. */
export function withCrosses(state: ReportState, widget: string, pairs: { dimension: string; id: MemberId }[]): ReportState {
  const others = state.cross.filter((one) => one.widget !== widget)
  return isCrossed(state, widget, pairs) ? { ...state, cross: others } : { ...state, cross: [...others, ...pairs.map(({ dimension, id }) => ({ widget, dimension, in: [id] }))] }
}
/** Whether a widget selects exactly these members, one in each dimension. */
export function isCrossed(state: ReportState, widget: string, pairs: { dimension: string; id: MemberId }[]): boolean {
  const mine = state.cross.filter((one) => one.widget === widget)
  return mine.length === pairs.length && pairs.every(({ dimension, id }) => mine.some((one) => one.dimension === dimension && one.in.length === 1 && one.in[0] === id))
}

/** Releases the cross selections of one widget, of one dimension in it, or all of them. */
export function withoutCross(state: ReportState, widget?: string, dimension?: string): ReportState {
  return {
    ...state,
    cross: state.cross.filter(
      (one) => (widget !== undefined && one.widget !== widget) || (dimension !== undefined && one.dimension !== dimension),
    ),
  }
}

/** Everything that narrows the report goes; the period, switches and widget states stay. */
export function withoutSelections(state: ReportState): ReportState {
  return { ...state, filters: [], cross: [] }
}

export function withWidget(state: ReportState, id: string, own: Partial<OwnWidgetState>): ReportState {
  const next: OwnWidgetState = { ...state.widgets[id] }
  for (const [key, value] of Object.entries(own)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) delete next[key as keyof OwnWidgetState]
    else Object.assign(next, { [key]: value })
  }
  const widgets = { ...state.widgets, [id]: next }
  if (!Object.keys(next).length) delete widgets[id]
  return { ...state, widgets }
}

export function withPath(state: ReportState, id: string, path: PathStep[]): ReportState {
  return withWidget(state, id, { path, expanded: [] })
}

export function withExpanded(state: ReportState, id: string, key: string, open: boolean): ReportState {
  const now = state.widgets[id]?.expanded ?? []
  const next = open ? [...now.filter((one) => one !== key), key] : now.filter((one) => one !== key && !one.startsWith(`${key}/`))
  return withWidget(state, id, { expanded: next })
}

export function withOrder(state: ReportState, id: string, order: Order | undefined): ReportState {
  return withWidget(state, id, { order })
}

export function withView(state: ReportState, id: string, flag: string, on: boolean): ReportState {
  const flags = (state.views[id] ?? []).filter((one) => one !== flag)
  if (on) flags.push(flag)
  return { ...state, views: { ...state.views, [id]: flags } }
}

export function withFocus(state: ReportState, focus: string | undefined): ReportState {
  const { focus: _, ...rest } = state
  return focus ? { ...rest, focus } : rest
}
