/** Answers the API inside the page with made-up Documents: only with `--mode mock`, never part of a real build. */
import type { Filter, Selection } from '@/api/document'
import { departments, head, listPage, people, pipelines, stages, widgetData } from '@/__fixtures__/document'

interface Body {
  language?: string
  period?: { from: string; to: string } | { preset: string }
  compare?: string
  filters?: Filter[]
  cross?: { widget: string; dimension: string; in: (string | null)[] }[]
  widgets?: Record<string, { measure?: string; expanded?: string[]; offset?: number; limit?: number; grain?: string; path?: { dimension: string; id: string | null }[] }>
  switches?: Record<string, string>
  only?: string[]
  offset?: number
  limit?: number
}
const members: Record<string, typeof people> = { employee: people, department: departments, pipeline: pipelines, stage: stages, source: [{ id: 'WEB', label: 'Сайт' }, { id: 'CALL', label: 'Звонок' }, { id: null, label: '' }] }
const kDimensions: Record<string, string> = { employee: 'Сотрудник', pipeline: 'Воронка', stage: 'Этап', source: 'Источник', month: 'Месяц', department: 'Отдел' }

const json = (body: unknown): Response => new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })

async function report(body: Body): Promise<Response> {
  const name = (dimension: string, id: string | null): string => members[dimension]?.find((one) => one.id === id)?.label ?? String(id)
  const selection = (kind: 'filter' | 'cross', one: Filter & { widget?: string }): Selection => ({
    kind,
    dimension: one.dimension,
    label: kDimensions[one.dimension] ?? one.dimension,
    widget: one.widget ?? null,
    members: (one.in ?? []).map((id) => ({ id, label: name(one.dimension, id) })),
  })
  const made = head({
    selections: [...(body.filters ?? []).map((one) => selection('filter', one)), ...(body.cross ?? []).map((one) => selection('cross', one))],
    ...(body.period && 'from' in body.period && { period: { ...body.period, label: `${body.period.from} – ${body.period.to}` } }),
    comparison: body.compare ? { kind: body.compare, from: '2026-07-01', to: '2026-10-01', label: 'к прошлому периоду: 1 июл. – 21 авг. 2026' } : null,
  })
  const seed = JSON.stringify([body.filters, body.cross, body.period]).length
  const encoder = new TextEncoder()
  const stream = new ReadableStream({
    async start(controller) {
      const widgets = made.sections.flatMap((one) => one.widgets)
      for (const widget of widgets) widget.state = { ...widget.state, ...body.widgets?.[widget.id] }
      controller.enqueue(encoder.encode(`${JSON.stringify(made)}\n`))
      for (const widget of widgets) {
        if (body.only && !body.only.includes(widget.id)) continue
        await new Promise((done) => setTimeout(done, 25))
        const own = body.widgets?.[widget.id] ?? {}
        const source = body.cross?.some((one) => one.widget === widget.id)
        controller.enqueue(encoder.encode(`${JSON.stringify({ widget: widget.id, data: widgetData(widget.id, { compare: !!body.compare, seed: source ? 2 : seed, ...own }) })}\n`))
      }
      controller.enqueue(encoder.encode('{"end":true,"ms":42}\n'))
      controller.close()
    },
  })
  return new Response(stream, { headers: { 'Content-Type': 'application/x-ndjson' } })
}

export function install(): void {
  const real = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const url = new URL(String(input instanceof Request ? input.url : input), location.href)
    const path = /\/api\/v1\/(.*)$/.exec(url.pathname)?.[1]
    if (path === undefined) return real(input, init)
    const body = init?.body ? (JSON.parse(String(init.body)) as Body) : {}
    if (path === 'session' || path === 'login' || path === 'account') return json({ user: { id: '1', name: 'Администратор', role: 'administrator' }, csrf: 'x', setup_needed: false, version: '0' })
    if (path === 'portals')
      return json([{ id: 'demo', name: 'Ромашка', kind: 'bitrix24', zone: 'Europe/Moscow', currency: 'RUB', has_leads: true, data_version: 1, current_at: null, state: 'live', progress: null, error: null }])
    if (path === 'reports') return json([{ id: 'sales_dynamics', title: 'Динамика продаж', description: '' }])
    if (path === 'settings') return json({})
    const dimension = /members\/([^/]+)$/.exec(path)?.[1]
    if (dimension) return json(members[dimension] ?? [])
    if (path.endsWith('/records')) {
      const page = listPage(body.offset ?? 0, body.limit ?? 100, 321)
      return json({ columns: page.columns, rows: page.rows.map((row) => row.cells), links: page.rows.map((row) => row.link), total: page.total, totals: page.totals })
    }
    if (path.includes('/reports/')) return report(body)
    return new Response(null, { status: 202 })
  }
}
