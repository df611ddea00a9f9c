import { describe, expect, it } from 'vitest'
import type { CurveData } from '@/api/document'
import { curveOption } from '@/charts/curve'
import { chartTheme } from '@/charts/theme'
import { createFormatter } from '@/format/number'

const data: CurveData = {
  measures: [{ id: 'win_curve', label: 'Win curve', definition: '', format: 'percent', unit: '', direction: 'up', additive: false, request: 'win_curve' }],
  points: [
    { days: 0, value: { v: 0, base: 0.01, low: 0, high: 0.1 }, request: { measure: 'win_curve', args: { days: 0 } } },
    { days: 7, value: { v: 0.2, base: 0.1, low: 0.15, high: 0.25 }, request: { measure: 'win_curve', args: { days: 7 } } },
    { days: 14, value: { v: null, base: 0.3 }, request: { measure: 'win_curve', args: { days: 14 } } },
  ],
  cohort: 12,
}
interface Option {
  series: { id: string; data: (number | null)[] }[]
  tooltip: { formatter: (items: { dataIndex: number }[]) => string }
}
const option = (compare: boolean): Option =>
  curveOption(data, { theme: chartTheme(false), format: createFormatter('en'), narrow: false, compare, texts: { base: 'before', interval: 'interval', age: (n) => `${n} d` } }) as unknown as Option
const line = (of: Option, id: string): (number | null)[] | undefined => of.series.find((one) => one.id === id)?.data

describe('a share by age', () => {
  it('is a line that ends where nobody is that old', () => {
    expect(line(option(false), 'share')).toEqual([0, 0.2, null])
  })
  it('stands in the band of its interval, which ends with it', () => {
    expect(line(option(false), 'low')).toEqual([0, 0.15, null])
    expect(line(option(false), 'band')?.map((one) => (one === null ? null : Number(one.toFixed(9))))).toEqual([0.1, 0.1, null])
  })
  it('is compared where the reader compares', () => {
    expect(line(option(true), 'base')).toEqual([0.01, 0.1, 0.3])
    expect(line(option(false), 'base')).toBeUndefined()
  })
  it('tells share, interval and base at an age', () => {
    const text = option(true).tooltip.formatter([{ dataIndex: 1 }])
    for (const part of ['7 d', '20%', '15% – 25%', '10%']) expect(text).toContain(part)
    expect(option(true).tooltip.formatter([{ dataIndex: 2 }])).not.toContain('interval')
  })
})
