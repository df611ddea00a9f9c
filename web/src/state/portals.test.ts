import { expect, test } from 'vitest'
import { isSeveral, portalsOf, together } from '@/state/portals'

test('portals of an address, one or several', () => {
  expect(portalsOf('acme')).toEqual(['acme'])
  expect(portalsOf('acme,shop')).toEqual(['acme', 'shop'])
  expect(portalsOf('')).toEqual([])
  expect(together(['acme', 'shop'])).toBe('acme,shop')
  expect([isSeveral('acme'), isSeveral('acme,shop')]).toEqual([false, true])
})
