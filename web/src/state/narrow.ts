/** Conditions on the columns of a list of cards: what a column can be narrowed by, and how a condition changes. Pure. */
import type { ListColumn, Narrowing } from '@/api/document'

export type NarrowKind = 'members' | 'range'

const kRanges = ['integer', 'money', 'duration', 'days', 'whole_days', 'decimal', 'date', 'number']

/** `null`: texts are for the search. */
export function narrowKind(column: ListColumn): NarrowKind | null {
  if (column.type === 'member' || column.id === 'part') return 'members'
  if (column.id === 'id' || column.id === 'title' || column.id === 'last_comment') return null
  return kRanges.includes(column.format) || column.type === 'day' ? 'range' : null
}

/** A condition that asks for nothing goes. */
export function withNarrow(list: Narrowing[], column: string, next: Omit<Narrowing, 'column'> | undefined): Narrowing[] {
  const others = list.filter((one) => one.column !== column)
  const asks = next && (next.in?.length || next.from !== undefined || next.to !== undefined)
  return asks ? [...others, { column, ...next }] : others
}

export const sameNarrow = (a: Narrowing[], b: Narrowing[]): boolean => JSON.stringify(a) === JSON.stringify(b)
