/** A chart that would show nothing. */
import type { SeriesData, Value } from '@/api/document'
import { toNumber } from '@/format/number'

const hasFigure = (value: Value | null | undefined): boolean => !!value && [value.v, value.base, ...(value.earlier ?? [])].some((raw) => !!toNumber(raw))

/** No point, no line, or nothing but zeros, now and in what it is compared with: words say that better than an axis of one rouble. */
export const isBlank = (data: SeriesData): boolean => !data.points.length || !data.series.some((one) => one.values.some(hasFigure))
