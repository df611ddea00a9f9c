import { onScopeDispose, watch } from 'vue'

const holders = new Map<string, number>()
function hold(name: string, change: 1 | -1): void {
  const count = (holders.get(name) ?? 0) + change
  holders.set(name, count)
  document.documentElement.classList.toggle(name, count > 0)
}

/**
 * The whole page carries a class while something is open. The same said by `html:has(…)` costs every change of the page a new look at
 * the root and its hundreds of tokens.
 */
export function useRootClass(name: string, is: () => boolean): void {
  let held = false
  const set = (now: boolean): void => {
    if (now !== held) hold(name, now ? 1 : -1)
    held = now
  }
  watch(is, set, { immediate: true })
  onScopeDispose(() => set(false))
}
