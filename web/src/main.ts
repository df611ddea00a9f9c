import { createApp } from 'vue'
import App from '@/App.vue'
import { i18n } from '@/i18n'
import { router } from '@/router'
import { askAhead, loadPage } from '@/state/opening'
import { useSession } from '@/state/session'
import '@/style.css'

async function start(): Promise<void> {
  if (import.meta.env.MODE === 'mock') (await import('@/__fixtures__/mock')).install()
  const { load } = useSession()
  const first = router.resolve(location.hash.slice(1) || '/')
  loadPage(first)
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      await load(() => askAhead(first))
      break
    } catch (error) {
      // The server is starting or away: the sign-in would only fail too.
      console.warn('no session yet', error)
      const place = document.getElementById('app')
      if (place) place.textContent = i18n.global.t('error.offline')
      await new Promise((done) => setTimeout(done, wait))
    }
  }
  createApp(App).use(router).use(i18n).mount('#app')
}

void start()
