/** Shapes of the HTTP API (docs/api.md). To be generated from `schemas/openapi.yaml` by `npm run types`. */
export interface components {
  schemas: {
    Session: { user: { id: string; name: string; role: string } | null; csrf: string; setup_needed: boolean; version: string }
    Progress: { done: number; expected: number | null; stage: string; seconds_left: number | null }
    PortalState: {
      id: string
      name: string
      kind: string
      zone: string
      currency: string
      has_leads: boolean
      data_version: number
      current_at: string | null
      state: 'loading' | 'live' | 'stopped' | 'error'
      progress: components['schemas']['Progress'] | null
      error: unknown
    }
    ReportInfo: { id: string; title: string; description: string }
    Freshness: {
      data_version: number
      current_at: string | null
      behind_s: number | null
      state: 'loading' | 'live' | 'stopped' | 'error'
      progress: components['schemas']['Progress'] | null
    }
  }
}
