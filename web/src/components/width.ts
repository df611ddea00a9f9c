import { useResizeObserver } from '@vueuse/core'
import { ref, type Ref } from 'vue'

/** The width of an element's content as the browser tells it; `first` until then. Never asked for, which would lay out a page that is still being built. */
export function useWidth(target: Readonly<Ref<HTMLElement | null>>, first = 0): Ref<number> {
  const width = ref(first)
  useResizeObserver(target, ([at]) => (width.value = at?.contentRect.width ?? first))
  return width
}
