/** A page of records as the table of cards draws it. Pure. */
import type { Cell, ListData } from '@/api/document'
import type { components } from '@/api/types'

export type RecordPage = components['schemas']['RecordPage']

/** What a reader looks for first stands first; the rest follows as it came. */
const kFirst = ['id', 'title', 'portal', 'part', 'value', 'amount', 'stage', 'employee', 'days_on_stage', 'next_step', 'last_activity', 'last_comment', 'client', 'pipeline']

export function toList(page: RecordPage): ListData {
  const rank = (id: string): number => (kFirst.includes(id) ? kFirst.indexOf(id) : kFirst.length)
  const places = page.columns.map((_, index) => index).sort((a, b) => rank(page.columns[a]?.id ?? '') - rank(page.columns[b]?.id ?? '') || a - b)
  const portal = page.columns.findIndex((column) => column.id === 'portal')
  return {
    columns: places.flatMap((place) => page.columns[place] ?? []).map((column) => ({ id: column.id, label: column.label, format: column.format, unit: column.unit, type: column.type })),
    rows: page.rows.map((cells, index) => {
      const first = cells[0]
      const id = typeof first === 'object' && first !== null ? first.id : first
      // Cards of several portals may share an id.
      const owner = portal < 0 ? null : (cells[portal] as { id?: string | null } | null)
      return { id: String(id ?? index) + (owner?.id ? `@${owner.id}` : ''), link: page.links[index] || null, cells: places.map((place) => cells[place] as Cell) }
    }),
    total: page.total,
    offset: 0,
    totals: page.totals as Record<string, string | number | null>,
    order: page.order,
    parts: page.parts,
    entity: page.entity,
    as_of: page.as_of,
  }
}
