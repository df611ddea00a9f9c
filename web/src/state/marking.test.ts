import { describe, expect, it } from 'vitest'
import { countMarked, isMarked, kNoneMarked, stateOf, withAll, withMark } from '@/state/marking'

describe('ticked rows', () => {
  it('are those that were ticked', () => {
    const two = withMark(withMark(kNoneMarked, '5', true), '7', true)
    expect([isMarked(two, '5'), isMarked(two, '6'), countMarked(two, 9), stateOf(two, 9)]).toEqual([true, false, 2, 'some'])
    const one = withMark(two, '5', false)
    expect([isMarked(one, '5'), countMarked(one, 9)]).toEqual([false, 1])
    expect(stateOf(withMark(one, '7', false), 9)).toBe('none')
  })
  it('are all that the filters leave, also those not read yet, but for the ones taken out', () => {
    const all = withAll(true)
    expect([isMarked(all, '1000'), countMarked(all, 4321), stateOf(all, 4321)]).toEqual([true, 4321, 'all'])
    const but = withMark(all, '8', false)
    expect([isMarked(but, '8'), isMarked(but, '9'), countMarked(but, 10), stateOf(but, 10)]).toEqual([false, true, 9, 'some'])
    expect(stateOf(withMark(but, '8', true), 10)).toBe('all')
  })
  it('never count below zero', () => {
    expect(countMarked({ all: true, ids: new Set(['1', '2']) }, 1)).toBe(0)
  })
})
