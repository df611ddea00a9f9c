/**
 * One open report: the state in the address, the Document as it streams in, and what happens when either changes.
 * A change of the address asks the server; only widgets that the change concerns are asked when that is enough.
 */
import { computed, onScopeDispose, ref, shallowReactive, shallowRef, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { api, ApiError, toProblem } from '@/api/client'
import type { CellReference, Head, Language, ListData, Order, Problem, Widget, WidgetLine } from '@/api/document'
import { changedWidgets, readState, sharedKey, toRequest, writeState, type ReportState } from '@/state/address'

/** `loading`: nothing to show yet; `refreshing`: old figures stand dimmed; `ready`; `error`. */
export type WidgetStatus = 'loading' | 'refreshing' | 'ready' | 'error'

export interface WidgetEntry {
  widget: Widget
  data: unknown
  problem: Problem | null
  status: WidgetStatus
  /** Grows with every new answer: paged lists start over. */
  version: number
  /** The answer as it came: one that says the same again draws nothing. */
  raw: string
}

/** The next value with every part that says the same as before being the very object it was: what did not change draws nothing anew. */
export function share<T>(before: T | undefined, next: T): T {
  if (before === undefined || before === next || typeof next !== 'object' || next === null || typeof before !== 'object' || before === null) return next
  if (JSON.stringify(before) === JSON.stringify(next)) return before
  if (Array.isArray(next) || Array.isArray(before)) return next
  const shared: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(next)) shared[key] = share((before as Record<string, unknown>)[key], value)
  return shared as T
}

export type PageStatus = 'loading' | 'ready' | 'error'

