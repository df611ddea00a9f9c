import { describe, expect, it } from 'vitest'
import { baseName, choicesOf, describeImport, missingOf, withTarget, shownTable } from '@/state/files'
import type { PreviewFile } from '@/api/files'

const file: PreviewFile = {
  name: 'deals.csv', format: 'csv', signature: 's', entity: 'deals',
  columns: [
    { name: 'ID', target: 'id', examples: '', certain: true },
    { name: 'Бюджет', target: 'amount', examples: '', certain: true },
    { name: 'Город', target: 'custom', examples: '', certain: true },
  ],
  targets: [{ field: 'id', required: true }, { field: 'stage', required: true }, { field: 'amount', required: false }],
  stages: [{ name: 'Победа', meaning: 'S' }],
}

describe('choices', () => {
  it('hold all that stands on the page', () => {
    expect(choicesOf(file)).toEqual({ entity: 'deals', columns: { ID: 'id', Бюджет: 'amount', Город: 'custom' }, stages: { Победа: 'S' } })
  })
  it('give a field to one column only', () => {
    expect(withTarget(choicesOf(file), 'Город', 'amount').columns).toEqual({ ID: 'id', Бюджет: 'skip', Город: 'amount' })
    expect(withTarget(choicesOf(file), 'ID', 'skip').columns).toEqual({ ID: 'skip', Бюджет: 'amount', Город: 'custom' })
  })
  it('tell what is missing', () => expect(missingOf(file)).toEqual(['stage']))
})

it('a source is called as its file', () => expect(baseName('Сделки март.xlsx')).toBe('Сделки март'))

it('an import says how far it has come by bytes, then that it stores', () => {
  const t = (key: string, values: Record<string, string>): string => `${key} ${JSON.stringify(values)}`
  expect(describeImport({ running: true, file: 'a.csv', rows: 8192, share: 0.999 }, t, String)).toBe('files.progress {"percent":"99 %","rows":"8192","file":"a.csv"}')
  expect(describeImport({ running: true, file: '', rows: 9000, share: 1 }, t, String)).toBe('files.storing {"rows":"9000"}')
})

it('ids that we made of rows are not shown', () =>
  expect(shownTable({ table: 'call', columns: ['id', 'activity_id', 'phone', 'lead_id'], rows: [['row:1', 'row:1', '79', null], ['row:2', null, null, null]] })).toEqual({ table: 'call', columns: ['phone', 'lead_id'], rows: [['79', null], [null, null]] }))
