/** What can be done with a mark of a widget (a bar, slice, row, column, cell): the same menu everywhere. */
import type { ComposerTranslation } from 'vue-i18n'
import type { AskedWith, BarsData, CellReference, MemberId, Widget, WidgetState } from '@/api/document'
import { isCrossed, withCrosses, withFocus, withWidget } from '@/state/change'
import type { MenuEntry, ReportContext } from '@/state/context'

/** From coarse to fine. */
const kGrains = ['year', 'half', 'quarter', 'month', 'week', 'day']

export interface Drill {
  /** The next level by which a mark would be broken down. */
  label: string
  go(id: MemberId): void
}

export function finerGrain(state: WidgetState): string | null {
  const all = kGrains.filter((grain) => state.grains?.includes(grain))
  return all[all.indexOf(state.grain ?? '') + 1] ?? null
}
export function coarserGrain(state: WidgetState): string | null {
  const all = kGrains.filter((grain) => state.grains?.includes(grain))
  return all[all.indexOf(state.grain ?? '') - 1] ?? null
}
export const sortedGrains = (state: WidgetState): string[] => kGrains.filter((grain) => state.grains?.includes(grain)).reverse()

/** Whether rows of the widget nest by themselves (table, matrix), so that levels are not a choice of one. */
export const nests = (widget: Widget): boolean => widget.kind === 'table' || widget.kind === 'matrix'

/** How a mark of a dimension may be broken down inside its own widget, the usual way first; empty at the finest level. */
export function drillsOf(context: ReportContext, widget: Widget, dimension: string, t: ComposerTranslation): Drill[] {
  const state = widget.state ?? {}
  const path = (state.path ?? []).map(({ dimension: one, id }) => ({ dimension: one, id }))
  const push = (id: MemberId, more: Record<string, unknown>): void =>
    context.report.update((now) => withWidget(now, widget.id, { path: [...path, { dimension, id }], expanded: [], ...more }))
  if (state.grains && state.grain === dimension) {
    const finer = finerGrain(state)
    return finer ? [{ label: t(`widget.grains.${finer}`), go: (id) => push(id, { grain: finer }) }] : []
  }
  const levels = state.levels ?? []
  const at = levels.findIndex((level) => level.dimension === dimension)
  if (at < 0) return []
  if (nests(widget)) {
    const next = levels[at + 1]
    return next ? [{ label: next.label, go: (id) => push(id, {}) }] : []
  }
  // Levels of a chart are a choice of one: any that is not on the way yet, those further down the list first.
  const used = new Set([dimension, ...path.map((step) => step.dimension)])
  return levels
    .map((level, index) => ({ level, index }))
    .filter(({ level }) => !used.has(level.dimension))
    .sort((one, two) => Number(one.index < at) - Number(two.index < at) || one.index - two.index)
    .map(({ level, index }) => ({ label: level.label, go: (id) => push(id, { level: index || undefined }) }))
}

export function drillOf(context: ReportContext, widget: Widget, dimension: string, t: ComposerTranslation): Drill | null {
  return drillsOf(context, widget, dimension, t)[0] ?? null
}

export interface MarkTarget {
  label: string
  /** The dimension that a filter by this mark takes, and its member; absent: the mark cannot filter. */
  dimension?: string | null | undefined
  id?: MemberId | undefined
  /** The other side of a cell of a matrix: a filter by the cell takes both. */
  also?: { dimension: string; id: MemberId } | undefined
  cell?: CellReference | null | undefined
  text?: string | undefined
}

export function markMenu(context: ReportContext, widget: Widget, target: MarkTarget, t: ComposerTranslation): MenuEntry[] {
  const entries: MenuEntry[] = []
  const { dimension, id, cell } = target
  if (cell) entries.push({ id: 'records', label: t('menu.records'), icon: 'rows', run: () => context.openRecords(cell) })
  if (dimension && id !== undefined) {
    const now = context.selected(widget.id, dimension)
    const { also } = target
    const pairs = also ? [{ dimension, id }, also] : null
    const chosen = pairs ? isCrossed(context.report.state.value, widget.id, pairs) : now.includes(id)
    entries.push({
      id: 'filter',
      label: chosen ? t('menu.unfilter') : t('menu.filter'),
      icon: 'filter',
      run: () => (pairs ? context.report.update((state) => withCrosses(state, widget.id, pairs)) : context.select(widget.id, dimension, id, chosen)),
    })
    if (now.length && !chosen && !pairs) entries.push({ id: 'add', label: t('menu.add'), icon: 'plus', run: () => context.select(widget.id, dimension, id, true) })
    for (const drill of drillsOf(context, widget, dimension, t))
      entries.push({ id: `drill:${drill.label}`, label: t('menu.breakdown', { name: drill.label.toLocaleLowerCase() }), icon: 'drill', run: () => drill.go(id) })
  }
  if (context.report.state.value.focus !== widget.id)
    entries.push({ id: 'focus', label: t('menu.focus'), icon: 'focus', run: () => context.report.update((now) => withFocus(now, widget.id)) })
  const text = target.text
  if (text) entries.push({ id: 'copy', label: t('menu.copy'), icon: 'copy', run: () => context.copy(text) })
  return entries
}

/** What the rest of a chart was asked with: the same, without the members that it shows. */
export function outsideOf(data: Pick<BarsData, 'dimension' | 'rows' | 'request'>): AskedWith {
  const shown = { dimension: data.dimension, not_in: data.rows.map((row) => row.member.id) }
  return { ...data.request, filters: [...(data.request?.filters ?? []), shown] }
}

/** Where a menu asked for by keyboard opens: under the element. */
export function menuPlace(event: MouseEvent | KeyboardEvent): { x: number; y: number } {
  if (event instanceof MouseEvent && (event.clientX || event.clientY)) return { x: event.clientX, y: event.clientY }
  const box = (event.target as HTMLElement).getBoundingClientRect()
  return { x: box.left + 8, y: box.bottom }
}
