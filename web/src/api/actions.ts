/** Writing back to the CRM (docs/actions.md). */
import { json } from '@/api/client'
import type { components } from '@/api/types'

export type ActionOrder = components['schemas']['ActionOrder']
export type ActionPreview = components['schemas']['ActionPreview']
export type ActionRequest = components['schemas']['ActionRequest']
export type ActionOverview = components['schemas']['ActionOverview']

export type ActionRule = components['schemas']['ActionRule']
export type ActionRules = components['schemas']['ActionRules']
export type ActionRuleChange = components['schemas']['ActionRuleChange']

const part = encodeURIComponent
const path = (portal: string, rest = ''): string => `portals/${part(portal)}/actions${rest}`

export const actionsApi = {
  overview: (portal: string): Promise<ActionOverview> => json('GET', path(portal)),
  setWriting: (portal: string, on: boolean): Promise<ActionOverview> => json('PUT', `portals/${part(portal)}/writing`, { on }),
  preview: (portal: string, order: ActionOrder, signal?: AbortSignal): Promise<ActionPreview> => json('POST', path(portal, '/preview'), order, signal),
  send: (portal: string, order: ActionOrder & { id: string }): Promise<ActionRequest> => json('POST', path(portal), order),
  find: (portal: string, id: string): Promise<ActionRequest> => json('GET', path(portal, `/${part(id)}`)),
  cancel: (portal: string, id: string): Promise<ActionRequest> => json('POST', path(portal, `/${part(id)}/cancel`)),
  rules: (portal: string): Promise<ActionRules> => json('GET', `portals/${part(portal)}/rules`),
  addRule: (portal: string, rule: ActionRuleChange): Promise<ActionRule> => json('POST', `portals/${part(portal)}/rules`, rule),
  changeRule: (portal: string, id: string, change: ActionRuleChange): Promise<ActionRule> => json('PATCH', `portals/${part(portal)}/rules/${part(id)}`, change),
  removeRule: (portal: string, id: string): Promise<void> => json('DELETE', `portals/${part(portal)}/rules/${part(id)}`),
  previewRule: (portal: string, id: string): Promise<ActionPreview> => json('POST', `portals/${part(portal)}/rules/${part(id)}/preview`),
  retry: (portal: string, id: string): Promise<ActionRequest> => json('POST', path(portal, `/${part(id)}/retry`)),
}

/** The key under which a request is done once, however often it is sent. Also where the page came without TLS. */
export function newRequestId(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
