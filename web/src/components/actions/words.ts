/** The words of this part come with its code: most readers never write to the CRM. */
import { i18n } from '@/i18n'
import { actions as en } from '@/locales/actions.en'
import { actions as ru } from '@/locales/actions.ru'

i18n.global.mergeLocaleMessage('ru', { actions: ru })
i18n.global.mergeLocaleMessage('en', { actions: en })
