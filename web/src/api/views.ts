/** Saved views of the signed-in reader. */
import { json } from '@/api/client'
import type { components } from '@/api/types'

export type View = components['schemas']['View']
export type ViewChange = components['schemas']['ViewChange']

const path = (portal: string, report: string, id?: string): string => `portals/${encodeURIComponent(portal)}/reports/${encodeURIComponent(report)}/views${id ? `/${encodeURIComponent(id)}` : ''}`

export const viewsApi = {
  list: (portal: string, report: string): Promise<View[]> => json('GET', path(portal, report)),
  add: (portal: string, report: string, view: ViewChange & { name: string }): Promise<View> => json('POST', path(portal, report), view),
  change: (portal: string, report: string, id: string, change: ViewChange): Promise<View> => json('PATCH', path(portal, report, id), change),
  remove: (portal: string, report: string, id: string): Promise<void> => json('DELETE', path(portal, report, id)),
}
