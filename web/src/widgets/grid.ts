/** A table or a matrix as lines of cells: a table is a matrix with one nameless column. Pure. */
import type { MatrixData, MatrixRow, Measure, Member, MemberId, TableData, TableRow, Value } from '@/api/document'
import type { FlatRow } from '@/state/rows'

export interface GridRow {
  member: Member
  expandable?: boolean
  /** Per column group, then per measure. */
  cells: (Value[] | null)[]
  total: Value[] | null
  rows: GridRow[]
}

/** A column member of a matrix; `null` in a table. */
export type Group = Member | null

export interface GridCell {
  /** Place in the grid: `row:column`, the head is row 0. */
  at: string
  measure: Measure
  /** Of the measure, among the data's measures. */
  index: number
  /** Of the group; -1 in the column of totals. */
  column: number
  group: Group
  value: Value | undefined
  /** Place among the measures that stand side by side. */
  slot: number
  total: boolean
}

export interface GridLine {
  key: string
  /** `null`: the line of totals. */
  row: FlatRow<GridRow> | null
  at: number
  cells: GridCell[]
}

export interface ShownMeasure {
  measure: Measure
  index: number
}

export const isMatrix = (data: TableData | MatrixData): data is MatrixData => 'column_dimension' in data
export const groupsOf = (data: TableData | MatrixData): Group[] => (isMatrix(data) ? data.columns : [null])

function fromTable(row: TableRow): GridRow {
  return { member: row.member, ...(row.expandable !== undefined && { expandable: row.expandable }), cells: [row.values], total: null, rows: (row.rows ?? []).map(fromTable) }
}
function fromMatrix(row: MatrixRow): GridRow {
  return { member: row.member, ...(row.expandable !== undefined && { expandable: row.expandable }), cells: row.cells, total: row.total ?? null, rows: (row.rows ?? []).map(fromMatrix) }
}
export const rowsOf = (data: TableData | MatrixData): GridRow[] => (isMatrix(data) ? data.rows.map(fromMatrix) : data.rows.map(fromTable))

/** Measures that stand as columns: all but the hidden ones, at least one. */
export function shownMeasures(measures: Measure[], flags: readonly string[]): ShownMeasure[] {
  const all = measures.map((measure, index) => ({ measure, index }))
  const kept = all.filter(({ measure }) => !flags.includes(`hide:${measure.id}`))
  return kept.length ? kept : all.slice(0, 1)
}

function lineOf(key: string, row: FlatRow<GridRow> | null, at: number, cells: (Value[] | null)[], total: Value[] | null, groups: Group[], shown: ShownMeasure[], totals: boolean): GridLine {
  const line: GridCell[] = []
  const push = (group: Group, column: number, values: Value[] | null | undefined, isTotal: boolean): void =>
    shown.forEach(({ measure, index }, slot) => line.push({ at: `${at}:${line.length + 1}`, measure, index, column, group, value: values?.[index], slot, total: isTotal }))
  groups.forEach((group, column) => push(group, column, cells[column], false))
  if (totals) push(null, -1, total, true)
  return { key, row, at, cells: line }
}

export function linesOf(data: TableData | MatrixData, flat: FlatRow<GridRow>[], shown: ShownMeasure[]): { body: GridLine[]; foot: GridLine[] } {
  const groups = groupsOf(data)
  const matrix = isMatrix(data)
  const body = flat.map((one, index) => lineOf(one.key, one, index + 1, one.row.cells, one.row.total, groups, shown, matrix))
  const at = flat.length + 1
  if (!data.total) return { body, foot: [] }
  const foot = isMatrix(data)
    ? lineOf('=', null, at, data.total?.cells ?? [], data.total?.total ?? null, groups, shown, true)
    : lineOf('=', null, at, [data.total], null, groups, shown, false)
  return { body, foot: [foot] }
}

/** Largest figure of each measure: of a matrix over all rows in sight, of a table over the top level. Totals do not count. */
export function topsOf(data: TableData | MatrixData, flat: FlatRow<GridRow>[], number: (raw: Value['v'] | undefined) => number | null): number[] {
  const matrix = isMatrix(data)
  return data.measures.map((_, index) => {
    let top = 0
    for (const one of flat) if (one.depth === 0 || matrix) for (const cell of one.row.cells) top = Math.max(top, Math.abs(number(cell?.[index]?.v) ?? 0))
    return top
  })
}

/** With a selection at some level, rows outside it stand back: themselves unchosen and under nothing chosen. */
export function isOutside(row: FlatRow<GridRow>, chosen: (depth: number, id: MemberId) => boolean): boolean {
  if (row.ids.some((id, depth) => chosen(depth, id))) return false
  const below = (one: GridRow, depth: number): boolean => one.rows.some((child) => chosen(depth + 1, child.member.id) || below(child, depth + 1))
  return !below(row.row, row.depth)
}

