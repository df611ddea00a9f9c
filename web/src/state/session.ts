/** Who is signed in, which portals there are, and the reader's own settings (kept on the server, mirrored locally for the first paint). */
import { computed, ref, shallowRef } from 'vue'
import { api, type PortalInfo, type ReportInfo, type SessionInfo } from '@/api/client'
import type { Language } from '@/api/document'
import { i18n } from '@/i18n'

export type Theme = 'light' | 'dark' | 'system'

// In a third-party frame storage may be denied: then only the server remembers.
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`svodka.${key}`, value)
  } catch {
    return
  }
}
function recall(key: string): string | null {
  try {
    return localStorage.getItem(`svodka.${key}`)
  } catch {
    return null
  }
}

const session = shallowRef<SessionInfo | null>(null)
const portals = shallowRef<PortalInfo[]>([])
const reports = shallowRef<ReportInfo[]>([])
const settings = ref<Record<string, unknown>>({})
const language = ref<Language>(recall('language') === 'en' ? 'en' : recall('language') === 'ru' ? 'ru' : navigator.language.startsWith('ru') ? 'ru' : 'en')
const remembered = recall('theme')
const theme = ref<Theme>(remembered === 'light' || remembered === 'dark' ? remembered : 'system')
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(systemDark.matches)
systemDark.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
  paint()
})
const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value))

function paint(): void {
  const root = document.documentElement
  root.classList.toggle('dark', dark.value)
  root.classList.toggle('light', !dark.value)
  root.style.colorScheme = dark.value ? 'dark' : 'light'
  root.lang = language.value
  i18n.global.locale.value = language.value
}
paint()

let saving: ReturnType<typeof setTimeout> | undefined
function save(changes: Record<string, unknown>): void {
  if (Object.entries(changes).every(([key, value]) => settings.value[key] === value)) return
  settings.value = { ...settings.value, ...changes }
  if (!session.value?.user) return
  clearTimeout(saving)
  // A failed save is not worth disturbing the reader: the local mirror still holds the choice.
  saving = setTimeout(() => void api.saveSettings(settings.value).catch((error: unknown) => console.warn('settings not saved', error)), 300)
}

function setLanguage(next: Language): void {
  language.value = next
  remember('language', next)
  save({ language: next })
  paint()
}

function setTheme(next: Theme): void {
  theme.value = next
  remember('theme', next)
  save({ theme: next })
  paint()
}

/** `known`: called once it is clear who is signed in, while the rest is still on its way. */
async function load(known?: () => void): Promise<void> {
  session.value = await api.session()
  if (!session.value.user) return
  const told = language.value
  const rest = Promise.all([api.settings().catch(() => ({})), api.portals(), api.reports(told).catch(() => [])])
  known?.()
  const [mine, list, names] = await rest
  settings.value = mine
  portals.value = list
  reports.value = names
  if (settings.value['language'] === 'ru' || settings.value['language'] === 'en') language.value = settings.value['language']
  const saved = settings.value['theme']
  if (saved === 'light' || saved === 'dark' || saved === 'system') theme.value = saved
  paint()
  if (language.value !== told) await loadReports()
}

async function loadReports(): Promise<void> {
  reports.value = await api.reports(language.value).catch(() => [])
}

async function loadPortals(): Promise<void> {
  portals.value = await api.portals()
}

async function signOut(): Promise<void> {
  await api.logout()
  // The server gives a new anonymous session, with the value that the next sign-in has to repeat.
  session.value = await api.session()
}

export function useSession() {
  return { session, portals, reports, settings, language, theme, dark, load, loadPortals, loadReports, setLanguage, setTheme, save, signOut }
}
