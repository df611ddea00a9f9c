/** Document data → ECharts option. Pure: no DOM, no clock; tested in node. */
import type { BarSeriesOption, LineSeriesOption, PieSeriesOption } from 'echarts/charts'
import type { BarsData, Measure, MemberId, SeriesData, Value } from '@/api/document'
import { colorAt, fade, type ChartTheme } from '@/charts/theme'
import { toNumber, type Formatter } from '@/format/number'
import { pastOf } from '@/format/past'

/** Texts that the chart itself writes. */
export interface ChartTexts {
  trend: string
  average: string
  base: string
  partial: string
  others: string
  total: string
}

export interface SeriesLook {
  theme: ChartTheme
  format: Formatter
  texts: ChartTexts
  /** Marks that stay bright; empty: all. */
  selected: MemberId[]
  /** Series that stay bright (legend selection); empty: all. */
  selectedSeries: MemberId[]
  trend: boolean
  average: boolean
  compare: boolean
  /** Names of several earlier years, the nearest first; empty: one base at most. */
  years?: string[]
  /** The exact days that a point compares, a line each; none for a period that is over. */
  days?: (point: MemberId) => string[]
  narrow: boolean
}

/** What stands behind a mark, found again on a click. */
export interface Mark {
  point: MemberId
  series: MemberId
  measure: string
}

const kFaded = 0.28

/** Earlier years are lines of their own where there is one figure per point to set them beside: of one series, or of a stack's whole. */
export const drawsYears = (data: SeriesData): boolean => data.series.length === 1 || data.chart === 'stacked'
/** The nearest year strongest. */
export const yearColor = (theme: ChartTheme, at: number): string => fade(theme.muted, Math.max(0.3, 0.95 - at * 0.25))

export function measureOf(measures: Measure[], id: string): Measure {
  return measures.find((one) => one.id === id) ?? { id, label: id, format: 'integer' }
}

/** Measures of other formats go to a second axis on the right. */
export function axisFormats(data: SeriesData): string[] {
  const formats: string[] = []
  for (const one of data.series) {
    const format = measureOf(data.measures, one.measure).format
    if (!formats.includes(format)) formats.push(format)
  }
  return formats.slice(0, 2)
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char)

export function tooltipLine(color: string, label: string, value: string, note: string): string {
  return (
    `<div class="sv-tip-line"><i style="background:${color}"></i><span>${escapeHtml(label)}</span>` +
    `<b>${escapeHtml(value)}</b>${note ? `<em>${escapeHtml(note)}</em>` : ''}</div>`
  )
}

/** A line of trend ends with the last figure there is, and is never below nothing where no figure is. */
function trendOf(trend: readonly (number | string | null)[], figures: (number | null)[]): (number | null)[] {
  const last = figures.reduce<number>((found, figure, at) => (figure === null ? found : at), -1)
  const signed = figures.some((figure) => figure !== null && figure < 0)
  return trend.map((raw, at) => {
    const value = at > last ? null : toNumber(raw)
    return value === null || signed ? value : Math.max(0, value)
  })
}

const daysHtml = (lines: string[] | undefined): string => (lines?.length ? `<div class="sv-tip-days">${lines.map(escapeHtml).join('<br>')}</div>` : '')

export function valueNote(value: Value | undefined, measure: Measure, format: Formatter): string {
  if (!value) return ''
  const change = format.change(value, measure)
  const sample = measure.format === 'percent' ? format.sample(value) : ''
  return [change?.text, sample].filter(Boolean).join(' · ')
}

/**
 * Labels of a time axis: what all months of a year share (the year) is written once, under its first bucket. Days and weeks
 * name their month once, likewise. Labels of other dimensions stay as they came.
 */
export function axisLabels(points: SeriesData['points'], dimension: string): string[] {
  const labels = points.map((point) => point.label)
  const cut = dimension === 'day' || dimension === 'week' ? /^(\d+) (.+)$/ : ['month', 'quarter', 'half'].includes(dimension) ? /^(.+) (\d\d)$/ : null
  const pieces = cut ? labels.map((label) => cut.exec(label)) : []
  if (!cut || labels.length < 2 || pieces.some((piece) => !piece)) return labels
  let before = ''
  return pieces.map((piece, at) => {
    const id = points[at]?.id ?? ''
    const shared = dimension === 'day' || dimension === 'week' ? (piece?.[2] ?? '') : id.slice(0, 4)
    const first = shared !== before
    before = shared
    return `${piece?.[1] ?? ''}${first ? `\n${shared}` : ''}`
  })
}

