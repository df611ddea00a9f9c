import { describe, expect, it } from 'vitest'
import type { Measure } from '@/api/document'
import type { GridCell, GridLine } from '@/widgets/grid'
import { paperColumns, sheetsOf } from '@/widgets/paper'

const columns = (...widths: number[]) => widths.map((width, key) => ({ key, width }))

describe('a grid on paper', () => {
  it('stays whole where it fits', () => {
    expect(sheetsOf(columns(100, 100, 100), 300)).toEqual([[0, 1, 2]])
    expect(sheetsOf([], 300)).toEqual([])
  })
  it('goes on in a second table, both about as wide, nothing lost and in order', () => {
    expect(sheetsOf(columns(100, 100, 100, 100), 320)).toEqual([[0, 1], [2, 3]])
    expect(sheetsOf(columns(200, 50, 50, 200, 90), 300).flat()).toEqual([0, 1, 2, 3, 4])
  })
  it('a column wider than the sheet still gets a place', () => {
    expect(sheetsOf(columns(50, 900, 50), 300)).toEqual([[0], [1], [2]])
  })
  it('a column is as wide as its longest figures, measures of a matrix together', () => {
    const cell = (column: number, slot: number, text: string): GridCell => ({ at: text, measure: { id: 'm', label: 'm', format: 'integer' } as Measure, index: slot, column, group: null, value: undefined, slot, total: false })
    const line = (...cells: GridCell[]): GridLine => ({ key: '', row: null, at: 0, cells })
    const lines = [line(cell(0, 0, '1'), cell(0, 1, '123 456 789')), line(cell(0, 0, '12'), cell(0, 1, '1'))]
    const [matrix] = paperColumns(lines, true, (one) => one.at)
    const table = paperColumns(lines, false, (one) => one.at)
    expect(table.map((one) => one.key)).toEqual([0, 1])
    expect(matrix?.width).toBe((table[0]?.width ?? 0) + (table[1]?.width ?? 0))
    expect(table[1]?.width).toBeGreaterThan(table[0]?.width ?? 0)
  })
})
