/** A link that names what is no longer there: which part of the state the server's refusal speaks of, and the state without it. */
import type { Problem } from '@/api/document'
import { emptyState, type ReportState } from '@/state/address'
import { withCompare, withPeriod } from '@/state/change'

const without = <T>(from: Record<string, T>, id: string): Record<string, T> => Object.fromEntries(Object.entries(from).filter(([key]) => key !== id))

/**
 * `place` is a JSON path of the request ("filters[0].dimension"). Null: the refusal is of no condition of this state, or leaving it
 * out would change nothing.
 */
export function withoutBroken(state: ReportState, problem: Pick<Problem, 'code' | 'place' | 'status'>): ReportState | null {
  if (problem.status !== 400) return null
  const place = problem.place ?? ''
  const at = Number(/^\w+\[(\d+)\]/.exec(place)?.[1] ?? -1)
  const name = /^\w+\.([^.[]+)/.exec(place)?.[1] ?? ''
  if (place.startsWith('filters[') && at < state.filters.length) return { ...state, filters: state.filters.filter((_, index) => index !== at) }
  const crosses = state.cross.filter((one) => one.in.length)
  if (place.startsWith('cross[') && at < crosses.length) return { ...state, cross: crosses.filter((_, index) => index !== at) }
  if (/^switches\b/.test(place) && name in state.switches) return { ...state, switches: without(state.switches, name) }
  if (/^widgets\b/.test(place) && name in state.widgets) return { ...state, widgets: without(state.widgets, name) }
  if (/^compare\b/.test(place) && state.compare) return withCompare(state, undefined)
  if (/^period\b/.test(place) && state.period) return withPeriod(state, undefined)
  // A place unknown here: all conditions go, the period stays.
  const bare: ReportState = { ...emptyState(), ...(state.period && { period: state.period }) }
  return JSON.stringify(bare) === JSON.stringify({ ...state, views: {} }) ? null : bare
}