/** Which labels of a long axis are drawn so that about `most` fit: always those that name a month or a year, and every n-th after each. */
export function axisInterval(labels: string[], most: number): number | ((index: number) => boolean) {
  if (labels.length <= most) return 0
  const step = Math.ceil(labels.length / most)
  const heads = labels.flatMap((label, index) => (label.includes('\n') ? [index] : []))
  if (heads.length < 2) return step - 1
  const every = Math.ceil(heads.length / most)
  const kept = new Set<number>()
  heads.forEach((head, at) => {
    if (at % every !== 0) return
    const next = heads[at + 1] ?? labels.length
    kept.add(head)
    if (every === 1) for (let index = head + step; index <= next - Math.max(1, step * 0.6); index += step) kept.add(index)
  })
  return (index) => kept.has(index)
}

/** What each of many lines is compared with: drawn dashed while the pointer is on the line. By the line's id in the option. */
export function ghostsOf(data: SeriesData, compare: boolean): Record<string, (number | null)[]> {
  if (!compare || data.series.length <= 3 || data.chart === 'stacked') return {}
  const ghosts = data.series.map((one) => [`${one.id ?? '~'}|${one.measure}`, one.values.map((value) => toNumber(value.base))] as const)
  return Object.fromEntries(ghosts.filter(([, values]) => values.some((value) => value !== null)))
}
export const kGhost = 'ghost'

/** Where the rest, many together, would press the others flat: the axis ends above the others, and the rest leaves it. */
export function scaleTop(data: SeriesData, format: string): number | undefined {
  if (data.chart === 'stacked' || data.series.length < 2) return undefined
  const top = (others: boolean): number =>
    Math.max(0, ...data.series.filter((one) => !!one.others === others && measureOf(data.measures, one.measure).format === format).flatMap((one) => one.values.map((value) => toNumber(value.v) ?? 0)))
  const rest = top(true)
  const own = top(false)
  if (own <= 0 || rest < own * 1.8) return undefined
  const step = own / 4
  const power = 10 ** Math.floor(Math.log10(step))
  return ([1, 2, 2.5, 5, 10].find((one) => one * power >= step) ?? 10) * power * 4
}

