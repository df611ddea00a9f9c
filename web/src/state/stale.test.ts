import { describe, expect, it } from 'vitest'
import { readState, writeState } from '@/state/address'
import { withoutBroken } from '@/state/stale'

const state = () => readState({ 'f.sorce': '1', 'f.pipeline': '0', 'x.by_employee.emplyee': '7', 's.nonsense': '1', 'w.gone.measure': 'a', compare: 'foo', period: 'foo_bar' })
const left = (place: string): string[] => Object.keys(writeState(withoutBroken(state(), { code: 'unknown', place, status: 400 }) ?? state()))

describe('a stale link', () => {
  it('opens without exactly the condition that is named', () => {
    const all = Object.keys(writeState(state()))
    const gone = (place: string): string[] => all.filter((key) => !left(place).includes(key))
    expect(gone('filters[0].dimension')).toEqual(['f.sorce'])
    expect(gone('filters[1].in')).toEqual(['f.pipeline'])
    expect(gone('cross[0].dimension')).toEqual(['x.by_employee.emplyee'])
    expect(gone('switches.nonsense')).toEqual(['s.nonsense'])
    expect(gone('widgets.gone')).toEqual(['w.gone.measure'])
    expect(gone('compare')).toEqual(['compare'])
    expect(gone('period.preset')).toEqual(['period'])
  })
  it('keeps only the period when the place is not known', () => {
    expect(left('measures[0]')).toEqual(['period'])
  })
  it('offers nothing for what no condition causes', () => {
    expect(withoutBroken(state(), { code: 'internal', place: '', status: 500 })).toBeNull()
    expect(withoutBroken(readState({ period: '2026' }), { code: 'bad_state', place: 'whatever', status: 400 })).toBeNull()
  })
})
