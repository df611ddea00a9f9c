import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { listPage } from '@/__fixtures__/document'
import DeltaPill from '@/components/DeltaPill.vue'
import MonthCalendar from '@/components/MonthCalendar.vue'
import RecordsTable from '@/components/RecordsTable.vue'
import QuestionCard from '@/components/setup/QuestionCard.vue'
import SelectionChips from '@/components/SelectionChips.vue'
import { createFormatter } from '@/format/number'
import { i18n } from '@/i18n'

i18n.global.locale.value = 'ru'
const global = { plugins: [i18n] }
const format = createFormatter('ru')

describe('the change against the comparison', () => {
  const value = { v: 80, base: 100, delta: -20, delta_pct: -0.2 }
  it('is coloured by the direction of the measure', () => {
    const up = mount(DeltaPill, { props: { value, measure: { id: 'a', label: '', format: 'integer', direction: 'up' }, format }, global })
    const down = mount(DeltaPill, { props: { value, measure: { id: 'a', label: '', format: 'integer', direction: 'down' }, format }, global })
    const neutral = mount(DeltaPill, { props: { value, measure: { id: 'a', label: '', format: 'integer', direction: 'neutral' }, format }, global })
    expect(up.classes()).toContain('bad')
    expect(down.classes()).toContain('good')
    expect(neutral.classes().join()).not.toMatch(/good|bad/)
  })
  it('is absent without a comparison', () => {
    expect(mount(DeltaPill, { props: { value: { v: 1 }, measure: { id: 'a', label: '', format: 'integer' }, format }, global }).text()).toBe('')
  })
})

describe('chips', () => {
  it('are removed one by one', async () => {
    const selections = [
      { kind: 'filter' as const, dimension: 'pipeline', label: 'Воронка', members: [{ id: '0', label: 'Общая' }] },
      { kind: 'cross' as const, dimension: 'employee', label: 'Сотрудник', widget: 'bars', members: [{ id: null, label: '' }] },
    ]
    const chips = mount(SelectionChips, { props: { selections, format: createFormatter('ru') }, global })
    expect(chips.text()).toContain('не указано')
    await chips.get('[data-kind=cross] button').trigger('click')
    expect(chips.emitted('remove')?.[0]).toEqual([selections[1]])
  })
})

describe('the calendar', () => {
  it('marks the range and moves by arrows', async () => {
    const calendar = mount(MonthCalendar, { props: { month: '2025-03-01', range: { from: '2025-03-03', to: '2025-03-06' }, anchor: null, hover: null, today: '2025-03-10', language: 'ru' } })
    expect(calendar.findAll('td[aria-selected=true]')).toHaveLength(3)
    expect(calendar.findAll('button[tabindex="0"]')).toHaveLength(1)
    await calendar.get('[data-day="2025-03-31"]').trigger('keydown', { key: 'ArrowRight' })
    expect(calendar.emitted('move')?.[0]).toEqual(['2025-04-01'])
    await calendar.get('[data-day="2025-03-05"]').trigger('click')
    expect(calendar.emitted('pick')?.[0]).toEqual(['2025-03-05'])
  })
})

describe('a table of cards', () => {
  it('says its size to readers and sorts by a heading', async () => {
    const list = listPage(0, 100)
    const table = mount(RecordsTable, { props: { first: list, fetch: () => Promise.resolve(list), order: undefined, format, language: 'ru', zone: 'Europe/Moscow', portal: 'p', keep: 'test', label: 'Сделки' }, global })
    expect(table.get('[role=table]').attributes('aria-rowcount')).toBe('12346')
    await table.get('[data-column=amount]').trigger('click')
    expect(table.emitted('order')?.[0]).toEqual([{ by: 'amount', descending: true }])
  })
})

describe('a question that is asked per pipeline', () => {
  const first = (setting: string): string => {
    const option = { id: 'f', name: 'Регион', group: '0', group_name: 'Общая', suggested: false, evidence: '' }
    const card = mount(QuestionCard, { props: { question: { setting, kind: 'one_per_group', title: '', lead: '', value: {}, options: [option] }, busy: false, modelValue: {} }, global })
    return card.get('option').text()
  }
  it('says without an answer what then holds', () => {
    expect(first('sale_point_stage')).toContain('Успеха')
    expect(first('region_field')).toBe('Нет такого поля')
  })
})
