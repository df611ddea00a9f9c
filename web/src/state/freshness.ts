/** Live freshness by server-sent events. A broken stream is opened again by the browser; silence for long counts as offline. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, type Freshness } from '@/api/client'

/** A portal that was never read to its end. A live portal also "loads" for a moment at every poll: that is nobody's news. */
export function isFirstLoad(fresh: Pick<Freshness, 'state' | 'current_at' | 'progress'> | null): boolean {
  if (fresh?.state !== 'loading') return false
  const { done = 0, expected = null } = fresh.progress ?? {}
  return !fresh.current_at || (expected !== null && expected > 0 && done < expected)
}

/** A CRM that is asked every few seconds and has not answered for so long is not live, whatever the reason. */
const kSilent = 60
/** Seconds that the data are behind now; null where nobody knows. */
export function lagOf(fresh: Pick<Freshness, 'behind_s'> | null, heardAt: number, now: number): number | null {
  const behind = fresh?.behind_s
  return behind === null || behind === undefined ? null : behind + Math.max(0, now - heardAt) / 1000
}
export const isSilent = (lag: number | null): boolean => (lag ?? 0) > kSilent

export function useFreshness(portal: Ref<string>, onNewData: (version: number) => void) {
  const fresh = shallowRef<Freshness | null>(null)
  const connected = ref(true)
  /** When the last word came, for "behind by" that grows between two events. */
  const heardAt = ref(Date.now())
  let source: EventSource | null = null
  let reopen: ReturnType<typeof setTimeout> | undefined

  function open(): void {
    source?.close()
    if (!portal.value) return
    const mine = new EventSource(api.eventsUrl(portal.value), { withCredentials: true })
    source = mine
    const take = (event: MessageEvent<string>): void => {
      let next: Freshness
      try {
        next = JSON.parse(event.data) as Freshness
      } catch {
        console.warn('freshness event is not JSON', event.data)
        return
      }
      const before = fresh.value?.data_version
      fresh.value = next
      connected.value = true
      heardAt.value = Date.now()
      if (before !== next.data_version) onNewData(next.data_version)
    }
    mine.addEventListener('freshness', take)
    mine.onopen = () => {
      connected.value = true
    }
    mine.onerror = () => {
      connected.value = false
      // CLOSED means that the browser gave up (an HTTP refusal); try again later ourselves.
      if (mine.readyState === EventSource.CLOSED) {
        clearTimeout(reopen)
        reopen = setTimeout(open, 5000)
      }
    }
  }

  watch(
    portal,
    () => {
      fresh.value = null
      open()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(reopen)
    source?.close()
  })
  return { fresh, connected, heardAt }
}