export function seriesOption(data: SeriesData, look: SeriesLook): Record<string, unknown> {
  const { theme, format, texts } = look
  const formats = axisFormats(data)
  const stacked = data.chart === 'stacked'
  const lineLike = data.chart === 'line' || data.chart === 'area'
  const isLine = (index: number): boolean => {
    const measure = measureOf(data.measures, data.series[index]?.measure ?? '')
    return lineLike || (formats.length > 1 && measure.format === formats[1] && measure.format === 'percent')
  }
  const partialAt = data.points.findIndex((point) => point.partial)
  const series: (BarSeriesOption | LineSeriesOption)[] = []
  const many = data.points.length > 40
  /** Few bars carry their figures; many leave them to the axis and the tooltip. */
  const labelled = data.series.length === 1 && data.points.length <= (look.narrow ? 4 : 16) && !look.trend && !look.average

  const part = (value: Value | undefined, year: number): number | null => toNumber(year === 0 ? value?.base : value?.earlier?.[year - 1])
  const summed = (read: (value: Value | undefined) => number | null): (number | null)[] =>
    data.points.map((_, at) =>
      data.series.reduce<number | null>((sum, one) => {
        const value = read(one.values[at])
        return value === null ? sum : (sum ?? 0) + value
      }, null),
    )
  const yearLines = look.compare && drawsYears(data) ? (look.years ?? []) : []
  yearLines.forEach((name, year) => {
    series.push({
      type: 'line',
      id: `year|${name}`,
      name,
      data: summed((value) => part(value, year)),
      lineStyle: { width: year === 0 ? 2 : 1.5, color: yearColor(theme, year), type: year === 0 ? 'solid' : year === 1 ? [6, 3] : [2, 3] },
      itemStyle: { color: yearColor(theme, year) },
      symbol: 'none',
      silent: true,
      z: 4,
    })
  })

  data.series.forEach((one, index) => {
    const color = colorAt(theme, index)
    const measure = measureOf(data.measures, one.measure)
    const axis = Math.max(0, formats.indexOf(measure.format))
    const bright = (point: MemberId): boolean =>
      (!look.selected.length || look.selected.includes(point)) && (!look.selectedSeries.length || look.selectedSeries.includes(one.id))
    // Ghosts of many lines would hide the lines: their tooltips carry the base.
    const hasBase = look.compare && data.series.length <= 3 && one.values.some((value) => toNumber(value.base) !== null)
    const key = `${one.id ?? '~'}|${one.measure}`

    if (hasBase && !stacked && !yearLines.length) {
      series.push(
        isLine(index)
          ? {
              type: 'line',
              id: `base|${key}`,
              name: `${one.label}, ${texts.base}`,
              yAxisIndex: axis,
              data: one.values.map((value) => toNumber(value.base)),
              lineStyle: { width: 1.5, type: 'dashed', color: theme.ghost },
              itemStyle: { color: theme.ghost },
              symbol: 'none',
              silent: true,
              z: 1,
            }
          : {
              type: 'bar',
              id: `base|${key}`,
              name: `${one.label}, ${texts.base}`,
              yAxisIndex: axis,
              data: one.values.map((value) => toNumber(value.base)),
              itemStyle: { color: fade(theme.ghost, theme.dark ? 0.55 : 0.5), borderRadius: [3, 3, 0, 0] },
              barMaxWidth: 28,
              barGap: '8%',
              silent: true,
              z: 1,
            },
      )
    }
    if (isLine(index)) {
      series.push({
        type: 'line',
        id: key,
        name: one.label,
        yAxisIndex: axis,
        data: one.values.map((value, at) => ({
          value: toNumber(value.v),
          itemStyle: { opacity: bright(data.points[at]?.id ?? null) ? 1 : kFaded },
          // An unripe cohort is drawn hollow: it will still grow.
          ...(value.unripe && { symbol: 'emptyCircle' }),
        })),
        triggerLineEvent: true,
        connectNulls: false,
        showSymbol: !many,
        symbol: 'circle',
        symbolSize: 6,
        smooth: false,
        lineStyle: { width: 2.25, color, opacity: !look.selectedSeries.length || look.selectedSeries.includes(one.id) ? 1 : kFaded },
        itemStyle: { color },
        ...(data.chart === 'area' && { areaStyle: { color: fade(color, 0.14) } }),
        emphasis: { focus: data.series.length > 1 ? 'series' : 'none', scale: 1.4 },
        blur: { lineStyle: { opacity: 0.2 }, itemStyle: { opacity: 0.2 } },
        z: 3,
      })
    } else {
      const top = stacked ? index === data.series.length - 1 : true
      series.push({
        type: 'bar',
        id: key,
        name: one.label,
        yAxisIndex: axis,
        ...(stacked && { stack: 'all' }),
        data: one.values.map((value, at) => ({
          value: toNumber(value.v),
          itemStyle: {
            opacity: bright(data.points[at]?.id ?? null) ? 1 : kFaded,
            ...((at === partialAt || value.unripe) && {
              decal: {
                symbol: 'rect',
                dashArrayX: [1, 0],
                dashArrayY: [2, 4],
                rotation: -Math.PI / 4,
                color: theme.dark ? 'rgba(0,0,0,.35)' : 'rgba(255,255,255,.45)',
              },
            }),
          },
        })),
        ...(labelled && !stacked && { label: { show: true, position: 'top', distance: 4, color: theme.text, fontSize: 12, fontFamily: theme.font, formatter: (item: { value?: unknown }): string => format.short(item.value as number | null, measure) } }),
        itemStyle: { color, borderRadius: top ? [3, 3, 0, 0] : 0 },
        barMaxWidth: stacked ? 56 : 64,
        barGap: '8%',
        emphasis: { focus: 'none', itemStyle: { color: theme.dark ? '#ffffff' : undefined, opacity: 0.85 } },
        cursor: 'pointer',
        z: 2,
      })
    }
    if (look.average && one.moving_average?.some((value) => toNumber(value) !== null)) {
      series.push({
        type: 'line',
        id: `average|${key}`,
        name: data.series.length > 1 ? `${one.label}: ${texts.average}` : texts.average,
        yAxisIndex: axis,
        data: one.moving_average.map(toNumber),
        symbol: 'none',
        silent: true,
        smooth: 0.25,
        lineStyle: { width: 2, color: data.series.length > 1 ? color : colorAt(theme, 2), type: 'solid', opacity: 0.9 },
        itemStyle: { color: data.series.length > 1 ? color : colorAt(theme, 2) },
        z: 4,
      })
    }
    if (look.trend && one.trend?.some((value) => toNumber(value) !== null)) {
      series.push({
        type: 'line',
        id: `trend|${key}`,
        name: data.series.length > 1 ? `${one.label}: ${texts.trend}` : texts.trend,
        yAxisIndex: axis,
        data: trendOf(one.trend, one.values.map((value) => toNumber(value.v))),
        symbol: 'none',
        silent: true,
        lineStyle: { width: 2, type: [6, 4], color: data.series.length > 1 ? color : colorAt(theme, 4) },
        itemStyle: { color: data.series.length > 1 ? color : colorAt(theme, 4) },
        z: 4,
      })
    }
  })

  if (Object.keys(ghostsOf(data, look.compare)).length)
    series.push({ type: 'line', id: kGhost, data: [], symbol: 'none', silent: true, lineStyle: { width: 1.75, type: 'dashed', color: theme.muted }, itemStyle: { color: theme.muted }, blur: { lineStyle: { opacity: 1 } }, z: 5 })

  for (const [kind, shown, name, at, values] of [
    ['average', look.average, texts.average, 2, data.whole?.moving_average],
    ['trend', look.trend, texts.trend, 4, data.whole?.trend],
  ] as const) {
    if (!shown || !values?.some((value) => value !== null)) continue
    series.push({
      type: 'line',
      id: `${kind}|whole`,
      name,
      data: kind === 'trend' ? trendOf(values, summed((value) => toNumber(value?.v))) : [...values],
      symbol: 'none',
      silent: true,
      smooth: kind === 'average' ? 0.25 : false,
      lineStyle: { width: 2, type: kind === 'trend' ? [6, 4] : 'solid', color: colorAt(theme, at) },
      itemStyle: { color: colorAt(theme, at) },
      z: 4,
    })
  }

  // A stack stands beside the whole that it is compared with; its parts' bases are in the tooltip.
  const bases = stacked && look.compare && !yearLines.length ? summed((value) => part(value, 0)) : []
  if (bases.some((sum) => sum !== null)) {
    series.unshift({
      type: 'bar',
      id: 'base|sum',
      name: texts.base,
      data: bases,
      itemStyle: { color: fade(theme.ghost, theme.dark ? 0.55 : 0.5), borderRadius: [3, 3, 0, 0] },
      barMaxWidth: 28,
      barGap: '8%',
      silent: true,
      z: 1,
    })
  }
  if (stacked && data.points.length <= (look.narrow ? 4 : 16) && data.series.length > 1) {
    const measure = measureOf(data.measures, data.series[0]?.measure ?? '')
    const sums = summed((value) => toNumber(value?.v))
    series.push({
      type: 'bar',
      id: 'sum',
      stack: 'all',
      silent: true,
      data: sums.map((sum) => (sum === null ? null : 0)),
      itemStyle: { color: 'transparent' },
      barMaxWidth: 56,
      label: { show: true, position: 'top', distance: 4, color: theme.text, fontSize: 12, fontFamily: theme.font, formatter: (item: { dataIndex: number }): string => format.short(sums[item.dataIndex], measure) },
      z: 4,
    })
  }

  const axisMeasure = (axis: number): Measure => {
    const found = data.series.find((one) => measureOf(data.measures, one.measure).format === formats[axis])
    return measureOf(data.measures, found?.measure ?? '')
  }
  const allWhole = (axis: number): boolean => ['integer', 'money'].includes(axisMeasure(axis).format)
  const labels = axisLabels(data.points, data.dimension)

  return {
    // The figures stand at once: bars that grow would be drawn twenty times on the way.
    animationDuration: 0,
    animationDurationUpdate: 0,
    textStyle: { fontFamily: theme.font, color: theme.text },
    grid: { left: 4, right: formats.length > 1 ? 4 : 12, top: labelled || stacked ? 22 : 14, bottom: 4, containLabel: true },
    aria: { enabled: true, label: { enabled: true } },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: theme.dark ? 'rgba(255,255,255,.05)' : 'rgba(30,60,110,.05)' } },
      className: 'sv-tip',
      borderWidth: 0,
      padding: 0,
      backgroundColor: 'transparent',
      confine: true,
      transitionDuration: 0,
      formatter: (items: { dataIndex: number; color: string }[]): string => {
        const at = items[0]?.dataIndex ?? 0
        const point = data.points[at]
        if (!point) return ''
        if (data.series.length > 3 && !stacked) return manyTip(data, at, look)
        const rows = data.series.flatMap((one, index) => {
          const measure = measureOf(data.measures, one.measure)
          const value = one.values[at]
          if (data.series.length > 12 && toNumber(value?.v) === null) return []
          const out = [tooltipLine(colorAt(theme, index), one.label, format.exact(value?.v, measure), valueNote(value, measure, format))]
          if (look.compare && !(stacked && data.series.length > 1 && yearLines.length))
            for (const [year, past] of pastOf(value, look.years ?? [], texts.base).entries())
              out.push(tooltipLine(look.years?.length ? yearColor(theme, year) : theme.ghost, past.label, format.exact(past.raw, measure), ''))
          if (look.average && one.moving_average)
            out.push(tooltipLine(colorAt(theme, 2), texts.average, format.exact(one.moving_average[at], measure), ''))
          return out
        })
        if (stacked && data.series.length > 1) {
          const measure = measureOf(data.measures, data.series[0]?.measure ?? '')
          const sum = data.series.reduce((all, one) => all + (toNumber(one.values[at]?.v) ?? 0), 0)
          rows.push(tooltipLine('transparent', texts.total, format.exact(sum, measure), ''))
          yearLines.forEach((name, year) => {
            const before = summed((value) => part(value, year))[at]
            rows.push(tooltipLine(yearColor(theme, year), `${texts.total}, ${name}`, format.exact(before, measure), ''))
          })
          if (bases.some((one) => one !== null)) rows.push(tooltipLine(theme.ghost, `${texts.total}, ${texts.base.toLocaleLowerCase()}`, format.exact(bases[at], measure), ''))
        }
        const note = point.partial ? ` <em>${escapeHtml(texts.partial)}</em>` : ''
        return `<div class="sv-tip-box"><div class="sv-tip-head">${escapeHtml(point.title ?? point.label)}${note}</div>${rows.slice(0, 24).join('')}${daysHtml(look.days?.(point.id))}</div>`
      },
    },
    xAxis: {
      type: 'category',
      data: labels,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.line } },
      axisLabel: { color: theme.muted, fontSize: 12, lineHeight: 16, hideOverlap: true, interval: axisInterval(labels, look.narrow ? 7 : 31), fontFamily: theme.font, margin: 8 },
    },
    yAxis: formats.map((_, axis) => ({
      type: 'value',
      position: axis ? 'right' : 'left',
      splitNumber: 4,
      max: scaleTop(data, formats[axis] ?? ''),
      minInterval: allWhole(axis) ? 1 : undefined,
      splitLine: { show: axis === 0, lineStyle: { color: theme.line } },
      axisLabel: {
        color: theme.muted,
        fontSize: 11.5,
        fontFamily: theme.font,
        formatter: (value: number): string =>
          value === 0 && axisMeasure(axis).format !== 'percent' ? '0' : format.compact(value, axisMeasure(axis)),
      },
    })),
    series,
  }
}

