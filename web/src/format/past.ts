/** What a figure was before: the base of the comparison, or each of its earlier years. Pure. */
import type { Head, Value } from '@/api/document'

export interface Past {
  label: string
  raw: Value['v']
}

/** Years beside the period's own, the nearest first; empty without a comparison of several. */
export function yearsOf(comparison: Head['comparison']): string[] {
  if (!comparison?.earlier?.length) return []
  return [comparison.base_label ?? '', ...comparison.earlier.map((year) => year.label)]
}

/** The nearest first; empty where nothing is compared. `word` names the base of a comparison with one period. */
export function pastOf(value: Value | undefined, years: string[], word: string): Past[] {
  if (!value || value.base === undefined) return []
  if (!years.length) return value.base === null ? [] : [{ label: word, raw: value.base }]
  return years.map((label, at) => ({ label, raw: at === 0 ? (value.base ?? null) : (value.earlier?.[at - 1] ?? null) }))
}
