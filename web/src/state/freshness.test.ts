import { expect, it } from 'vitest'
import { isFirstLoad } from '@/state/freshness'

const progress = { done: 5, expected: 100, stage: 'cards', seconds_left: null }

it('tells a first load from the short reading of a live portal', () => {
  expect(isFirstLoad({ state: 'loading', current_at: null, progress: null })).toBe(true)
  expect(isFirstLoad({ state: 'loading', current_at: '2026-01-01T00:00:00Z', progress })).toBe(true)
  expect(isFirstLoad({ state: 'loading', current_at: '2026-01-01T00:00:00Z', progress: { ...progress, done: 0, expected: null } })).toBe(false)
  expect(isFirstLoad({ state: 'live', current_at: null, progress: null })).toBe(false)
  expect(isFirstLoad(null)).toBe(false)
})
