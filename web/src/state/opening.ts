/** What can begin before a report's page stands: its code, its charts and its figures are asked for beside each other, not one after another. */
import type { RouteLocationResolved } from 'vue-router'
import { api } from '@/api/client'
import { dayText } from '@/format/dates'
import { createFormatter } from '@/format/number'
import { readState, toRequest } from '@/state/address'
import { useSession } from '@/state/session'

/** Begins to load the code of the page that `to` leads to. */
export function loadPage(to: RouteLocationResolved): void {
  if (to.name !== 'report') return
  void import('@/pages/ReportPage.vue')
  void import('@/charts/echarts')
}

/** Asks for the figures of the report that `to` leads to; the session is known. */
export function askAhead(to: RouteLocationResolved): void {
  if (to.name !== 'report') return
  const { language } = useSession()
  api.reportAhead(String(to.params['portal']), String(to.params['report']), toRequest(readState(to.query), language.value))
  // The first number and the first date that a browser writes cost tens of milliseconds: spent while the answers are on their way.
  createFormatter(language.value).integer(1000)
  dayText('2024-01-01', language.value)
}
