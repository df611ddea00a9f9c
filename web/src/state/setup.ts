/** Setting up, the pure parts: what is sent, how long a load takes in words, how a source stands. */
import type { SetupPipeline, SetupRequest, SetupWay, Source } from '@/api/setup'

/** The fields of a way as the server wants them; texts are trimmed, for people paste line ends along. */
export function requestOf(kind: 'bitrix24' | 'amocrm', way: SetupWay, values: Record<string, string>, portal?: string): SetupRequest {
  const value = (name: string): string => (values[name] ?? '').trim()
  const base = { kind, ...(portal !== undefined && { portal }) }
  if (way.id === 'webhook') return { ...base, webhook: value('webhook') }
  if (way.id === 'token') return { ...base, url: value('url'), token: value('token') }
  const integration = { client_id: value('client_id'), client_secret: value('client_secret'), redirect_uri: value('redirect_uri'), code: value('code') }
  return { ...base, url: value('url'), integration }
}

export const isComplete = (way: SetupWay, values: Record<string, string>): boolean => way.fields.every((field) => (values[field.name] ?? '').trim() !== '')

export type Duration = { unit: 'minute' } | { unit: 'minutes' | 'hours'; n: number }

/** A load's time as people say it: minutes in round steps, hours beyond an hour and a half. */
export function durationOf(seconds: number): Duration {
  if (seconds <= 90) return { unit: 'minute' }
  const minutes = seconds / 60
  if (minutes <= 10) return { unit: 'minutes', n: Math.ceil(minutes) }
  if (minutes <= 90) return { unit: 'minutes', n: Math.ceil(minutes / 5) * 5 }
  return { unit: 'hours', n: Math.ceil(minutes / 60) }
}

export type SourceTone = 'live' | 'loading' | 'paused' | 'stopped' | 'error'
export const toneOf = (source: Pick<Source, 'state' | 'paused'>): SourceTone => (source.paused ? 'paused' : source.state)

export const suggestedPipelines = (pipelines: SetupPipeline[]): string[] => pipelines.filter((one) => one.suggested).map((one) => one.id)