const kMostInTip = 8
/** Of many lines: the largest first, one row each with what it was and the change, so that the whole stays on the screen. */
function manyTip(data: SeriesData, at: number, look: SeriesLook): string {
  const { theme, format, texts } = look
  const point = data.points[at]
  const all = data.series
    .map((one, index) => ({ one, index, value: one.values[at], size: toNumber(one.values[at]?.v) }))
    .filter((row) => row.size !== null)
    .sort((left, right) => (right.size ?? 0) - (left.size ?? 0))
  const rows = all.slice(0, kMostInTip).map(({ one, index, value }) => {
    const measure = measureOf(data.measures, one.measure)
    const base = look.compare && value?.base !== undefined ? format.compact(value.base, measure) : ''
    const change = value && look.compare ? (format.change(value, measure)?.text ?? '') : ''
    const cells = [`<i style="background:${colorAt(theme, index)}"></i>`, `<span>${escapeHtml(one.label)}</span>`, `<b>${escapeHtml(format.compact(value?.v, measure))}</b>`]
    if (look.compare) cells.push(`<em>${escapeHtml(base)}</em>`, `<em>${escapeHtml(change)}</em>`)
    return cells.join('')
  })
  const head = look.compare ? `<em class="sv-tip-was">${escapeHtml(texts.base)}</em>` : ''
  const left = all.length - rows.length
  const note = point?.partial ? ` <em>${escapeHtml(texts.partial)}</em>` : ''
  return (
    `<div class="sv-tip-box"><div class="sv-tip-head">${escapeHtml(point?.title ?? point?.label ?? '')}${note}</div>` +
    `<div class="sv-tip-many${look.compare ? ' compared' : ''}">${head}${rows.join('')}</div>${left > 0 ? `<div class="sv-tip-left">+${left}</div>` : ''}${daysHtml(look.compare ? look.days?.(point?.id ?? null) : [])}</div>`
  )
}

