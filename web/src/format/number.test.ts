import { describe, expect, it } from 'vitest'
import { createFormatter } from '@/format/number'

const ru = createFormatter('ru')
const en = createFormatter('en')
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ')
const money = { format: 'money', unit: 'RUB' }

describe('nothing', () => {
  it.each(['integer', 'money', 'percent', 'duration', 'days', 'decimal'])('of %s is a dash, zero is not', (format) => {
    expect(ru.exact(null, { format })).toBe('—')
    expect(ru.exact(undefined, { format })).toBe('—')
    expect(ru.exact(0, { format })).not.toBe('—')
  })
})

describe('money', () => {
  it.each([
    ['518000000.00', '518 млн ₽'],
    ['12400000', '12,4 млн ₽'],
    ['1240000', '1,24 млн ₽'],
    ['999960', '1 млн ₽'],
    ['465811.40', '466 тыс. ₽'],
    ['9999.00', '9 999 ₽'],
    ['5100000000', '5,1 млрд ₽'],
    ['-1240000', '−1,24 млн ₽'],
    ['0.00', '0 ₽'],
  ])('%s is shortened to %s', (raw, text) => expect(plain(ru.compact(raw, money))).toBe(text))
  it('is exact in full, in both languages', () => {
    expect(plain(ru.exact('465811.40', money))).toBe('465 811 ₽')
    expect(plain(en.exact('-465811.40', { format: 'money', unit: 'USD' }))).toBe('−$465,811')
    expect(plain(en.compact('12400000', { format: 'money', unit: 'USD' }))).toBe('$12.4M')
    expect(plain(ru.bare('465811.40', money))).toBe('465 811')
  })
  it('keeps an unknown currency code', () => expect(plain(ru.exact('10', { format: 'money', unit: 'XTS' }))).toBe('10 XTS'))
})

describe('ratios and durations', () => {
  it('percent has one digit, n and its interval when the sample is small', () => {
    expect(plain(ru.exact(0.1114, { format: 'percent' }))).toBe('11,1 %')
    expect(plain(en.exact(0.1114, { format: 'percent' }))).toBe('11.1%')
    expect(plain(ru.sample({ v: 0.25, n: 12, low: 0.11, high: 0.47 }))).toBe('из 12, с вероятностью 90 % от 11 % до 47 %')
    expect(plain(ru.sample({ v: 0.25, n: 12, low: 0.11, high: 0.47 }, true))).toBe('из 12: 11–47 %')
    expect(plain(ru.sample({ v: 0.25, n: 1240 }))).toBe('из 1 240')
    expect(plain(ru.sample({ v: 0.25, n: 1240, unripe: true }))).toBe('из 1 240 · незрелая когорта: со зрелой не сравнить')
  })
  it.each([
    [0, '0 ч'],
    [1500, '25 мин'],
    [3600 * 47.5, '47,5 ч'],
    [3600 * 48, '2 дн.'],
    [86400 * 12.34, '12,3 дн.'],
    [86400 * 365, '365 дн.'],
  ])('%d s is %s', (seconds, text) => expect(plain(ru.exact(seconds, { format: 'duration' }))).toBe(text))
})

it('days in seconds are written as a stretch of time, plain days as days', () => {
  expect(plain(ru.exact(86400 * 9, { format: 'days', unit: 's' }))).toBe('9 дн.')
  expect(plain(ru.exact(9, { format: 'days', unit: '' }))).toBe('9 дн.')
})

describe('change', () => {
  const integer = { format: 'integer' }
  it('is a percentage with its sign', () => {
    expect(ru.change({ v: 112, base: 100, delta: 12, delta_pct: 0.12 }, integer)).toEqual({ text: '+12\u00a0%', sign: 1 })
    expect(ru.change({ v: 97, base: 100, delta: -3, delta_pct: -0.032 }, integer)).toEqual({ text: '−3,2\u00a0%', sign: -1 })
  })
  it('from nothing is "new", never a percentage', () => {
    expect(ru.change({ v: 5, base: 0, delta: 5, delta_pct: null, new: true }, integer)).toEqual({ text: 'новое', sign: 1 })
    expect(en.change({ v: 5, base: 0, delta: 5, delta_pct: null, new: true }, integer)?.text).toBe('new')
  })
  it('of a ratio is in percentage points', () => expect(plain(ru.change({ v: 0.11, delta: 0.011 }, { format: 'percent' })?.text ?? '')).toBe('+1,1 п.п.'))
  it('is nothing without a comparison', () => expect(ru.change({ v: 5 }, integer)).toBeNull())
})
