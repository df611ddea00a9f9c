/** Writing back to the CRM (docs/actions.md). */
import { json } from '@/api/client'
import type { components } from '@/api/types'

export type ActionOrder = components['schemas']['ActionOrder']
export type ActionPreview = components['schemas']['ActionPreview']
export type ActionRequest = components['schemas']['ActionRequest']
export type ActionOverview = components['schemas']['ActionOverview']

const part = encodeURIComponent
const path = (portal: string, rest = ''): string => `portals/${part(portal)}/actions${rest}`

export const actionsApi = {
  overview: (portal: string): Promise<ActionOverview> => json('GET', path(portal)),
  setWriting: (portal: string, on: boolean): Promise<ActionOverview> => json('PUT', `portals/${part(portal)}/writing`, { on }),
  preview: (portal: string, order: ActionOrder, signal?: AbortSignal): Promise<ActionPreview> => json('POST', path(portal, '/preview'), order, signal),
  send: (portal: string, order: ActionOrder & { id: string }): Promise<ActionRequest> => json('POST', path(portal), order),
  find: (portal: string, id: string): Promise<ActionRequest> => json('GET', path(portal, `/${part(id)}`)),
  cancel: (portal: string, id: string): Promise<ActionRequest> => json('POST', path(portal, `/${part(id)}/cancel`)),
  retry: (portal: string, id: string): Promise<ActionRequest> => json('POST', path(portal, `/${part(id)}/retry`)),
}

/** The key under which a request is done once, however often it is sent. Also where the page came without TLS. */
export function newRequestId(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
