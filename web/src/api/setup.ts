/** Setting up (docs/setup.md): guide, connections, sources. Administrators only. */
import { json } from '@/api/client'
import type { components } from '@/api/types'

type Schemas = components['schemas']
export type SetupGuide = Schemas['SetupGuide']
export type SetupKind = Schemas['SetupKind']
export type SetupWay = Schemas['SetupWay']
export type SetupRequest = Schemas['SetupRequest']
export type SetupCheck = Schemas['SetupCheck']
export type SetupCheckItem = Schemas['SetupCheckItem']
export type SetupMeasure = Schemas['SetupMeasure']
export type SetupPipeline = Schemas['SetupPipeline']
export type SetupQuestion = Schemas['SetupQuestion']
export type Source = Schemas['Source']

const part = encodeURIComponent

export const setupApi = {
  guide: (language: string): Promise<SetupGuide> => json('GET', `setup/guide?language=${language}`),
  check: (body: SetupRequest, language: string): Promise<SetupCheck> => json('POST', `setup/drafts?language=${language}`, body),
  checkAgain: (draft: string, language: string): Promise<SetupCheck> => json('POST', `setup/drafts/${part(draft)}/check?language=${language}`),
  measure: (draft: string, language: string): Promise<SetupMeasure> => json('POST', `setup/drafts/${part(draft)}/measure?language=${language}`),
  start: (draft: string, body: Schemas['SetupStart'], language: string): Promise<Schemas['SetupStarted']> => json('POST', `setup/drafts/${part(draft)}/start?language=${language}`, body),
  discard: (draft: string): Promise<void> => json('DELETE', `setup/drafts/${part(draft)}`),
  sources: (language: string): Promise<Source[]> => json('GET', `setup/sources?language=${language}`),
  questions: (portal: string, language: string): Promise<Schemas['SetupQuestions']> => json('GET', `setup/sources/${part(portal)}/questions?language=${language}`),
  answer: (portal: string, body: Schemas['SetupAnswers']): Promise<void> => json('PUT', `setup/sources/${part(portal)}/questions`, body),
  change: (portal: string, body: Schemas['SourceChange']): Promise<void> => json('PATCH', `setup/sources/${part(portal)}`, body),
  remove: (portal: string, confirm: string): Promise<void> => json('DELETE', `setup/sources/${part(portal)}`, { confirm }),
}
