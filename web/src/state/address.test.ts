import { describe, expect, it } from 'vitest'
import { changedWidgets, emptyState, readPeriod, readState, sharedKey, toRequest, writePeriod, writeState, type ReportState } from '@/state/address'

describe('the period in the address', () => {
  it.each([
    ['2025', '2025-01-01', '2026-01-01'],
    ['2025-02', '2025-02-01', '2025-03-01'],
    ['2024-12', '2024-12-01', '2025-01-01'],
    ['2025-Q4', '2025-10-01', '2026-01-01'],
    ['2025-H2', '2025-07-01', '2026-01-01'],
    ['2025-01-15..2025-02-28', '2025-01-15', '2025-03-01'],
    ['2024-02-29..2024-02-29', '2024-02-29', '2024-03-01'],
  ])('%s is read and written', (text, from, to) => {
    expect(readPeriod(text)).toEqual({ from, to })
    expect(writePeriod({ from, to })).toBe(text)
  })
  it('keeps presets by name', () => expect(readPeriod('last_30_days')).toEqual({ preset: 'last_30_days' }))
  it.each(['2025-13', '2025-Q5', '2025-02-30..2025-03-01', '2025-03-02..2025-03-01', '<x>', ''])('leaves out nonsense: %s', (text) => {
    expect(readPeriod(text)).toBeUndefined()
  })
})

const full: ReportState = {
  period: { from: '2025-01-01', to: '2025-04-01' },
  compare: 'year_ago',
  filters: [
    { dimension: 'pipeline', in: ['0', '5', null] },
    { dimension: 'source', not_in: ['CALL'] },
    { dimension: 'field:UF_CRM_1', from: 10, to: 20.5 },
    { dimension: 'region', in: ['Москва, центр', '50%~50%', 'a/b:c', '!', '~'] },
    { dimension: 'created', from: '2025-01-01' },
    { dimension: 'department', under: ['3', '^5'] },
  ],
  cross: [{ widget: 'by_employee', dimension: 'employee', in: ['7', null] }],
  switches: { matrix_of: 'open' },
  widgets: {
    dynamics: { measure: 'won_amount', grain: 'quarter', level: 1, path: [{ dimension: 'field:X', id: 'C1:WON' }, { dimension: 'stage', id: null }], order: { by: 'won_amount', descending: true } },
    all: { expanded: ['0', '0/C1:NEW'], order: { by: 'age' }, filters: [{ dimension: 'stage', in: ['C1:NEW'] }] },
  },
  views: { dynamics: ['trend', 'table'] },
  focus: 'dynamics',
}

describe('the report state in the address', () => {
  it('survives the way there and back', () => expect(readState(writeState(full))).toEqual(full))
  it('survives a real address bar', () => {
    const query = new URLSearchParams(writeState(full)).toString()
    expect(readState(Object.fromEntries(new URLSearchParams(query)))).toEqual(full)
  })
  it('is empty for an empty address and for foreign keys', () => {
    expect(readState({})).toEqual(emptyState())
    expect(readState({ utm_source: 'x', 'w.': 'y', 'x.a': 'b', f: null })).toEqual(emptyState())
  })
  it('sends the server what it needs, and not what only the browser draws', () => {
    const body = toRequest(full, 'ru', ['dynamics'])
    expect(body).toMatchObject({ language: 'ru', compare: 'year_ago', only: ['dynamics'], switches: { matrix_of: 'open' } })
    expect(body).not.toHaveProperty('views')
    expect((body['widgets'] as Record<string, object>)['all']).not.toHaveProperty('expanded')
  })
  it('asks anew only for widgets whose own state changed', () => {
    const sorted = { ...full, widgets: { ...full.widgets, all: { ...full.widgets['all'], order: { by: 'amount' } } } }
    expect(sharedKey(full, 'ru')).toBe(sharedKey(sorted, 'ru'))
    expect(changedWidgets(full, sorted)).toEqual(['all'])
    const opened = { ...full, widgets: { ...full.widgets, all: { ...full.widgets['all'], expanded: [] } } }
    expect(changedWidgets(full, opened)).toEqual([])
    expect(sharedKey(full, 'ru')).not.toBe(sharedKey({ ...full, switches: {} }, 'ru'))
  })
})
