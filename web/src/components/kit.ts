/** The kit's panels: a third of the application's code, which no page needs before something is opened. */
import { defineAsyncComponent, shallowRef } from 'vue'

const popover = () => import('@bitrix24/b24ui-nuxt/components/Popover.vue')
const slideover = () => import('@bitrix24/b24ui-nuxt/components/Slideover.vue')

/** Made only once its code is there: until then its button stands alone. */
export const kitPopover = shallowRef<Awaited<ReturnType<typeof popover>>['default'] | null>(null)
let loading: Promise<void> | null = null

export function loadPopover(): void {
  loading ??= popover()
    .then((part) => void (kitPopover.value = part.default))
    .catch((error: unknown) => {
      loading = null // The next click asks again.
      console.warn('no popover yet', error)
    })
}

export const KitSlideover = defineAsyncComponent(async () => (await slideover()).default)

const kLater = 2500
/** Some time after a page was opened, when the browser has nothing better to do: the first click finds everything there. Gives what takes it back. */
export function loadKitLater(): () => void {
  const load = (): void => {
    loadPopover()
    slideover().catch(() => undefined) // Told where it is needed.
  }
  const timer = setTimeout(() => (typeof requestIdleCallback === 'function' ? requestIdleCallback(load) : load()), kLater)
  return () => clearTimeout(timer)
}
