import { describe, expect, it } from 'vitest'
import { pastOf, yearsOf } from '@/format/past'

const comparison = { kind: 'years_3', from: '2024-01-01', to: '2025-01-01', label: '', base_label: '2024', earlier: [{ from: '', to: '', label: '2023' }, { from: '', to: '', label: '2022' }] }

describe('what a figure was before', () => {
  it('is the base alone against one period', () => {
    expect(yearsOf({ ...comparison, earlier: [] })).toEqual([])
    expect(pastOf({ v: 5, base: 4 }, [], 'Было')).toEqual([{ label: 'Было', raw: 4 }])
    expect(pastOf({ v: 5, base: null }, [], 'Было')).toEqual([])
    expect(pastOf({ v: 5 }, [], 'Было')).toEqual([])
  })
  it('is one figure per year, unknown ones kept in their place', () => {
    expect(pastOf({ v: 5, base: 4, earlier: [null, 2] }, yearsOf(comparison), 'Было')).toEqual([
      { label: '2024', raw: 4 },
      { label: '2023', raw: null },
      { label: '2022', raw: 2 },
    ])
    expect(pastOf({ v: 5, base: null }, yearsOf(comparison), '')).toHaveLength(3)
  })
})
