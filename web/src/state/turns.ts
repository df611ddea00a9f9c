/**
 * Whose turn it is to be drawn. A widget in sight is drawn as soon as its answer is there; one out of sight waits until the page
 * has nothing better to do, and several answers that came meanwhile are drawn once. Printing and focus draw everything at once.
 */

/** Calls back when the browser is at rest, or after a while all the same. */
export type Rest = (callback: () => void) => void

const kLongest = 400
export const atRest: Rest = (callback) => {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(callback, { timeout: kLongest })
  else setTimeout(callback, 16)
}

export interface Turns {
  /** Draws now (in sight) or in turn; a later call for the same `id` takes the place of an earlier one. */
  draw(id: string, inSight: boolean, paint: () => void): void
  /** `id` came into sight: what it waits with is drawn now. */
  now(id: string): void
  /** Everything that waits is drawn now. */
  all(): void
  /** `id` is no more. */
  forget(id: string): void
  /** How many wait. */
  waiting(): number
}

/** `told` hears how many wait whenever that changes between none and some. */
export function createTurns(told: (waiting: number) => void = () => undefined, rest: Rest = atRest): Turns {
  const queue = new Map<string, () => void>()
  let called = false

  function changed(before: number): void {
    if ((before === 0) !== (queue.size === 0)) told(queue.size)
  }
  function take(id: string): void {
    const paint = queue.get(id)
    if (!paint) return
    const before = queue.size
    queue.delete(id)
    paint()
    changed(before)
  }
  function next(): void {
    called = false
    const first = queue.keys().next()
    if (!first.done) take(first.value)
    call()
  }
  function call(): void {
    if (called || queue.size === 0) return
    called = true
    rest(next)
  }

  return {
    draw(id, inSight, paint) {
      const before = queue.size
      if (inSight) {
        queue.delete(id)
        paint()
      } else {
        queue.set(id, paint)
        call()
      }
      changed(before)
    },
    now: take,
    all() {
      for (const id of [...queue.keys()]) take(id)
    },
    forget(id) {
      const before = queue.size
      queue.delete(id)
      changed(before)
    },
    waiting: () => queue.size,
  }
}
