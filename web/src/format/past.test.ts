import { describe, expect, it } from 'vitest'
import { pastOf, spanLines, spansOf, yearsOf } from '@/format/past'

const comparison = { kind: 'years_3', from: '2024-01-01', to: '2025-01-01', label: '', base_label: '2024', earlier: [{ from: '', to: '', label: '2023' }, { from: '', to: '', label: '2022' }] }

describe('what a figure was before', () => {
  it('is the base alone against one period', () => {
    expect(yearsOf({ ...comparison, earlier: [] })).toEqual([])
    expect(pastOf({ v: 5, base: 4 }, [], 'Было')).toEqual([{ label: 'Было', raw: 4 }])
    expect(pastOf({ v: 5, base: null }, [], 'Было')).toEqual([{ label: 'Было', raw: null }])
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

describe('the exact days of a comparison', () => {
  // 22 November 2026 is the last day known of the fourth quarter: 53 of its days are over.
  const period = { from: '2026-10-01', to: '2027-01-01', label: '', unfinished: true }
  const current = { from: '2026-10-01', to: '2026-11-23', label: '' }
  const previous = { kind: 'previous', from: '2026-07-01', to: '2026-08-23', label: '', current }
  const years = { kind: 'years_2', from: '2025-10-01', to: '2025-11-23', label: '', earlier: [{ from: '2024-10-01', to: '2024-11-23', label: '2024' }], current }
  const lines = (comparison: typeof previous, at = {}): string[] => spanLines(spansOf({ period, comparison }), at, 'ru', 'до этого')

  it('are those of the elapsed part and as many before', () => {
    expect(lines(previous)).toEqual(['1 окт. – 22 нояб. 2026 · до этого: 1 июл. – 22 авг. 2026'])
    expect(lines(years)).toEqual(['1 окт. – 22 нояб. 2026', '1 окт. – 22 нояб. 2025', '1 окт. – 22 нояб. 2024'])
  })
  it('are those of a bucket, of an unfinished one its elapsed part, of a place beyond the days compared none', () => {
    expect(lines(previous, { month: '2026-10-01' })).toEqual(['1 окт. – 31 окт. 2026 · до этого: 1 июл. – 31 июл. 2026'])
    expect(lines(previous, { month: '2026-11-01' })).toEqual(['1 нояб. – 22 нояб. 2026 · до этого: 1 авг. – 22 авг. 2026'])
    expect(lines(previous, { month: '2026-12-01' })).toEqual([])
    expect(lines(years, { month: '2026-11-01' })).toEqual(['1 нояб. – 22 нояб. 2026', '1 нояб. – 22 нояб. 2025', '1 нояб. – 22 нояб. 2024'])
    expect(lines(previous, { quarter: '2026-10-01' })).toEqual(['1 окт. – 22 нояб. 2026 · до этого: 1 июл. – 22 авг. 2026'])
  })
  it('follow weeks by their place: the first is cut by the quarter on both sides', () => {
    expect(lines(previous, { week: '2026-09-28' })).toEqual(['1 окт. – 4 окт. 2026 · до этого: 1 июл. – 5 июл. 2026'])
    expect(lines(previous, { day: '2026-10-02', employee: '7' })).toEqual(['2 окт. 2026 · до этого: 2 июл. 2026'])
  })
  it('are not repeated where the period is over, or nothing is compared', () => {
    const whole = { ...previous, current: { from: period.from, to: period.to, label: '' } }
    expect(spansOf({ period, comparison: whole })).toBeNull()
    expect(spansOf({ period, comparison: null })).toBeNull()
  })
})
