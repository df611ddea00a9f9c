/** A grid on paper: columns that do not fit the sheet go to a table of their own below, under the same names of rows. Pure. */
import type { GridCell, GridLine } from '@/widgets/grid'

/** What stands together: a column of a matrix with all its measures, or a measure of a table. */
export interface PaperColumn {
  key: number
  /** In CSS pixels. */
  width: number
}

/** A sheet of A4 on its side with margins of 10 mm, in CSS pixels. */
export const kPaperWidth = 1046
const kDigit = 6.3
const kPadding = 12
const kNarrowest = 40

export const columnKey = (cell: GridCell, matrix: boolean): number => (matrix ? cell.column : cell.slot)

/** Columns with the width that their longest figure asks for; `words` is how a cell is written. */
export function paperColumns(lines: GridLine[], matrix: boolean, words: (cell: GridCell) => string): PaperColumn[] {
  const widths = new Map<number, number[]>()
  for (const line of lines) {
    for (const cell of line.cells) {
      const key = columnKey(cell, matrix)
      let slots = widths.get(key)
      if (!slots) widths.set(key, (slots = []))
      slots[cell.slot] = Math.max(slots[cell.slot] ?? kNarrowest, Math.ceil(words(cell).length * kDigit) + kPadding)
    }
  }
  return [...widths].map(([key, slots]) => ({ key, width: slots.reduce((sum, width) => sum + (width || 0), 0) }))
}

/** Keys of the columns of each table, in order, at least one in each; as even as may be. */
export function sheetsOf(columns: PaperColumn[], room: number): number[][] {
  const fill = (most: number): number[][] => {
    const out: number[][] = []
    let left = -1
    for (const { key, width } of columns) {
      if (width > left) {
        out.push([])
        left = most
      }
      out.at(-1)?.push(key)
      left -= width
    }
    return out
  }
  const fewest = fill(room)
  if (fewest.length < 2) return fewest
  const whole = columns.reduce((sum, one) => sum + one.width, 0)
  for (let most = whole / fewest.length; most < room; most += 20) {
    const even = fill(most)
    if (even.length === fewest.length) return even
  }
  return fewest
}
