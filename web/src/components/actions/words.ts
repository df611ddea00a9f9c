/** The words of this part come with its code: most readers never write to the CRM. */
import { i18n } from '@/i18n'
import { actions as en, rules as rulesEn } from '@/locales/actions.en'
import { actions as ru, rules as rulesRu } from '@/locales/actions.ru'

i18n.global.mergeLocaleMessage('ru', { actions: ru, rules: rulesRu })
i18n.global.mergeLocaleMessage('en', { actions: en, rules: rulesEn })
