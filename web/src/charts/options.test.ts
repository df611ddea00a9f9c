import { describe, expect, it } from 'vitest'
import { widgetData } from '@/__fixtures__/document'
import type { BarsData, SeriesData } from '@/api/document'
import { axisInterval, axisLabels, donutOption, ghostsOf, markAt, scaleTop, seriesOption, slices, type SeriesLook } from '@/charts/options'
import { chartTheme } from '@/charts/theme'
import { createFormatter } from '@/format/number'

const look: SeriesLook = {
  theme: chartTheme(false),
  format: createFormatter('ru'),
  texts: { trend: 'Тренд', average: 'Среднее', base: 'Было', partial: 'не закончен', others: 'Остальные', total: 'Итого' },
  selected: [],
  selectedSeries: [],
  trend: false,
  average: false,
  compare: false,
  narrow: false,
}
interface Drawn {
  id: string
  type: string
  data: ({ value: number | null; itemStyle: { opacity: number } } | number | null)[]
}
const drawn = (option: Record<string, unknown>): Drawn[] => option['series'] as Drawn[]

describe('many lines', () => {
  const line = (id: string, values: number[], more = {}): unknown => ({ id, label: id, measure: 'a', values: values.map((v) => ({ v, base: v / 2 })), ...more })
  const data = (series: unknown[]): SeriesData => ({ measures: [{ id: 'a', label: 'A', format: 'integer' }], chart: 'line', dimension: 'month', points: [{ id: '1', label: '1' }, { id: '2', label: '2' }], series }) as unknown as SeriesData
  const four = [line('1', [1, 2]), line('2', [3, 9]), line('3', [5, 6])]
  it('end the axis above themselves where the rest would press them flat', () => {
    expect(scaleTop(data([...four, line('', [90, 80], { others: true })]), 'integer')).toBe(10)
    expect(scaleTop(data([...four, line('', [10, 12], { others: true })]), 'integer')).toBeUndefined()
    expect(scaleTop(data(four), 'integer')).toBeUndefined()
  })
  it('have a ghost each, of what they are compared with', () => {
    const with4 = data([...four, line('4', [2, 4])])
    expect(ghostsOf(with4, true)['4|a']).toEqual([1, 2])
    expect(ghostsOf(with4, false)).toEqual({})
    expect(ghostsOf(data(four), true)).toEqual({})
    expect(drawn(seriesOption(with4, { ...look, compare: true })).at(-1)).toMatchObject({ id: 'ghost', data: [] })
  })
})

describe('a stack', () => {
  it('has its trend and average over the whole', () => {
    const values = [{ v: 1 }, { v: 2 }]
    const data = { measures: [{ id: 'a', label: 'A', format: 'integer' }], chart: 'stacked', dimension: 'month', points: [{ id: '1', label: '1' }, { id: '2', label: '2' }], series: [{ id: 'a', label: 'A', measure: 'a', values }, { id: 'b', label: 'B', measure: 'a', values }], whole: { trend: [2, 4], moving_average: [null, null] } } as unknown as SeriesData
    const option = drawn(seriesOption(data, { ...look, trend: true, average: true }))
    expect(option.find((one) => one.id === 'trend|whole')?.data).toEqual([2, 4])
    expect(option.some((one) => one.id === 'average|whole')).toBe(false)
  })
})

describe('several earlier years', () => {
  const one = { id: null, label: 'Выручка', measure: 'won_amount', values: [{ v: '10.00', base: '8.00', earlier: ['6.00', null] }, { v: null, base: '4.00', earlier: ['2.00', '1.00'] }] }
  const data = { measures: [{ id: 'won_amount', label: 'Выручка', format: 'money', unit: 'RUB' }], chart: 'bars', dimension: 'month', points: [{ id: '2025-01-01', label: 'янв', partial: false }, { id: '2025-02-01', label: 'фев', partial: false }], series: [one] } as unknown as SeriesData
  const years = { ...look, compare: true, years: ['2024', '2023', '2022'] }
  const lines = (option: Record<string, unknown>): Drawn[] => drawn(option).filter((each) => each.id.startsWith('year|'))
  it('are a line each beside one series, instead of the ghost', () => {
    const option = seriesOption(data, years)
    expect(lines(option).map((each) => each.data)).toEqual([[8, 4], [6, 2], [null, 1]])
    expect(drawn(option).some((each) => each.id.startsWith('base|'))).toBe(false)
  })
  it('are lines of the whole beside a stack', () => {
    const option = seriesOption({ ...data, chart: 'stacked', series: [one, { ...one, id: 'b' }] } as unknown as SeriesData, years)
    expect(lines(option).map((each) => each.data)).toEqual([[16, 8], [12, 4], [null, 2]])
  })
  it('leave several lines their ghosts', () => {
    const option = seriesOption({ ...data, series: [one, { ...one, id: 'b' }] } as unknown as SeriesData, years)
    expect(lines(option)).toEqual([])
    expect(drawn(option).filter((each) => each.id.startsWith('base|'))).toHaveLength(2)
  })
})