/** The mark under a click, or null where the series carries no records (trend, average, ghost). */
export function markAt(data: SeriesData, seriesId: string, dataIndex: number): Mark | null {
  const one = data.series.find((candidate) => `${candidate.id ?? '~'}|${candidate.measure}` === seriesId)
  const point = data.points[dataIndex]
  return one && point ? { point: point.id, series: one.id, measure: one.measure } : null
}


export interface Slice {
  id: MemberId
  label: string
  value: number
  share: number
  raw: Value
  color: string
  others: boolean
}

/** Slices of a donut with their share of the whole, "others" last and grey. */
export function slices(data: BarsData, theme: ChartTheme, others: string): Slice[] {
  const all = data.rows.map((row, index) => ({
    id: row.member.id,
    label: row.member.label,
    value: toNumber(row.values[0]?.v) ?? 0,
    raw: row.values[0] ?? { v: null },
    color: colorAt(theme, index, row.member.color),
    others: false,
  }))
  const rest = data.others?.values[0]
  if (rest && (toNumber(rest.v) ?? 0) > 0)
    all.push({ id: '', label: data.others?.member.label || others, value: toNumber(rest.v) ?? 0, raw: rest, color: theme.ghost, others: true })
  const whole = all.reduce((sum, slice) => sum + Math.max(0, slice.value), 0)
  return all.map((slice) => ({ ...slice, share: whole > 0 ? slice.value / whole : 0 }))
}

