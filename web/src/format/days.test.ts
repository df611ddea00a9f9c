import { describe, expect, it } from 'vitest'
import { rangeText } from '@/format/dates'
import { addDays, grainOf, monthWeeks, periodOf, shift, isAhead, todayIn, weekday } from '@/format/days'

describe('calendar', () => {
  it('knows leap days, week days and month ends', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2025-02-28', 1)).toBe('2025-03-01')
    expect(weekday('2024-01-01')).toBe(1)
    expect(weekday('2025-03-02')).toBe(7)
  })
  it('lays a month out by weeks from Monday', () => {
    const weeks = monthWeeks(2025, 3)
    expect(weeks[0]).toEqual([null, null, null, null, null, '2025-03-01', '2025-03-02'])
    expect(weeks.at(-1)?.[0]).toBe('2025-03-31')
    expect(weeks.flat().filter(Boolean)).toHaveLength(31)
  })
  it('recognises calendar periods', () => {
    expect(periodOf('2025-05-17', 'quarter')).toEqual({ from: '2025-04-01', to: '2025-07-01' })
    expect(grainOf({ from: '2025-07-01', to: '2026-01-01' })).toBe('half')
    expect(grainOf({ from: '2025-02-01', to: '2025-05-01' })).toBeNull()
  })
  it('steps by the period itself', () => {
    expect(shift({ from: '2025-01-01', to: '2025-02-01' }, -1)).toEqual({ from: '2024-12-01', to: '2025-01-01' })
    expect(shift({ from: '2025-01-01', to: '2025-04-01' }, 1)).toEqual({ from: '2025-04-01', to: '2025-07-01' })
    expect(shift({ from: '2025-02-01', to: '2025-04-01' }, -1)).toEqual({ from: '2024-12-01', to: '2025-02-01' })
    expect(shift({ from: '2025-03-05', to: '2025-03-12' }, -1)).toEqual({ from: '2025-02-26', to: '2025-03-05' })
  })
  it('takes today from the zone of the portal', () => {
    const moment = new Date('2025-03-31T21:30:00Z')
    expect(todayIn('Europe/Moscow', moment)).toBe('2025-04-01')
    expect(todayIn('America/New_York', moment)).toBe('2025-03-31')
  })
  it('knows a period that has not begun', () => {
    expect(isAhead('2026-12-01', '2026-11-30')).toBe(true)
    expect(isAhead('2026-12-01', '2026-12-01')).toBe(false)
  })
  it('names ranges as people do', () => {
    expect(rangeText({ from: '2025-01-01', to: '2025-04-01' }, 'ru')).toBe('I квартал 2025')
    expect(rangeText({ from: '2025-03-01', to: '2025-04-01' }, 'ru')).toBe('март 2025')
    expect(rangeText({ from: '2025-07-01', to: '2026-01-01' }, 'en')).toBe('H2 2025')
  })
})
