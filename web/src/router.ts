/** The hash keeps the address whole under any path and in any frame; the server only ever serves index.html. */
import { createRouter, createWebHashHistory } from 'vue-router'
import HomePage from '@/pages/HomePage.vue'
import SignInPage from '@/pages/SignInPage.vue'
import { useSession } from '@/state/session'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'home', component: HomePage },
    { path: '/signin', name: 'signin', component: SignInPage },
    { path: '/sources', name: 'sources', component: () => import('@/pages/SourcesPage.vue') },
    { path: '/sources/add', name: 'add-source', component: () => import('@/pages/AddSourcePage.vue') },
    { path: '/sources/file', name: 'add-file', component: () => import('@/pages/AddFilePage.vue') },
    { path: '/sources/:portal/settings', name: 'source-settings', component: () => import('@/pages/SourceSettingsPage.vue') },
    { path: '/:portal/rules', name: 'rules', component: () => import('@/pages/RulesPage.vue') },
    { path: '/:portal/check', name: 'check', component: () => import('@/pages/CheckPage.vue') },
    { path: '/:portal/:report', name: 'report', component: () => import('@/pages/ReportPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  // A step inside a report never moves the reader; another page begins at its top.
  scrollBehavior: (to, from, saved) => (to.path === from.path ? false : (saved ?? { top: 0 })),
})

router.beforeEach((to) => {
  const { session } = useSession()
  if (to.name !== 'signin' && !session.value?.user) return { name: 'signin', query: to.path === '/' ? {} : { back: to.fullPath } }
  if (to.name === 'signin' && session.value?.user && !session.value.setup_needed) return { name: 'home' }
  return true
})
