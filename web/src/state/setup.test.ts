import { describe, expect, it } from 'vitest'
import { durationOf, isComplete, requestOf, suggestedPipelines, toneOf } from '@/state/setup'
import type { SetupWay } from '@/api/setup'

const way = (id: SetupWay['id'], ...names: string[]): SetupWay => ({ id, title: '', steps: [], fields: names.map((name) => ({ name, label: '', hint: '', secret: true })) })

describe('what is sent', () => {
  it('is the webhook without the blanks that were pasted along', () => {
    expect(requestOf('bitrix24', way('webhook', 'webhook'), { webhook: ' https://a.bitrix24.ru/rest/1/x/\n' })).toEqual({ kind: 'bitrix24', webhook: 'https://a.bitrix24.ru/rest/1/x/' })
  })
  it('names the portal that is connected anew', () => {
    expect(requestOf('amocrm', way('token', 'url', 'token'), { url: 'a', token: 'b' }, 'shop')).toEqual({ kind: 'amocrm', portal: 'shop', url: 'a', token: 'b' })
  })
  it('keeps the four keys of an integration together', () => {
    const sent = requestOf('amocrm', way('integration'), { url: 'a', client_id: '1', client_secret: '2', redirect_uri: '3', code: '4' })
    expect(sent.integration).toEqual({ client_id: '1', client_secret: '2', redirect_uri: '3', code: '4' })
    expect(sent.token).toBeUndefined()
  })
  it('waits for every field', () => {
    expect(isComplete(way('token', 'url', 'token'), { url: 'a', token: ' ' })).toBe(false)
    expect(isComplete(way('token', 'url', 'token'), { url: 'a', token: 'b' })).toBe(true)
  })
})

describe('time of a load', () => {
  it.each([
    [0, { unit: 'minute' }],
    [90, { unit: 'minute' }],
    [91, { unit: 'minutes', n: 2 }],
    [600, { unit: 'minutes', n: 10 }],
    [601, { unit: 'minutes', n: 15 }],
    [90 * 60, { unit: 'minutes', n: 90 }],
    [90 * 60 + 1, { unit: 'hours', n: 2 }],
    [5 * 3600 + 1, { unit: 'hours', n: 6 }],
  ])('%d seconds', (seconds, expected) => expect(durationOf(seconds)).toEqual(expected))
})

describe('a source', () => {
  it('that is paused says so, whatever its state', () => {
    expect(toneOf({ state: 'stopped', paused: true })).toBe('paused')
    expect(toneOf({ state: 'error', paused: false })).toBe('error')
  })
  it('suggests only what the server suggests', () => {
    expect(suggestedPipelines([{ id: '1', name: '', stages: [], suggested: true, evidence: '' }, { id: '2', name: '', stages: [], suggested: false, evidence: '' }])).toEqual(['1'])
  })
})
