import { describe, expect, it } from 'vitest'
import { fitColumns, fitting } from '@/format/fit'

it('all fit, and the piece that tells of more takes no room', () => expect(fitting([100, 100], 6, 206, 60)).toBe(2))
it('one pixel less: the last gives way to the count of the hidden', () => expect(fitting([100, 100], 6, 205, 60)).toBe(1))
it('nothing fits beside the count: none is drawn torn', () => expect(fitting([300, 100], 6, 200, 60)).toBe(0))
it('of nothing, nothing', () => expect(fitting([], 6, 0, 60)).toBe(0))

describe('widths of columns', () => {
  const measure = (text: string): number => text.length * 7
  const column = { head: 'Этап', extra: 20, least: 60, most: 240 }
  it('shows nearly all cells whole, and a head by its longest word', () => {
    const words = [...Array.from({ length: 19 }, () => 'Основные продажи'), 'x'.repeat(90)]
    expect(fitColumns([{ ...column, words: [...words, ...words.slice(0, 19)] }], measure)).toEqual([16 * 7 + 20])
    expect(fitColumns([{ ...column, words, all: true }], measure)).toEqual([240])
    expect(fitColumns([{ ...column, head: 'Последнее действие', words: [] }], measure)[0]).toBeGreaterThan(9 * 6)
  })
  it('keeps within its bounds', () => {
    expect(fitColumns([{ ...column, words: ['x'.repeat(90)] }, { ...column, head: '', words: ['5'] }], measure)).toEqual([240, 60])
  })
})
