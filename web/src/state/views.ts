/** A saved view is what the address says of a report, under a name. Pure. */
import { readState, writeState, type Query, type ReportState } from '@/state/address'

/** What is saved: all that the reader chose, but not which widget covers the screen. The same choice gives the same text. */
export function addressOf(state: ReportState): string {
  const { focus: _, ...query } = writeState(state)
  return new URLSearchParams(Object.entries(query).sort(([one], [two]) => (one < two ? -1 : 1))).toString()
}

export const queryOf = (address: string): Query => Object.fromEntries(new URLSearchParams(address))

/** The same choice, however it is written. */
export const sameAddress = (one: string, two: string): boolean => addressOf(readState(queryOf(one))) === addressOf(readState(queryOf(two)))
