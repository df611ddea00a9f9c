import { describe, expect, it } from 'vitest'
import type { ScatterData } from '@/api/document'
import { scatterOption } from '@/charts/scatter'
import { chartTheme } from '@/charts/theme'
import { createFormatter } from '@/format/number'

const data: ScatterData = {
  measures: [
    { id: 'activity_index', label: 'Index', definition: '', format: 'decimal', unit: '', direction: 'up', additive: true, request: 'activity_index' },
    { id: 'won_amount', label: 'Won', definition: '', format: 'money', unit: 'RUB', direction: 'up', additive: true, request: 'won_amount' },
  ],
  dimension: 'employee',
  rows: [
    { member: { id: '1', label: 'Anna' }, values: [{ v: 10 }, { v: '100.50' }] },
    { member: { id: '2', label: 'Boris' }, values: [{ v: 90 }, { v: '0.00' }] },
    { member: { id: '3', label: '' }, values: [{ v: 40 }, { v: '50.00' }] },
  ],
  middle: [40, 50],
  correlation: { r: -0.9, n: 3 },
}
const option = (selected: string[] = [], given = data) =>
  scatterOption(given, { theme: chartTheme(false), format: createFormatter('en'), narrow: false, selected, none: 'not set' }) as {
    series: { id: string; data: { name?: string; value?: number[]; itemStyle?: { opacity: number }; label?: { position: string } }[] }[]
    xAxis: { min: number; max: number }
  }

describe('members by two measures', () => {
  it('are points of their two numbers, under their names', () => {
    const marks = option().series.find((one) => one.id === 'members')
    expect(marks?.data.map((one) => one.value)).toEqual([[10, 100.5], [90, 0], [40, 50]])
    expect(marks?.data.map((one) => one.name)).toEqual(['Anna', 'Boris', 'not set'])
  })
  it('have names on the side where there is room', () => {
    expect(option().series.find((one) => one.id === 'members')?.data.map((one) => one.label?.position)).toEqual(['right', 'left', 'right'])
  })
  it('have the medians as lines from edge to edge, and none where nothing is known', () => {
    const lines = option().series.filter((one) => one.id.startsWith('middle'))
    expect(lines.map((one) => one.id)).toEqual(['middle|x', 'middle|y'])
    expect(option([], { ...data, middle: [null, 50] }).series.map((one) => one.id)).toEqual(['middle|y', 'members'])
  })
  it('keep the chosen bright and dim the others', () => {
    expect(option(['2']).series.find((one) => one.id === 'members')?.data.map((one) => one.itemStyle?.opacity)).toEqual([0.25, 1, 0.25])
  })
  it('keep every point inside the axis', () => {
    const { xAxis } = option()
    expect(xAxis.min).toBeLessThanOrEqual(10)
    expect(xAxis.max).toBeGreaterThan(90)
  })
})