export function donutOption(parts: Slice[], measure: Measure, look: Pick<SeriesLook, 'theme' | 'format' | 'selected' | 'years' | 'days'>): Record<string, unknown> {
  const { theme, format } = look
  const pie: PieSeriesOption = {
    type: 'pie',
    id: 'pie',
    radius: ['62%', '92%'],
    center: ['50%', '50%'],
    padAngle: 1,
    itemStyle: { borderRadius: 3, borderColor: theme.card, borderWidth: 1 },
    label: { show: false },
    emphasis: { scale: true, scaleSize: 4 },
    cursor: 'pointer',
    data: parts.map((slice) => ({
      name: slice.label,
      value: Math.max(0, slice.value),
      itemStyle: { color: slice.color, opacity: !look.selected.length || (!slice.others && look.selected.includes(slice.id)) ? 1 : kFaded },
    })),
  }
  return {
    animationDuration: 0,
    animationDurationUpdate: 0,
    textStyle: { fontFamily: theme.font, color: theme.text },
    aria: { enabled: true },
    tooltip: {
      trigger: 'item',
      className: 'sv-tip',
      borderWidth: 0,
      padding: 0,
      backgroundColor: 'transparent',
      confine: true,
      formatter: (item: { dataIndex: number }): string => {
        const slice = parts[item.dataIndex]
        if (!slice) return ''
        const note = [format.percent(slice.share), valueNote(slice.raw, measure, format)].filter(Boolean).join(' · ')
        const past = look.years?.length ? pastOf(slice.raw, look.years, '') : []
        const lines = past.map((one) => tooltipLine(theme.ghost, one.label, format.exact(one.raw, measure), ''))
        return `<div class="sv-tip-box">${tooltipLine(slice.color, slice.label, format.exact(slice.raw.v, measure), note)}${lines.join('')}${daysHtml(look.days?.(slice.id))}</div>`
      },
    },
    series: [pie],
  }
}
