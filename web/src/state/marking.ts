/** Which rows of a list are ticked. Pure. `all`: every row that the list's filters leave, but for those in `ids`. */
export interface Marking {
  all: boolean
  ids: ReadonlySet<string>
}

export const kNoneMarked: Marking = { all: false, ids: new Set() }

export const isMarked = (marking: Marking, id: string): boolean => marking.all !== marking.ids.has(id)

export function withMark(marking: Marking, id: string, on: boolean): Marking {
  const ids = new Set(marking.ids)
  if (on === marking.all) ids.delete(id)
  else ids.add(id)
  return { ...marking, ids }
}

export const withAll = (on: boolean): Marking => ({ all: on, ids: new Set() })

export const countMarked = (marking: Marking, total: number): number => Math.max(0, marking.all ? total - marking.ids.size : marking.ids.size)

/** The tick of the head: none, some, all. */
export function stateOf(marking: Marking, total: number): 'none' | 'some' | 'all' {
  const count = countMarked(marking, total)
  return count === 0 ? 'none' : count >= total ? 'all' : 'some'
}