describe('a trend', () => {
  const data = (values: { v: number | null }[], trend: number[]): SeriesData => ({ measures: [{ id: 'a', label: 'A', format: 'percent' }], chart: 'line', dimension: 'month', points: values.map((_, at) => ({ id: String(at), label: String(at) })), series: [{ id: 'a', label: 'A', measure: 'a', values, trend }] }) as unknown as SeriesData
  const line = (one: SeriesData): unknown => drawn(seriesOption(one, { ...look, trend: true })).find((each) => each.id.startsWith('trend|'))?.data
  it('ends with the last figure and does not go below nothing', () => {
    expect(line(data([{ v: 0.5 }, { v: 0.1 }, { v: null }], [0.4, -0.1, -0.28]))).toEqual([0.4, 0, null])
  })
  it('goes below where figures do', () => {
    expect(line(data([{ v: 0.5 }, { v: -0.3 }], [0.4, -0.2]))).toEqual([0.4, -0.2])
  })
})

describe('a point that nothing stands beside', () => {
  const values = [{ v: '10.00', base: '8.00' }, { v: null, base: null }]
  const one = { id: null, label: 'Выручка', measure: 'won_amount', values }
  const data = { measures: [{ id: 'won_amount', label: 'Выручка', format: 'money', unit: 'RUB' }], chart: 'bar', dimension: 'month', points: [{ id: '2026-10-01', label: 'окт', partial: false }, { id: '2026-12-01', label: 'дек', partial: false }], series: [one] } as unknown as SeriesData
  const compare = { ...look, compare: true, days: (point: string | null) => (point === '2026-10-01' ? ['1 – 31 окт. · до этого: 1 – 31 июл.'] : []) }
  const tip = (option: Record<string, unknown>, at: number): string => (option['tooltip'] as { formatter: (items: unknown) => string }).formatter([{ dataIndex: at }])
  it('is no mark, and a dash in the tooltip, never 0', () => {
    const option = seriesOption(data, compare)
    expect(drawn(option).find((each) => each.id.startsWith('base|'))?.data).toEqual([8, null])
    expect(tip(option, 1)).toContain('<span>Было</span><b>—</b>')
    const years = seriesOption({ ...data, series: [one, { ...one, id: 'b' }], chart: 'stacked' } as unknown as SeriesData, { ...compare, years: ['2025'] })
    expect(tip(years, 1)).toContain('<span>Итого, 2025</span><b>—</b>')
    expect(tip(seriesOption({ ...data, series: [one, { ...one, id: 'b' }], chart: 'stacked' } as unknown as SeriesData, compare), 1)).toContain('<span>Итого, было</span><b>—</b>')
  })
  it('names the days compared where there are any', () => {
    expect(tip(seriesOption(data, compare), 0)).toContain('<div class="sv-tip-days">1 – 31 окт. · до этого: 1 – 31 июл.</div>')
    expect(tip(seriesOption(data, compare), 1)).not.toContain('sv-tip-days')
    const many = { ...data, series: [1, 2, 3, 4].map((id) => ({ ...one, id: String(id) })) } as unknown as SeriesData
    expect(tip(seriesOption(many, compare), 0)).toContain('до этого: 1 – 31 июл.')
  })
})

