import { describe, expect, it } from 'vitest'
import { readState } from '@/state/address'
import { addressOf, queryOf, sameAddress } from '@/state/views'

const query = { period: '2026-Q1', 'f.pipeline': '0,5', 'f.source': '~', 'w.all_deals.n.amount': '10~20', 'w.all_deals.n.stage': 'C1,~', 'w.all_deals.search': 'ромашка & ко', focus: 'dynamics' }

describe('saved views', () => {
  it('keep all that was chosen but the full screen', () => {
    const { focus: _, ...kept } = query
    expect(queryOf(addressOf(readState(query)))).toEqual(kept)
    expect(readState(query).widgets['all_deals']).toEqual({ search: 'ромашка & ко', narrow: [{ column: 'amount', from: 10, to: 20 }, { column: 'stage', in: ['C1', null] }] })
  })
  it('are the same whatever the order of their parts', () => {
    expect(sameAddress('period=2026&f.a=1', 'f.a=1&period=2026&focus=x')).toBe(true)
    expect(sameAddress('period=2026&f.a=1', 'f.a=2&period=2026')).toBe(false)
  })
})
