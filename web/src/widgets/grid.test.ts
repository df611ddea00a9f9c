import { describe, expect, it } from 'vitest'
import type { MatrixData, Measure, TableData } from '@/api/document'
import { flatten } from '@/state/rows'
import { isOutside, linesOf, rowsOf, shownMeasures } from '@/widgets/grid'

const measures = ['count', 'amount'].map((id) => ({ id, label: id, definition: '', format: 'integer' as const, unit: '', direction: 'up' as const, additive: true }))
const table: TableData = {
  measures,
  levels: [{ dimension: 'department', label: 'D' }, { dimension: 'employee', label: 'E' }],
  rows: [{ member: { id: 'd', label: 'D' }, values: [{ v: 3 }, { v: 30 }], expandable: true, rows: [{ member: { id: 'a', label: 'A' }, values: [{ v: 1 }, { v: 10 }] }, { member: { id: 'b', label: 'B' }, values: [{ v: 2 }, { v: 20 }] }] }],
  total: [{ v: 3 }, { v: 30 }],
}
const matrix: MatrixData = {
  measures,
  column_dimension: 'employee',
  columns: [{ id: 'a', label: 'A' }, { id: 'b', label: 'B' }],
  levels: [{ dimension: 'stage', label: 'S' }],
  rows: [{ member: { id: 's', label: 'S' }, cells: [[{ v: 1 }, { v: 10 }], null], total: [{ v: 1 }, { v: 10 }] }],
  total: { cells: [[{ v: 1 }, { v: 10 }], null], total: [{ v: 1 }, { v: 10 }] },
}
const lines = (data: TableData | MatrixData, open: string[] = [], flags: string[] = []) => linesOf(data, flatten(rowsOf(data), open), shownMeasures(data.measures as Measure[], flags))

describe('lines of a grid', () => {
  it('of a table: open rows, then the totals', () => {
    const { body, foot } = lines(table, ['d'])
    expect(body.map((line) => line.key)).toEqual(['d', 'd/a', 'd/b'])
    expect(body[1]?.cells.map((cell) => [cell.at, cell.value?.v])).toEqual([['2:1', 1], ['2:2', 10]])
    expect(foot[0]?.cells.map((cell) => [cell.at, cell.value?.v])).toEqual([['4:1', 3], ['4:2', 30]])
  })
  it('of a matrix: groups, then the totals of the row; a missing cell stays nothing', () => {
    const { body, foot } = lines(matrix)
    expect(body[0]?.cells.map((cell) => [cell.group?.id ?? '=', cell.value?.v, cell.total])).toEqual([['a', 1, false], ['a', 10, false], ['b', undefined, false], ['b', undefined, false], ['=', 1, true], ['=', 10, true]])
    expect(foot[0]?.cells.at(-1)?.value?.v).toBe(10)
  })
  it('without hidden measures, but never without any', () => {
    expect(lines(matrix, [], ['hide:count']).body[0]?.cells.map((cell) => cell.measure.id)).toEqual(['amount', 'amount', 'amount'])
    expect(shownMeasures(measures, ['hide:count', 'hide:amount']).map((one) => one.measure.id)).toEqual(['count'])
  })
})

it('a row is outside a selection unless it, one above or one below is chosen', () => {
  const flat = flatten(rowsOf(table), ['d'])
  const chosen = (depth: number, id: string | null) => depth === 1 && id === 'a'
  expect(flat.map((row) => isOutside(row, chosen))).toEqual([false, false, true])
})
