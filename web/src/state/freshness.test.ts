import { expect, it } from 'vitest'
import { isFirstLoad, isSilent, lagOf } from '@/state/freshness'

const progress = { done: 5, expected: 100, stage: 'cards', seconds_left: null }

it('tells a first load from the short reading of a live portal', () => {
  expect(isFirstLoad({ state: 'loading', current_at: null, progress: null })).toBe(true)
  expect(isFirstLoad({ state: 'loading', current_at: '2026-01-01T00:00:00Z', progress })).toBe(true)
  expect(isFirstLoad({ state: 'loading', current_at: '2026-01-01T00:00:00Z', progress: { ...progress, done: 0, expected: null } })).toBe(false)
  expect(isFirstLoad({ state: 'live', current_at: null, progress: null })).toBe(false)
  expect(isFirstLoad(null)).toBe(false)
})

it('calls a CRM silent by what it was behind and the time since that was heard', () => {
  expect(isSilent(lagOf({ behind_s: 10 }, 0, 40_000))).toBe(false)
  expect(isSilent(lagOf({ behind_s: 10 }, 0, 60_000))).toBe(true)
  expect(lagOf({ behind_s: null }, 0, 60_000)).toBeNull()
  expect(isSilent(null)).toBe(false)
})
