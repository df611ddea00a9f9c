/** What people type into fields of numbers and days, and how such fields write it. Pure. */
import type { Language } from '@/api/document'
import { isDay } from '@/format/days'

/** `null`: no number. */
export function readNumber(text: string, language: Language): number | null {
  const bare = text.trim().replace(/[\s\u00a0\u202f]/g, '').replace('−', '-')
  if (!bare) return null
  const number = Number(/,\d{3}(?:,|$)/.test(bare) && language === 'en' ? bare.replaceAll(',', '') : bare.replace(',', '.'))
  return Number.isFinite(number) ? number : null
}

/** dd.mm.yyyy with any separator, a year of two digits too, or ISO; `null`: no day of the calendar. */
export function readDay(text: string): string | null {
  const value = text.trim()
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(value)
  const plain = /^(\d{1,2})[./\-\s](\d{1,2})[./\-\s](\d{4}|\d{2})$/.exec(value)
  const [year, month, date] = iso ? [iso[1], iso[2], iso[3]] : plain ? [plain[3], plain[2], plain[1]] : []
  if (!year || !month || !date) return null
  const found = `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`
  return isDay(found) ? found : null
}

export function writeDay(iso: string, language: Language): string {
  return isDay(iso) ? iso.split('-').reverse().join(language === 'ru' ? '.' : '/') : iso
}
