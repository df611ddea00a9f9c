/** Widths of columns that a reader has set by hand, kept with the reader's settings under the name of the table. */
import { ref } from 'vue'
import { useSession } from '@/state/session'

type Kept = Record<string, Record<string, number>>
export const kNarrowest = 56
const kStep = 16

export function useWidths(keep: () => string) {
  const { settings, save } = useSession()
  const widths = ref<Record<string, number>>({ ...((settings.value['widths'] as Kept | undefined)?.[keep()] ?? {}) })
  const store = (): void => save({ widths: { ...(settings.value['widths'] as Kept | undefined), [keep()]: widths.value } })
  const set = (column: string, width: number): void => {
    widths.value = { ...widths.value, [column]: Math.max(kNarrowest, Math.round(width)) }
  }

  /** Follows the pointer from the grip of a head until it is let go. */
  function drag(event: PointerEvent, column: string): void {
    event.preventDefault()
    event.stopPropagation()
    const head = (event.currentTarget as HTMLElement).parentElement
    const start = head?.getBoundingClientRect().width ?? 120
    const move = (next: PointerEvent): void => set(column, start + next.clientX - event.clientX)
    const end = (): void => {
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
      removeEventListener('pointercancel', end)
      store()
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
    addEventListener('pointercancel', end)
  }
  /** One step by a key; says whether the key was meant. */
  function step(event: KeyboardEvent, column: string, now: number): boolean {
    const by = event.key === 'ArrowLeft' ? -kStep : event.key === 'ArrowRight' ? kStep : 0
    if (!by) return false
    event.preventDefault()
    set(column, now + by)
    store()
    return true
  }
  /** Back to the width that the table gives by itself. */
  function release(column: string): void {
    const { [column]: _, ...rest } = widths.value
    widths.value = rest
    store()
  }
  return { widths, drag, step, release }
}
