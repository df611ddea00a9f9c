/** What every widget of an open report shares. */
import { inject, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { CellReference, Language, MemberId, Selection } from '@/api/document'
import type { ChartTheme } from '@/charts/theme'
import type { Formatter } from '@/format/number'
import type { OpenReport } from '@/state/report'
import type { Turns } from '@/state/turns'

export interface MenuEntry {
  id: string
  label: string
  icon?: string
  run: () => void
}

export interface ReportContext {
  report: OpenReport
  /** Whose turn it is to be drawn. */
  turns: Turns
  portal: Ref<string>
  language: Ref<Language>
  format: ComputedRef<Formatter>
  theme: ComputedRef<ChartTheme>
  narrow: Ref<boolean>
  /** The page is being put on paper: light, nothing frozen, nothing cut. */
  printing: Ref<boolean>
  /** Opens the records panel for a number of a widget. */
  openRecords(cell: CellReference): void
  /** Shows the menu of a mark at a place of the screen. */
  openMenu(at: { x: number; y: number }, entries: MenuEntry[], title?: string): void
  /** The members that a widget has selected in a dimension. */
  selected(widget: string, dimension: string | null | undefined): MemberId[]
  select(widget: string, dimension: string, id: MemberId, add: boolean): void
  copy(text: string): void
  /** The earlier years that figures are compared with, the nearest first; empty without several. */
  years: ComputedRef<string[]>
  /** Lines of a tooltip that name the exact days compared, while the period is not over; `at`: members of the figure's place. */
  days(at?: Record<string, MemberId>): string[]
  /** The period in words, for places that cover the head of the page. */
  line: ComputedRef<string>
  /** Takes one selection off; all of them. */
  remove(one: Selection): void
  reset(): void
}

export const kReport: InjectionKey<ReportContext> = Symbol('report')

export function useReportContext(): ReportContext {
  const found = inject(kReport)
  if (!found) throw new Error('a widget stands outside a report page')
  return found
}
