/** The HTTP API (docs/api.md). Every refusal becomes an ApiError with the server's own words. */
import type { ColumnValues, Problem, StreamLine, WidgetLine, Head, ListData, Member } from '@/api/document'
import type { components } from '@/api/types'
import { toList, type RecordPage } from '@/api/records'

export type PortalInfo = components['schemas']['Portal']
export type SessionInfo = components['schemas']['Session']
export type ReportInfo = components['schemas']['ReportInfo']
export type Freshness = components['schemas']['Freshness']
export type Check = components['schemas']['Check']
export type CheckRequest = components['schemas']['CheckRequest']

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message)
    this.name = 'ApiError'
  }
  get offline(): boolean {
    return this.problem.code === 'offline'
  }
  get unauthorized(): boolean {
    return this.problem.status === 401
  }
}

// The page may live under any path: the API stands beside index.html.
const kBase = new URL('api/v1/', document.baseURI.split('#')[0]).href
let csrf = ''

export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return { code: 'client', message: error instanceof Error ? error.message : String(error) }
}

async function refusal(response: Response): Promise<ApiError> {
  let problem: Problem = { code: `http_${response.status}`, message: response.statusText || `HTTP ${response.status}` }
  try {
    const body = (await response.json()) as Partial<Problem>
    if (body && typeof body.message === 'string') problem = { ...problem, ...body }
  } catch {
    // Not ours (a proxy's page): the status line must do.
  }
  return new ApiError({ ...problem, status: response.status })
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal, accept?: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept ?? 'application/json' }
  const bytes = body instanceof Blob
  if (body !== undefined) headers['Content-Type'] = bytes ? 'application/octet-stream' : 'application/json'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  let response: Response
  try {
    response = await fetch(kBase + path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body !== undefined && { body: bytes ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError({ code: 'offline', message: 'offline' })
  }
  if (!response.ok) throw await refusal(response)
  return response
}

/** One call of the API; the other files of this folder are made of it. */
export async function json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal)
  if (response.status === 204 || response.status === 202) return undefined as T
  return (await response.json()) as T
}

/** A piece of a file. */
export async function sendBytes(method: string, path: string, bytes: Blob): Promise<void> {
  await send(method, path, bytes)
}

function keep(session: SessionInfo): SessionInfo {
  if (session.csrf) csrf = session.csrf
  return session
}

const part = encodeURIComponent
const reportPath = (portal: string, report: string): string => `portals/${part(portal)}/reports/${part(report)}`
let ahead: { key: string; answer: Promise<Response>; cancel: AbortController } | null = null

/** Where a file of the API is fetched from by a link. */
export const apiUrl = (path: string): string => kBase + path

export const api = {
  session: async (): Promise<SessionInfo> => keep(await json('GET', 'session')),
  login: async (body: { code: string } | { email: string; password: string }): Promise<SessionInfo> => keep(await json('POST', 'login', body)),
  account: async (body: { name: string; email: string; password: string }): Promise<SessionInfo> => keep(await json('POST', 'account', body)),
  logout: (): Promise<void> => json('POST', 'logout'),
  portals: (): Promise<PortalInfo[]> => json('GET', 'portals'),
  reports: (language: string): Promise<ReportInfo[]> => json('GET', `reports?language=${language}`),
  settings: (): Promise<Record<string, unknown>> => json('GET', 'settings'),
  saveSettings: (settings: Record<string, unknown>): Promise<unknown> => json('PUT', 'settings', settings),
  refresh: (portal: string): Promise<void> => json('POST', `portals/${part(portal)}/refresh`),
  check: (portal: string): Promise<Check> => json('GET', `portals/${part(portal)}/check`),
  startCheck: (portal: string, body: CheckRequest): Promise<void> => json('POST', `portals/${part(portal)}/check`, body),
  model: (portal: string, language: string): Promise<components['schemas']['Model']> => json('GET', `portals/${part(portal)}/model?language=${language}`),
  members: (portal: string, dimension: string, language: string, search = '', limit = 1000): Promise<Member[]> =>
    json('GET', `portals/${part(portal)}/members/${part(dimension)}?language=${language}&limit=${limit}${search ? `&search=${part(search)}` : ''}`),
  records: async (portal: string, language: string, body: unknown, signal?: AbortSignal): Promise<ListData> =>
    toList(await json<RecordPage>('POST', `portals/${part(portal)}/records?language=${language}`, body, signal)),
  /** What a column holds among the records that the request leaves. */
  columnValues: async (portal: string, language: string, body: unknown, signal?: AbortSignal): Promise<ColumnValues> => json<RecordPage>('POST', `portals/${part(portal)}/records?language=${language}`, body, signal),
  /** The first figure of a query without dimensions. */
  figure: async (portal: string, language: string, body: unknown, signal?: AbortSignal): Promise<number | string | null> => {
    const table = await json<{ rows: (number | string | null)[][] }>('POST', `portals/${part(portal)}/query?language=${language}`, body, signal)
    return table.rows[0]?.[0] ?? null
  },
  eventsUrl: (portal: string): string => `${kBase}portals/${part(portal)}/events`,
  photoUrl: (path: string): string => (/^(https?:)?\/\//.test(path) || path.startsWith('/') ? path : kBase + path),

  /** Asks for a report before its page is there: the page's own first question, if it is the same, takes this answer. */
  reportAhead(portal: string, report: string, body: unknown): void {
    const [path, answer] = [reportPath(portal, report), new AbortController()]
    ahead = { key: path + JSON.stringify(body), cancel: answer, answer: send('POST', path, body, answer.signal, 'application/x-ndjson') }
    ahead.answer.catch(() => undefined) // Told to whoever takes it.
  },

  /** Asks for a report; the head comes first, then every widget as it is ready. */
  async report(
    portal: string,
    report: string,
    body: unknown,
    on: { head: (head: Head) => void; widget: (line: WidgetLine, raw: string) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const path = reportPath(portal, report)
    const asked = ahead?.key === path + JSON.stringify(body) ? ahead : null
    if (!asked) ahead?.cancel.abort()
    ahead = null
    if (asked) signal.addEventListener('abort', () => asked.cancel.abort(), { once: true })
    const response = await (asked?.answer ?? send('POST', path, body, signal, 'application/x-ndjson'))
    let first = true
    let ended = false
    for await (const line of lines(response)) {
      const parsed = JSON.parse(line) as Head | StreamLine
      if (first) {
        on.head(parsed as Head)
        first = false
      } else if ('end' in parsed) ended = true
      else on.widget(parsed as WidgetLine, line)
    }
    if (!ended) throw new ApiError({ code: 'offline', message: 'cut' })
  },
}

/** Lines of a streamed answer, as they arrive. */
export async function* lines(response: Response): AsyncGenerator<string> {
  if (!response.body) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    for (;;) {
      let piece: ReadableStreamReadResult<string>
      try {
        piece = await reader.read()
      } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') throw error
        throw new ApiError({ code: 'offline', message: 'cut' })
      }
      if (piece.done) break
      rest += piece.value
      let at: number
      while ((at = rest.indexOf('\n')) >= 0) {
        const line = rest.slice(0, at).trim()
        rest = rest.slice(at + 1)
        if (line) yield line
      }
    }
    if (rest.trim()) yield rest.trim()
  } finally {
    reader.releaseLock()
  }
}
