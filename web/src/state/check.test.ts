import { describe, expect, it } from 'vitest'
import { blocksOf, crmValue, difference, sides, type CheckFinding, type CheckLine, type CheckReport } from '@/state/check'

const figure = (count: number, amount: string) => ({ count, amount, won: 0, won_amount: '0.00', lost: 0, open: count })
const line = (change: Partial<CheckLine>): CheckLine => ({ month: '2026-03', entity: 'deal', dimension: 'total', id: null, name: null, ours: figure(2, '10.10'), crm: figure(2, '10.10'), crm_total: null, same: true, ...change })
const card = { pipeline: { id: '0', name: 'Sales' }, stage: { id: 'NEW', name: 'New' }, employee: { id: '3', name: 'Anna' }, semantic: 'P' as const, amount: '5.00', currency: 'RUB', created_at: null, modified_at: null }
const finding = (change: Partial<CheckFinding>): CheckFinding => ({ entity: 'deal', id: '1', title: 'Roof', month: '2026-03', cause: 'changed', fate: 'found', fields: ['amount'], ours: card, crm: { ...card, amount: '7.00' }, url: null, ...change })

describe('a line of the table', () => {
  it('is told exactly to the kopeck', () => {
    expect(difference(line({ ours: figure(2, '90071992547409.93'), crm: figure(2, '90071992547409.92') }), 'amount')).toBe(0.01)
    expect(difference(line({ ours: figure(2, '-1.05'), crm: figure(2, '1.00') }), 'amount')).toBe(-2.05)
    expect(difference(line({}), 'won_amount')).toBe(0)
  })
  it('takes the count that the CRM itself gives', () => {
    const one = line({ crm_total: 3, same: false })
    expect(crmValue(one, 'count')).toBe(3)
    expect(difference(one, 'count')).toBe(-1)
    expect(crmValue(one, 'open')).toBe(2)
  })
})

it('puts months newest first, with the groups and the cards that differ', () => {
  const figures = [line({ month: '2026-02' }), line({}), line({ dimension: 'stage', id: 'NEW', same: false }), line({ dimension: 'stage', id: 'WON' }), line({ entity: 'lead' })]
  const blocks = blocksOf({ figures, findings: [finding({}), finding({ id: '2', month: '2026-02' })] } as unknown as CheckReport)
  expect(blocks.map((one) => one.entity)).toEqual(['deal', 'lead'])
  expect(blocks[0]?.months.map((one) => one.line.month)).toEqual(['2026-03', '2026-02'])
  expect(blocks[0]?.months[0]?.groups.map((one) => one.id)).toEqual(['NEW'])
  expect(blocks[0]?.months[0]?.findings.map((one) => one.id)).toEqual(['1'])
})

it('tells both sides of a field, nothing for a side without the card', () => {
  expect(sides(finding({}), 'amount')).toEqual({ ours: '5.00', crm: '7.00' })
  expect(sides(finding({ ours: null }), 'stage')).toEqual({ ours: null, crm: 'New' })
})