export function useReport(portal: Ref<string>, report: Ref<string>, language: Ref<Language>, onSessionLost: () => void) {
  const route = useRoute()
  const router = useRouter()
  const state = computed<ReportState>((before) => share(before, readState(route.query)))
  const head = shallowRef<Head | null>(null)
  const entries = shallowReactive(new Map<string, WidgetEntry>())
  const status = ref<PageStatus>('loading')
  const problem = shallowRef<Problem | null>(null)
  const offline = ref(false)
  const busy = ref(false)
  /** What the figures on the page were asked with: while the address says something else, they are not its answer. */
  const shown = ref('')
  const asked = computed(() => sharedKey(state.value, language.value))
  const behind = computed(() => head.value !== null && problem.value !== null && shown.value !== asked.value)

  let whole: AbortController | null = null
  const partial = new Map<string, AbortController>()
  let retry: ReturnType<typeof setTimeout> | undefined
  let retries = 0

  function put(id: string, change: Partial<WidgetEntry>): void {
    const now = entries.get(id)
    if (now) entries.set(id, { ...now, ...change })
  }

  function take(line: WidgetLine, raw: string): void {
    const known = entries.get(line.widget)
    const version = (known?.version ?? 0) + 1
    if (line.error) put(line.widget, { status: 'error', problem: line.error, version, raw: '' })
    else put(line.widget, { status: 'ready', data: known?.data && known.raw === raw ? known.data : line.data, problem: null, version, raw })
  }

  function takeHead(next: Head, only?: string[]): void {
    if (!only) head.value = next
    const seen = new Set<string>()
    for (const section of next.sections) {
      for (const widget of section.widgets) {
        seen.add(widget.id)
        if (only && !only.includes(widget.id)) continue
        const known = entries.get(widget.id)
        const fits = known && known.widget.kind === widget.kind
        entries.set(widget.id, {
          widget: share(known?.widget, widget),
          data: fits ? known.data : null,
          problem: null,
          status: fits && known.data ? known.status : 'loading',
          version: known?.version ?? 0,
          raw: fits ? known.raw : '',
        })
      }
    }
    if (!only) for (const id of [...entries.keys()]) if (!seen.has(id)) entries.delete(id)
  }

  function fail(error: unknown, again: () => void, ids?: string[]): void {
    const told = toProblem(error)
    if (told.status === 401) {
      onSessionLost()
      return
    }
    if (told.code === 'offline' || told.status === 503) {
      offline.value = told.code === 'offline'
      // The server restarts or loads: ask again, slower each time, never more often than every 2 s.
      clearTimeout(retry)
      retries = Math.min(retries + 1, 6)
      retry = setTimeout(again, 2000 * retries)
    }
    for (const id of ids ?? entries.keys()) {
      const entry = entries.get(id)
      if (!entry || entry.status === 'ready' || entry.status === 'error') continue
      // Asked otherwise than what stands there: it stays dimmed while the question is asked again, else it says why it is old.
      const again = told.code === 'offline' || told.status === 503
      if (entry.data && (ids || shown.value !== asked.value)) put(id, again ? { status: 'refreshing' } : { status: ids ? 'error' : 'refreshing', problem: told })
      else if (entry.data) put(id, { status: 'ready' })
      else if (told.code !== 'offline') put(id, { status: 'error', problem: told })
    }
    if (!ids) {
      problem.value = told
      if (!head.value) status.value = 'error'
    }
  }

  /** Asks for the whole page. `quiet`: fresh data for the same question, nothing is dimmed. */
  async function load(quiet = false): Promise<void> {
    whole?.abort()
    for (const one of partial.values()) one.abort()
    partial.clear()
    clearTimeout(retry)
    const mine = new AbortController()
    const key = asked.value
    whole = mine
    busy.value = !quiet
    if (!quiet) for (const [id, entry] of entries) put(id, { status: entry.data ? 'refreshing' : 'loading' })
    try {
      await api.report(
        portal.value,
        report.value,
        toRequest(state.value, language.value),
        {
          head(next) {
            if (mine !== whole) return
            takeHead(next)
            shown.value = key
            status.value = 'ready'
            problem.value = null
          },
          widget(line, raw) {
            if (mine === whole) take(line, raw)
          },
        },
        mine.signal,
      )
      offline.value = false
      retries = 0
    } catch (error) {
      if (mine === whole && !mine.signal.aborted) fail(error, () => void load(quiet))
    } finally {
      if (mine === whole) busy.value = false
    }
  }

  /** Asks for some widgets (a drill, a sort, a choice of measure). */
  async function loadSome(ids: string[]): Promise<void> {
    for (const id of ids) partial.get(id)?.abort()
    const mine = new AbortController()
    for (const id of ids) {
      partial.set(id, mine)
      put(id, { status: entries.get(id)?.data ? 'refreshing' : 'loading' })
    }
    try {
      await api.report(
        portal.value,
        report.value,
        toRequest(state.value, language.value, ids),
        {
          head: (next) => {
            if (!mine.signal.aborted) takeHead(next, ids)
          },
          widget: (line, raw) => {
            if (!mine.signal.aborted && partial.get(line.widget) === mine) take(line, raw)
          },
        },
        mine.signal,
      )
    } catch (error) {
      if (!mine.signal.aborted) fail(error, () => void loadSome(ids), ids)
    } finally {
      for (const id of ids) if (partial.get(id) === mine) partial.delete(id)
    }
  }

  /** One page of a list widget; it changes nothing of what stands on the page. */
  async function page(id: string, offset: number, limit: number, order: Order | undefined, signal: AbortSignal): Promise<ListData> {
    const body = toRequest(state.value, language.value, [id])
    const widgets = body['widgets'] as Record<string, unknown>
    widgets[id] = { ...state.value.widgets[id], offset, limit, ...(order && { order }) }
    let answer: ListData | null = null
    let told: Problem | null = null
    await api.report(portal.value, report.value, body, {
      head: () => undefined,
      widget: (line) => {
        if (line.widget !== id) return
        if (line.error) told = line.error
        else answer = line.data as ListData
      },
    }, signal)
    if (told) throw new ApiError(told)
    if (!answer) throw new Error('no data')
    return answer
  }

  /** The request for the rows behind a number: what its widget was asked with, and the cell. */
  function recordsRequest(cell: CellReference): Record<string, unknown> {
    const period = head.value?.period
    const asked = cell.asked ?? {
      ...(head.value?.portal.currencies && { currency: head.value.portal.currency }),
      ...(period?.from && period.to && { period: { from: period.from, to: period.to } }),
      filters: state.value.filters,
      cross_filters: state.value.cross.map((one) => ({ dimension: one.dimension, in: one.in })),
    }
    return {
      ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null && value !== undefined)),
      measures: [cell.measure.request ?? cell.measure.id],
      cell: { measure: cell.measure.id, values: cell.values },
    }
  }

  /** Writes a new state into the address: Back undoes it. `replace` for what is not worth a step back. */
  function update(change: (now: ReportState) => ReportState, replace = false): void {
    const query = writeState(change(state.value))
    void router[replace ? 'replace' : 'push']({ query })
  }

  watch(
    [portal, report],
    () => {
      entries.clear()
      head.value = null
      status.value = 'loading'
      problem.value = null
      void load()
    },
    { immediate: true },
  )
  watch([state, language], ([now, tongue], [before, beforeTongue]) => {
    if (sharedKey(now, tongue) !== sharedKey(before, beforeTongue)) {
      void load()
      return
    }
    const changed = changedWidgets(before, now).filter((id) => entries.has(id))
    if (changed.length) void loadSome(changed)
  })
  onScopeDispose(() => {
    whole?.abort()
    for (const one of partial.values()) one.abort()
    clearTimeout(retry)
  })

  return { state, head, entries, status, problem, offline, busy, behind, load, loadSome, page, recordsRequest, update }
}

export type OpenReport = ReturnType<typeof useReport>
