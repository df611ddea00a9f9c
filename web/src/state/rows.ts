/** Rows of tables and matrices, flattened for drawing. Pure. */
import type { Member, MemberId } from '@/api/document'

interface Nested<Row> {
  member: Member
  expandable?: boolean
  rows?: Row[] | null
}

export interface FlatRow<Row> {
  row: Row
  depth: number
  /** Path of member ids from the top, and the text that names it in the widget's `expanded`. */
  ids: MemberId[]
  key: string
  expandable: boolean
  open: boolean
}

/** A row in `expanded`: ids from the top, joined by a slash; "none" is `~`. */
export function rowKey(ids: MemberId[]): string {
  return ids.map((id) => (id === null ? '~' : id.replace(/[~/]/g, (char) => `~${char === '~' ? 0 : 1}`))).join('/')
}

export function flatten<Row extends Nested<Row>>(rows: Row[], expanded: readonly string[], depth = 0, above: MemberId[] = []): FlatRow<Row>[] {
  const open = new Set(expanded)
  const walk = (list: Row[], level: number, path: MemberId[]): FlatRow<Row>[] =>
    list.flatMap((row) => {
      const ids = [...path, row.member.id]
      const key = rowKey(ids)
      const below = row.rows ?? []
      const expandable = row.expandable ?? below.length > 0
      const isOpen = expandable && open.has(key)
      return [{ row, depth: level, ids, key, expandable, open: isOpen }, ...(isOpen ? walk(below, level + 1, ids) : [])]
    })
  return walk(rows, depth, above)
}

export function expandableKeys<Row extends Nested<Row>>(rows: Row[], path: MemberId[] = []): string[] {
  return rows.flatMap((row) => {
    const ids = [...path, row.member.id]
    const below = row.rows ?? []
    return row.expandable || below.length ? [rowKey(ids), ...expandableKeys(below, ids)] : []
  })
}
