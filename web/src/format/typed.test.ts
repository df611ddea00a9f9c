import { describe, expect, it } from 'vitest'
import { readDay, readNumber, writeDay } from '@/format/typed'

describe('what is typed', () => {
  it('reads days as people write them', () => {
    expect(readDay('22.11.2026')).toBe('2026-11-22')
    expect(readDay('1/2/26')).toBe('2026-02-01')
    expect(readDay('2026-02-28')).toBe('2026-02-28')
    expect(readDay('31.02.2026')).toBeNull()
    expect(readDay('29.02.2024')).toBe('2024-02-29')
    expect(readDay('вчера')).toBeNull()
    expect(readDay('')).toBeNull()
  })
  it('writes days in the form of the language', () => {
    expect(writeDay('2026-11-02', 'ru')).toBe('02.11.2026')
    expect(writeDay('2026-11-02', 'en')).toBe('02/11/2026')
    expect(writeDay('22.1', 'ru')).toBe('22.1')
  })
  it('reads numbers with spaces, commas and a minus sign of print', () => {
    expect(readNumber('1 234,5', 'ru')).toBe(1234.5)
    expect(readNumber('1,234', 'en')).toBe(1234)
    expect(readNumber('−5', 'ru')).toBe(-5)
    expect(readNumber('много', 'ru')).toBeNull()
  })
})
