/** A change as it is written: with its sign; of a share in percentage points. */
import type { Measure } from '@/api/document'
import { toNumber, type Formatter, type Raw } from '@/format/number'

export function changeText(format: Formatter, raw: Raw, measure: Pick<Measure, 'format' | 'unit'>, t: (key: string) => string): string {
  const size = toNumber(raw) ?? 0
  const sign = size > 0 ? '+' : ''
  if (measure.format !== 'percent') return sign + format.compact(raw, measure)
  return `${sign}${format.percent(size, 1).replace(/\s*%$/, '')} ${t('widget.points')}`
}
