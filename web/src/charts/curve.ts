/** A share by age → ECharts option: a line in the band of its interval, and the line that it is compared with. Pure. */
import type { CurveData } from '@/api/document'
import { escapeHtml, measureOf, tooltipLine, type SeriesLook } from '@/charts/options'
import { colorAt, fade } from '@/charts/theme'
import { toNumber } from '@/format/number'

export interface CurveTexts {
  base: string
  interval: string
  age: (days: number) => string
}

export function curveOption(data: CurveData, look: Pick<SeriesLook, 'theme' | 'format' | 'narrow' | 'compare'> & { texts: CurveTexts }): Record<string, unknown> {
  const { theme, format, texts } = look
  const measure = measureOf(data.measures, data.measures[0]?.id ?? '')
  const color = colorAt(theme, 0)
  const share = (value: unknown): number | null => toNumber(value as number | null)
  const compared = look.compare && data.points.some((point) => share(point.value.base) !== null)
  const line = (id: string, values: (number | null)[], more: Record<string, unknown>): Record<string, unknown> => ({ type: 'line', id, data: values, symbol: 'none', z: 3, ...more })
  const low = data.points.map((point) => share(point.value.low))
  const band = data.points.map((point, at) => (low[at] === null || low[at] === undefined ? null : (share(point.value.high) ?? 0) - low[at]))
  const none = { lineStyle: { opacity: 0 }, silent: true, stack: 'interval', z: 1 }
  return {
    animationDuration: 0,
    animationDurationUpdate: 0,
    textStyle: { fontFamily: theme.font, color: theme.text },
    grid: { left: 8, right: 18, top: 14, bottom: 8, containLabel: true },
    aria: { enabled: true },
    tooltip: {
      trigger: 'axis',
      className: 'sv-tip',
      borderWidth: 0,
      padding: 0,
      backgroundColor: 'transparent',
      confine: true,
      formatter: (items: { dataIndex: number }[]): string => {
        const point = data.points[items[0]?.dataIndex ?? -1]
        if (!point) return ''
        const lines = [tooltipLine(color, measure.label, format.percent(point.value.v, 1), '')]
        if (point.value.v !== null) lines.push(tooltipLine(fade(color, 0.3), texts.interval, `${format.percent(point.value.low, 1)} – ${format.percent(point.value.high, 1)}`, ''))
        if (compared) lines.push(tooltipLine(theme.ghost, texts.base, format.percent(point.value.base, 1), ''))
        return `<div class="sv-tip-box"><div class="sv-tip-head">${escapeHtml(texts.age(point.days))}</div>${lines.join('')}</div>`
      },
    },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: data.points.map((point) => texts.age(point.days)),
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      axisLabel: { color: theme.muted, fontSize: 11.5, fontFamily: theme.font, interval: look.narrow ? 12 : 3, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: look.narrow ? 3 : 5,
      splitLine: { lineStyle: { color: fade(theme.line, 0.7) } },
      axisLabel: { color: theme.muted, fontSize: 11.5, fontFamily: theme.font, formatter: (value: number): string => format.percent(value, 0) },
    },
    series: [
      line('low', low, none),
      line('band', band, { ...none, areaStyle: { color: fade(color, theme.dark ? 0.28 : 0.16) } }),
      ...(compared ? [line('base', data.points.map((point) => share(point.value.base)), { silent: true, lineStyle: { width: 1.5, type: 'dashed', color: theme.ghost } })] : []),
      line('share', data.points.map((point) => share(point.value.v)), { triggerLineEvent: true, symbol: 'circle', symbolSize: 5, showSymbol: false, cursor: 'pointer', lineStyle: { width: 2.25, color }, itemStyle: { color } }),
    ],
  }
}
