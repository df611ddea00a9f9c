import { createI18n } from 'vue-i18n'
import { en } from '@/locales/en'
import { ru } from '@/locales/ru'

/** Russian: none, one (21), few (22), many (25). */
function russianPlural(count: number, forms: number): number {
  if (forms < 4) return count === 1 ? 0 : 1
  if (count === 0) return 0
  const tens = count % 100
  const ones = count % 10
  if (ones === 1 && tens !== 11) return 1
  return ones >= 2 && ones <= 4 && (tens < 12 || tens > 14) ? 2 : 3
}

export const i18n = createI18n({
  legacy: false,
  locale: 'ru',
  fallbackLocale: 'en',
  messages: { ru, en },
  pluralRules: { ru: russianPlural },
})
