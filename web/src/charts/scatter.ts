/** Members by two measures → ECharts option: a point each, with its name, and the medians as lines between the quadrants. Pure. */
import type { ScatterSeriesOption } from 'echarts/charts'
import type { MemberId, ScatterData } from '@/api/document'
import { escapeHtml, measureOf, tooltipLine, valueNote, type SeriesLook } from '@/charts/options'
import { colorAt, fade } from '@/charts/theme'
import { toNumber } from '@/format/number'

const kNamed = 24

/** A little room on both sides of the points; from nothing where nothing is near. */
function room(values: number[]): { min: number; max: number } {
  const low = Math.min(...values), high = Math.max(...values)
  const span = high - low || Math.abs(high) || 1
  const min = low - span * 0.08
  return { min: low >= 0 && (min < 0 || low < span * 0.5) ? 0 : min, max: high + span * 0.12 }
}

export function scatterOption(data: ScatterData, look: Pick<SeriesLook, 'theme' | 'format' | 'narrow'> & { selected: MemberId[]; none: string }): Record<string, unknown> {
  const { theme, format } = look
  const [along, up] = [0, 1].map((at) => measureOf(data.measures, data.measures[at]?.id ?? ''))
  const points = data.rows.map((row) => [toNumber(row.values[0]?.v) ?? 0, toNumber(row.values[1]?.v) ?? 0] as const)
  const xRoom = room(points.map((point) => point[0])), yRoom = room(points.map((point) => point[1]))
  const bright = (id: MemberId): boolean => !look.selected.length || look.selected.includes(id)
  const marks: ScatterSeriesOption = {
    type: 'scatter',
    id: 'members',
    symbolSize: look.narrow ? 12 : 14,
    cursor: 'pointer',
    data: data.rows.map((row, at) => ({
      name: row.member.label || look.none,
      value: [...(points[at] ?? [0, 0])],
      // A name stands on the side where there is room.
      label: { position: (points[at]?.[0] ?? 0) > (xRoom.min + xRoom.max) * 0.55 ? 'left' : 'right' },
      itemStyle: { color: colorAt(theme, at, row.member.color), opacity: bright(row.member.id) ? 1 : 0.25, borderColor: theme.card, borderWidth: 1.5 },
    })),
    label: { show: data.rows.length <= kNamed, position: 'right', distance: 5, formatter: '{b}', color: theme.text, fontSize: 12, fontFamily: theme.font },
    labelLayout: { hideOverlap: true },
    emphasis: { scale: 1.3 },
    z: 4,
  }
  // The medians: two lines of two points each, so that they need no part of the library of their own.
  const line = (id: string, ends: number[][]): Record<string, unknown> => ({ type: 'line', id, data: ends, symbol: 'none', silent: true, lineStyle: { width: 1.25, type: 'dashed', color: theme.ghost }, z: 2 })
  const [x, y] = data.middle
  const lines = [
    ...(typeof x === 'number' ? [line('middle|x', [[x, yRoom.min], [x, yRoom.max]])] : []),
    ...(typeof y === 'number' ? [line('middle|y', [[xRoom.min, y], [xRoom.max, y]])] : []),
  ]
  const axis = (measure: typeof along, at: { min: number; max: number }, flat: boolean): Record<string, unknown> => ({
    type: 'value',
    ...at,
    name: measure?.label ?? '',
    nameLocation: flat ? 'middle' : 'end',
    nameGap: flat ? 28 : 10,
    nameTextStyle: { color: theme.muted, fontSize: 12, fontFamily: theme.font, align: flat ? 'center' : 'left' },
    splitNumber: look.narrow ? 3 : 5,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: fade(theme.line, 0.7) } },
    axisLabel: { color: theme.muted, fontSize: 11.5, fontFamily: theme.font, showMaxLabel: false, hideOverlap: true, formatter: (value: number): string => (measure ? format.compact(value, measure) : String(value)) },
  })
  return {
    animationDuration: 0,
    animationDurationUpdate: 0,
    textStyle: { fontFamily: theme.font, color: theme.text },
    grid: { left: 8, right: 18, top: 30, bottom: 34, containLabel: true },
    aria: { enabled: true },
    tooltip: {
      trigger: 'item',
      className: 'sv-tip',
      borderWidth: 0,
      padding: 0,
      backgroundColor: 'transparent',
      confine: true,
      formatter: (item: { dataIndex: number }): string => {
        const row = data.rows[item.dataIndex]
        if (!row) return ''
        const lines = data.measures.slice(0, 2).map((measure, index) => tooltipLine('transparent', measure.label, format.exact(row.values[index]?.v, measure), valueNote(row.values[index], measure, format)))
        return `<div class="sv-tip-box"><div class="sv-tip-head">${escapeHtml(row.member.label || look.none)}</div>${lines.join('')}</div>`
      },
    },
    xAxis: axis(along, xRoom, true),
    yAxis: axis(up, yRoom, false),
    series: [...lines, marks],
  }
}
