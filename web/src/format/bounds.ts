/** A range in words: "от 10 000 до 50 000", "с 1 янв. по 31 мар. 2025". */
import type { ComposerTranslation } from 'vue-i18n'
import { dayText } from '@/format/dates'
import { addDays, isDay } from '@/format/days'
import type { Formatter } from '@/format/number'

export interface Bounds {
  from?: string | number | null | undefined
  /** Half-open, as the server has it. */
  to?: string | number | null | undefined
}

export function boundsText({ from, to }: Bounds, format: Formatter, t: ComposerTranslation): string {
  const days = [from, to].some((bound) => typeof bound === 'string' && isDay(bound))
  const write = (bound: string | number, upper: boolean): string =>
    typeof bound === 'string' && isDay(bound) ? dayText(upper ? addDays(bound, -1) : bound, format.language) : format.exact(bound, { format: 'decimal' })
  const set = (bound: Bounds['from']): bound is string | number => bound !== undefined && bound !== null && bound !== ''
  const parts: string[] = []
  if (set(from)) parts.push(`${t(days ? 'filter.since' : 'filter.from')} ${write(from, false)}`)
  if (set(to)) parts.push(`${t(days ? 'filter.until' : 'filter.below')} ${write(to, true)}`)
  return parts.join(' ')
}
