import type { Measure } from '@/api/document'

/** Whether a change is good news: by the measure's direction, never by its name. */
export function goodness(sign: -1 | 0 | 1, measure: Pick<Measure, 'direction'>): 'good' | 'bad' | '' {
  if (!sign || !measure.direction) return ''
  if (measure.direction === 'up') return sign > 0 ? 'good' : 'bad'
  if (measure.direction === 'down') return sign > 0 ? 'bad' : 'good'
  return ''
}
