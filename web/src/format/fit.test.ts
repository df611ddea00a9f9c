import { expect, it } from 'vitest'
import { fitting } from '@/format/fit'

it('all fit, and the piece that tells of more takes no room', () => expect(fitting([100, 100], 6, 206, 60)).toBe(2))
it('one pixel less: the last gives way to the count of the hidden', () => expect(fitting([100, 100], 6, 205, 60)).toBe(1))
it('nothing fits beside the count: none is drawn torn', () => expect(fitting([300, 100], 6, 200, 60)).toBe(0))
it('of nothing, nothing', () => expect(fitting([], 6, 0, 60)).toBe(0))
