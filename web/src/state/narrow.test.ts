import { describe, expect, it } from 'vitest'
import { narrowKind, withNarrow } from '@/state/narrow'

describe('conditions on columns', () => {
  it('knows what a column can be narrowed by', () => {
    expect(narrowKind({ id: 'stage', label: '', format: 'text', type: 'member' })).toBe('members')
    expect(narrowKind({ id: 'part', label: '', format: 'text', type: 'text' })).toBe('members')
    expect(narrowKind({ id: 'amount', label: '', format: 'money', type: 'money' })).toBe('range')
    expect(narrowKind({ id: 'created', label: '', format: 'date', type: 'day' })).toBe('range')
    expect(narrowKind({ id: 'title', label: '', format: 'link', type: 'text' })).toBeNull()
    expect(narrowKind({ id: 'last_comment', label: '', format: 'text', type: 'text' })).toBeNull()
  })
  it('keeps one condition for a column, and none that asks for nothing', () => {
    const one = withNarrow([], 'stage', { in: ['1', null] })
    expect(one).toEqual([{ column: 'stage', in: ['1', null] }])
    const two = withNarrow(one, 'amount', { from: 5 })
    expect(withNarrow(two, 'stage', { in: ['2'] })).toEqual([{ column: 'amount', from: 5 }, { column: 'stage', in: ['2'] }])
    expect(withNarrow(two, 'stage', { in: [] })).toEqual([{ column: 'amount', from: 5 }])
    expect(withNarrow(two, 'amount', undefined)).toEqual(one)
  })
})
