import { describe, expect, it } from 'vitest'
import { emptyState } from '@/state/address'
import { filterAt, isCrossed, withCross, withCrosses, withExpanded, withFilter, withPlace, withoutCross, withView, withWidget } from '@/state/change'

describe('a click on a mark', () => {
  const one = withCross(emptyState(), 'bars', 'employee', '7', false)
  it('selects, and releases on the second click', () => {
    expect(one.cross).toEqual([{ widget: 'bars', dimension: 'employee', in: ['7'] }])
    expect(withCross(one, 'bars', 'employee', '7', false).cross).toEqual([])
  })
  it('replaces without Ctrl and adds with it', () => {
    expect(withCross(one, 'bars', 'employee', '8', false).cross[0]?.in).toEqual(['8'])
    const two = withCross(one, 'bars', 'employee', '8', true)
    expect(two.cross[0]?.in).toEqual(['7', '8'])
    expect(withCross(two, 'bars', 'employee', '7', true).cross[0]?.in).toEqual(['8'])
    expect(withCross(two, 'bars', 'employee', '7', false).cross[0]?.in).toEqual(['7'])
  })
  it('keeps selections of other widgets; another dimension of the same widget replaces', () => {
    const more = withCross(one, 'chart', 'month', '2025-01-01', false)
    expect(more.cross).toHaveLength(2)
    expect(withCross(more, 'bars', 'department', '3', false).cross).toEqual([
      { widget: 'chart', dimension: 'month', in: ['2025-01-01'] },
      { widget: 'bars', dimension: 'department', in: ['3'] },
    ])
    expect(withoutCross(more, 'bars').cross.map((each) => each.widget)).toEqual(['chart'])
    expect(withoutCross(more).cross).toEqual([])
  })
  it('selects the member none', () => expect(withCross(emptyState(), 'bars', 'source', null, false).cross[0]?.in).toEqual([null]))
})

it('removes a filter that chooses nothing', () => {
  const some = withFilter(emptyState(), 'source', { dimension: 'source', in: ['WEB'] })
  expect(some.filters).toHaveLength(1)
  expect(withFilter(some, 'source', { dimension: 'source', in: [] }).filters).toEqual([])
})

it('lets people and their departments take turns in one place', () => {
  const place = { dimension: 'employee', label: 'Who', kind: 'tree' as const, place: 'top' as const }
  const whole = withPlace(emptyState(), place, { dimension: 'department', under: ['3'] })
  expect(filterAt(whole.filters, place)).toEqual({ dimension: 'department', under: ['3'] })
  const one = withPlace(whole, place, { dimension: 'employee', in: ['7'] })
  expect(one.filters).toEqual([{ dimension: 'employee', in: ['7'] }])
  expect(withPlace(one, place, undefined).filters).toEqual([])
})

it('forgets a widget state that says nothing', () => {
  const some = withWidget(emptyState(), 'list', { grain: 'year' })
  expect(withWidget(some, 'list', { grain: undefined }).widgets).toEqual({})
})

it('closes the rows below a row that closes', () => {
  const open = withExpanded(withExpanded(emptyState(), 'table', '0', true), 'table', '0/7', true)
  expect(open.widgets['table']?.expanded).toEqual(['0', '0/7'])
  expect(withExpanded(open, 'table', '0', false).widgets).toEqual({})
})

it('turns view flags on and off', () => {
  const on = withView(emptyState(), 'chart', 'trend', true)
  expect(on.views).toEqual({ chart: ['trend'] })
  expect(withView(on, 'chart', 'trend', false).views['chart']).toEqual([])
})

it('selects both sides of a cell at once, and releases both', () => {
  const pairs = [
    { dimension: 'employee', id: '7' },
    { dimension: 'stage', id: null },
  ]
  const before = withCross(withCross(emptyState(), 'grid', 'employee', '1', false), 'bars', 'source', 'CALL', false)
  const both = withCrosses(before, 'grid', pairs)
  expect(both.cross).toEqual([
    { widget: 'bars', dimension: 'source', in: ['CALL'] },
    { widget: 'grid', dimension: 'employee', in: ['7'] },
    { widget: 'grid', dimension: 'stage', in: [null] },
  ])
  expect(isCrossed(both, 'grid', pairs)).toBe(true)
  expect(isCrossed(before, 'grid', pairs)).toBe(false)
  expect(withCrosses(both, 'grid', pairs).cross).toEqual([{ widget: 'bars', dimension: 'source', in: ['CALL'] }])
})
