import { describe, expect, it } from 'vitest'
import type { ComposerTranslation } from 'vue-i18n'
import { createFormatter } from '@/format/number'
import { i18n } from '@/i18n'
import '@/components/actions/words'
import { isState, isTooEarly, lookDeadline, readDeadline, ruleDimensions, ruleLines, ruleRecords, ruleSteps, writeDeadline, type RuleModel } from '@/state/rule'

const model: RuleModel = {
  measures: [
    { id: 'open', label: 'Open deals', role: 'as_of' },
    { id: 'made', label: 'Deals made', role: 'created' },
  ],
  dimensions: [
    { id: 'month', label: 'Month', kind: 'time' },
    { id: 'employee', label: 'Employee', kind: 'people' },
    { id: 'stage', label: 'Stage', kind: 'members' },
  ],
}
const list = {
  measures: [{ measure: 'made', args: { kind: 'call' }, as: 'x' }],
  cell: { measure: 'x', values: { month: '2026-03-01', employee: '7' } },
  period: { from: '2026-01-01', to: '2027-01-01' },
  compare: 'previous',
  order: [{ by: 'id' }],
  currency: 'RUB',
  filters: [{ dimension: 'month', in: ['2026-03-01'] }, { dimension: 'employee', not_in: ['1', null] }],
  cross_filters: [],
  narrow: [{ column: 'days_on_stage', from: 20 }, { column: 'stage', in: ['a'] }],
  search: 'wall',
}

describe('a list as a daily rule', () => {
  it('asks anew every day: no period, no month, nothing of how the list was shown', () => {
    expect(ruleRecords(list, model, false)).toEqual({
      measures: list.measures,
      cell: { measure: 'x', values: { employee: '7' } },
      filters: [{ dimension: 'employee', not_in: ['1', null] }],
      narrow: list.narrow,
      search: 'wall',
    })
  })
  it('keeps the period where that is wanted, with the months in it', () => {
    const kept = ruleRecords(list, model, true)
    expect(kept.period).toEqual(list.period)
    expect(kept.cell?.values).toEqual({ month: '2026-03-01', employee: '7' })
    expect(kept.filters).toHaveLength(2)
  })
  it('knows a state, under any name of its column', () => {
    expect(isState({ measures: ['open'], cell: { measure: 'open' } }, model)).toBe(true)
    expect(isState({ measures: [{ measure: 'open', as: 'y' }], cell: { measure: 'y' } }, model)).toBe(true)
    expect(isState(ruleRecords(list, model, false), model)).toBe(false)
  })
  it('says what it looks for', () => {
    i18n.global.locale.value = 'en'
    const records = ruleRecords(list, model, true)
    const lines = ruleLines(records, { model, columns: [{ id: 'days_on_stage', label: 'Days on stage', format: 'integer', type: 'integer' }], member: (dimension, id) => `${dimension} ${id}`, format: createFormatter('en'), t: i18n.global.t as unknown as ComposerTranslation })
    expect(lines.map((one) => `${one.label}: ${one.text}`)).toEqual([
      'Cards: Deals made, call',
      'Period: 2026',
      'Month: month 2026-03-01',
      'Employee: employee 7',
      'Month: month 2026-03-01',
      'Employee: except employee 1, not set',
      'Days on stage: from 20',
      'Stage: stage a',
      'In the title, id or client: «wall»',
    ])
    expect(ruleDimensions(records)).toEqual(['month', 'employee', 'stage'])
  })
})

describe('a deadline told from the day', () => {
  it('is read and written alike', () => {
    for (const told of ['today 18:00', 'tomorrow 12:00', '+3 10:00']) expect(writeDeadline(readDeadline(told))).toBe(told)
    expect(writeDeadline(readDeadline('+1'))).toBe('tomorrow 18:00')
    expect(readDeadline('tomorrow 9:00').time).toBe('09:00')
  })
  it('is not before the rule runs', () => {
    expect(isTooEarly({ days: 0, time: '09:00' }, 9)).toBe(true)
    expect(isTooEarly({ days: 0, time: '09:30' }, 9)).toBe(false)
    expect(isTooEarly({ days: 1, time: '00:00' }, 23)).toBe(false)
    expect(lookDeadline({ days: 0, time: '09:30' })).toBe('today 23:59')
    expect(lookDeadline({ days: 2, time: '09:30' })).toBe('+2 09:30')
  })
})

describe('what a rule would do', () => {
  const step = (id: string, skip: '' | 'closed' | 'same_task' | 'limit' = '') => ({ entity: 'deal' as const, id, title: id, link: '', responsible: null, skip })
  it('takes at most its number a day, and none that has its task open', () => {
    const seen = ruleSteps([step('1', 'closed'), step('2'), step('3'), step('4', 'limit'), step('5')], 2, [step('2', 'same_task'), step('3')])
    expect(seen.steps.map((one) => one.skip)).toEqual(['closed', 'same_task', '', '', 'limit'])
    expect([seen.planned, seen.skipped]).toEqual([2, 3])
  })
})
