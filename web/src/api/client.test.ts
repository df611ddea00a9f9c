import { describe, expect, it } from 'vitest'
import { lines } from '@/api/client'
import { toList } from '@/api/records'

function streamed(...pieces: (string | Uint8Array)[]): Response {
  const encoder = new TextEncoder()
  return new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
        controller.close()
      },
    }),
  )
}
const all = async (response: Response): Promise<string[]> => {
  const out: string[] = []
  for await (const line of lines(response)) out.push(line)
  return out
}

describe('a streamed answer', () => {
  it('is cut into lines wherever the pieces break', async () => {
    expect(await all(streamed('{"a":1}\n{"b"', ':2}\n', '\n{"c":3}'))).toEqual(['{"a":1}', '{"b":2}', '{"c":3}'])
  })
  it('keeps a letter whose bytes come apart', async () => {
    const bytes = new TextEncoder().encode('{"x":"Ж"}\n')
    expect(await all(streamed(bytes.slice(0, 7), bytes.slice(7)))).toEqual(['{"x":"Ж"}'])
  })
})

it('turns a page of records into rows with links', () => {
  const column = { id: 'id', kind: 'attribute', type: 'text', unit: '', format: 'text', label: 'Сделка', definition: '', direction: '' } as const
  const list = toList({ columns: [column], rows: [['15'], [{ id: '16', label: 'x' }]], links: ['https://crm.example/15', ''], total: 2, totals: {} })
  expect(list.rows).toEqual([
    { id: '15', link: 'https://crm.example/15', cells: ['15'] },
    { id: '16', link: null, cells: [{ id: '16', label: 'x' }] },
  ])
})
