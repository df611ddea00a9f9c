/** What the marks of a chart by members answer to, the same in every such chart: a click, a menu, the cards behind a figure, the text of a tip. */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { AskedWith, CellReference, Measure, Member, MemberId, Value, Widget } from '@/api/document'
import { pastOf } from '@/format/past'
import { useReportContext } from '@/state/context'
import { drillOf, markMenu, menuPlace } from '@/state/marks'

export interface MemberMarks {
  selected: ComputedRef<MemberId[]>
  dimmed(id: MemberId): boolean
  reference(member: Member, index: number, value: Value | undefined): CellReference
  pick(member: Member, add: boolean): void
  menu(at: MouseEvent | { x: number; y: number }, member: Member, index: number, value: Value | undefined): void
  tip(value: Value | undefined, index: number, member: Member): string
}

export function useMemberMarks(props: { widget: Widget; data: { dimension: string; measures: Measure[]; request?: AskedWith | null }; drilling: boolean }): MemberMarks {
  const context = useReportContext()
  const { t } = useI18n()
  const dimension = (): string => props.data.dimension
  const selected = computed(() => context.selected(props.widget.id, dimension()))

  function reference(member: Member, index: number, value: Value | undefined): CellReference {
    const measure = props.data.measures[index]
    const values: Record<string, MemberId> = Object.fromEntries((props.widget.state?.path ?? []).map((step) => [step.dimension, step.id]))
    values[dimension()] = member.id
    return { measure: measure ?? { id: '', label: '', format: 'integer' }, values, asked: props.data.request, value, title: `${measure?.label ?? ''}, ${member.label || t('none')}` }
  }
  function pick(member: Member, add: boolean): void {
    if (member.others) return
    const drill = props.drilling ? drillOf(context, props.widget, dimension(), t) : null
    if (drill) drill.go(member.id)
    else context.select(props.widget.id, dimension(), member.id, add)
  }
  function menu(at: MouseEvent | { x: number; y: number }, member: Member, index: number, value: Value | undefined): void {
    const cell = reference(member, index, value)
    if (at instanceof MouseEvent) at.preventDefault()
    const target = { label: cell.title, dimension: dimension(), id: member.id, cell, text: context.format.value.exact(value?.v, cell.measure) }
    context.openMenu(at instanceof MouseEvent ? menuPlace(at) : at, markMenu(context, props.widget, target, t), cell.title)
  }
  function tip(value: Value | undefined, index: number, member: Member): string {
    const measure = props.data.measures[index]
    if (!measure || !value) return ''
    const format = context.format.value
    const lines = [`${measure.label}: ${format.exact(value.v, measure)}`]
    for (const one of pastOf(value, context.years.value, t('compare.base'))) lines.push(`${one.label}: ${format.exact(one.raw, measure)}`)
    lines.push(...context.days({ [dimension()]: member.id }))
    const sample = measure.format === 'percent' ? format.sample(value) : ''
    if (sample) lines.push(sample)
    if (measure.definition) lines.push(measure.definition)
    return lines.join('\n')
  }
  return { selected, dimmed: (id) => selected.value.length > 0 && !selected.value.includes(id), reference, pick, menu, tip }
}
