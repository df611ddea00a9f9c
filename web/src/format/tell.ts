/** A refusal in the reader's words. */
import { useI18n } from 'vue-i18n'
import type { Problem } from '@/api/document'

/** `words` answers a key of the dictionary, or nothing. A code that it does not know is told as the server told it. */
export function tellProblem(problem: Pick<Problem, 'code' | 'message'>, words: (key: string) => string | null): string {
  const code = /^http_5/.test(problem.code) ? 'unreachable' : problem.code
  return words(`error.codes.${code}`) ?? problem.message
}

export function useTell(): (problem: Pick<Problem, 'code' | 'message'>) => string {
  const { t, te } = useI18n()
  return (problem) => tellProblem(problem, (key) => (te(key) ? t(key) : null))
}