describe('a series', () => {
  const data = widgetData('dynamics', { compare: true }) as SeriesData
  it('is one bar per point, bright while nothing is selected', () => {
    const [bars] = drawn(seriesOption(data, look))
    expect(bars?.type).toBe('bar')
    expect(bars?.data).toHaveLength(12)
    expect(bars?.data.every((one) => typeof one === 'object' && one?.itemStyle.opacity === 1)).toBe(true)
  })
  it('keeps the marks outside a selection, dimmed', () => {
    const [bars] = drawn(seriesOption(data, { ...look, selected: [data.points[2]!.id] }))
    const opacity = bars!.data.map((one) => (typeof one === 'object' ? one?.itemStyle.opacity : null))
    expect(opacity.filter((one) => one === 1)).toHaveLength(1)
    expect(opacity[2]).toBe(1)
  })
  it('adds ghosts, trend and average when asked', () => {
    const ids = drawn(seriesOption(data, { ...look, compare: true, trend: true, average: true })).map((one) => one.id)
    expect(ids).toEqual(['base|amount|amount', 'amount|amount', 'average|amount|amount', 'trend|amount|amount'])
  })
  it('leaves a hole for nothing, and never draws it as zero', () => {
    const holed = { ...data, series: [{ ...data.series[0]!, values: [{ v: null }, { v: 0 }, ...data.series[0]!.values.slice(2)] }] }
    const values = drawn(seriesOption(holed, look))[0]!.data.map((one) => (typeof one === 'object' ? one?.value : one))
    expect(values.slice(0, 2)).toEqual([null, 0])
  })
  it('finds the mark of a click, and none under a trend line', () => {
    expect(markAt(data, 'amount|amount', 3)).toEqual({ point: data.points[3]!.id, series: 'amount', measure: 'amount' })
    expect(markAt(data, 'trend|amount|amount', 3)).toBeNull()
  })
  it('escapes names in its tooltip', () => {
    const evil = { ...data, points: data.points.map((one) => ({ ...one, label: '<img src=x>' })) }
    const tooltip = seriesOption(evil, look)['tooltip'] as { formatter: (items: { dataIndex: number }[]) => string }
    expect(tooltip.formatter([{ dataIndex: 0 }])).not.toContain('<img')
  })
})

describe('a donut', () => {
  const data: BarsData = {
    measures: [{ id: 'm', label: 'M', definition: '', format: 'integer', unit: '', direction: 'up', additive: true }],
    dimension: 'source',
    rows: [
      { member: { id: 'a', label: 'A', color: '#112233' }, values: [{ v: 30 }] },
      { member: { id: null, label: '' }, values: [{ v: 10 }] },
    ],
    others: { member: { id: null, label: '', others: true }, values: [{ v: 60 }] },
  }
  it('has shares of the whole, others last, own colours kept', () => {
    const parts = slices(data, chartTheme(false), 'Остальные')
    expect(parts.map((one) => one.share)).toEqual([0.3, 0.1, 0.6])
    expect(parts[0]?.color).toBe('#112233')
    expect(parts[2]).toMatchObject({ others: true, label: 'Остальные' })
  })
  it('dims what is not selected', () => {
    const pie = drawn(donutOption(slices(data, chartTheme(false), '…'), data.measures[0]!, { ...look, selected: [null] }))[0]
    expect(pie!.data.map((one) => (typeof one === 'object' ? one?.itemStyle.opacity : null))).toEqual([0.28, 1, 0.28])
  })
})

describe('labels of a time axis', () => {
  const points = (all: [string, string][]) => all.map(([id, label]) => ({ id, label }))
  it('writes the year under its first month only', () => {
    expect(axisLabels(points([['2025-11-01', 'ноя 25'], ['2025-12-01', 'дек 25'], ['2026-01-01', 'янв 26']]), 'month')).toEqual(['ноя\n2025', 'дек', 'янв\n2026'])
  })
  it('writes the month under its first day only', () => {
    expect(axisLabels(points([['2025-01-30', '30 янв'], ['2025-01-31', '31 янв'], ['2025-02-01', '1 фев']]), 'day')).toEqual(['30\nянв', '31', '1\nфев'])
  })
  it('leaves other dimensions alone', () => {
    expect(axisLabels(points([['2024-01-01', '2024'], ['2025-01-01', '2025']]), 'year')).toEqual(['2024', '2025'])
  })
  it('draws what fits, and always the labels that name a month', () => {
    const weeks = Array.from({ length: 53 }, (_, at) => (at % 4 ? String(at) : `${at}\nянв`))
    const keep = axisInterval(weeks, 31)
    expect(typeof keep).toBe('function')
    const drawn = weeks.filter((_, at) => (keep as (index: number) => boolean)(at))
    expect(drawn.filter((label) => label.includes('\n'))).toHaveLength(14)
    expect(drawn.length).toBeLessThanOrEqual(31)
    expect(axisInterval(weeks.slice(0, 20), 31)).toBe(0)
    expect(axisInterval(Array.from({ length: 62 }, (_, at) => String(at)), 31)).toBe(1)
  })
})
