import { describe, expect, it } from 'vitest'
import { tellProblem } from '@/format/tell'
import { codes as english } from '@/locales/errors.en'
import { codes as russian } from '@/locales/errors.ru'

const words = (dictionary: Record<string, string>) => (key: string): string | null => dictionary[key.replace('error.codes.', '')] ?? null

describe('refusals', () => {
  it('are told in the language of the page', () => {
    expect(tellProblem({ code: 'wrong_code', message: 'the code is wrong' }, words(russian))).toMatch(/^Код не подходит/)
    expect(tellProblem({ code: 'http_502', message: 'Bad Gateway' }, words(russian))).toBe(russian.unreachable)
  })
  it('fall back to the words of the server', () => {
    expect(tellProblem({ code: 'bad_webhook', message: 'the webhook ends too early' }, words(russian))).toBe('the webhook ends too early')
  })
  it('have words in both languages, and never name a command', () => {
    expect(Object.keys(russian)).toEqual(Object.keys(english))
    for (const text of [...Object.values(russian), ...Object.values(english)]) expect(text).not.toMatch(/svodka|[{}@|]/i)
    for (const text of Object.values(russian)) expect(text).toMatch(/[а-яё]/i)
  })
})
