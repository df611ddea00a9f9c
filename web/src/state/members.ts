/** Members of dimensions for filter lists, asked once per portal, dimension and language. */
import { shallowReactive } from 'vue'
import { api, toProblem } from '@/api/client'
import type { Member, Problem } from '@/api/document'

export type MemberList = { status: 'loading' } | { status: 'error'; problem: Problem } | { status: 'ready'; members: Member[] }

const known = shallowReactive(new Map<string, MemberList>())

export function membersOf(portal: string, dimension: string, language: string): MemberList {
  const key = `${portal}\n${dimension}\n${language}`
  const found = known.get(key)
  if (found) return found
  const loading: MemberList = { status: 'loading' }
  // Set after this read, so that a render that asks does not change what it reads.
  queueMicrotask(() => {
    if (known.has(key)) return
    known.set(key, loading)
    api
      .members(portal, dimension, language)
      .then((members) => known.set(key, { status: 'ready', members }))
      .catch((error: unknown) => known.set(key, { status: 'error', problem: toProblem(error) }))
  })
  return loading
}

export function forgetMembers(): void {
  known.clear()
}
