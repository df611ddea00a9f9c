/** A page of records as the table of cards draws it. Pure. */
import type { Cell, ListData } from '@/api/document'
import type { components } from '@/api/types'

export type RecordPage = components['schemas']['RecordPage']

export function toList(page: RecordPage): ListData {
  return {
    columns: page.columns.map((column) => ({ id: column.id, label: column.label, format: column.format, unit: column.unit, type: column.type })),
    rows: page.rows.map((cells, index) => {
      const first = cells[0]
      const id = typeof first === 'object' && first !== null ? first.id : first
      return { id: String(id ?? index), link: page.links[index] || null, cells: cells as Cell[] }
    }),
    total: page.total,
    offset: 0,
    totals: page.totals as Record<string, string | number | null>,
  }
}
