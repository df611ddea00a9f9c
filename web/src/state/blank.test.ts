import { describe, expect, it } from 'vitest'
import type { SeriesData } from '@/api/document'
import { isBlank } from '@/state/blank'

const data = (...values: Record<string, unknown>[]): SeriesData => ({ points: values.map((_, index) => ({ id: String(index) })), series: [{ id: null, values }] }) as unknown as SeriesData

describe('a chart without a figure', () => {
  it('is blank with zeros and nothings only', () => {
    expect(isBlank(data({ v: 0 }, { v: '0.00' }, { v: null }))).toBe(true)
    expect(isBlank(data())).toBe(true)
  })
  it('is drawn for one figure, now or before', () => {
    expect(isBlank(data({ v: 0 }, { v: '1.50' }))).toBe(false)
    expect(isBlank(data({ v: 0, base: 3 }))).toBe(false)
    expect(isBlank(data({ v: 0, earlier: [null, 2] }))).toBe(false)
  })
})
