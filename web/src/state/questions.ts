/** The mappings that need a person, the pure parts: what is suggested beyond what is chosen, what has changed. */
import type { SetupQuestion } from '@/api/setup'

export type Option = SetupQuestion['options'][number]
export type Answer = SetupQuestion['value']

const kShownFirst = 8

/** Options by their group, in order. */
export function groupsOf(question: SetupQuestion): { id: string; name: string; options: Option[] }[] {
  const groups = new Map<string, { id: string; name: string; options: Option[] }>()
  for (const option of question.options) {
    const group = groups.get(option.group) ?? { id: option.group, name: option.group_name, options: [] }
    group.options.push(option)
    groups.set(option.group, group)
  }
  return [...groups.values()]
}

/** The first few, and whatever is chosen or suggested. */
export function optionsShown(question: SetupQuestion, chosen: string[], all: boolean): Option[] {
  if (all || question.options.length <= kShownFirst + 2) return question.options
  return question.options.filter((one, i) => i < kShownFirst || one.suggested || chosen.includes(one.id))
}

/** What the data suggests and is not chosen; with the answer that takes it. Null where there is nothing to suggest. */
export function suggestionOf(question: SetupQuestion, answer: Answer): { options: Option[]; answer: Answer } | null {
  const suggested = question.options.filter((one) => one.suggested)
  if (question.kind === 'many') {
    const chosen = Array.isArray(answer) ? answer : []
    const options = suggested.filter((one) => !chosen.includes(one.id))
    return options.length ? { options, answer: [...chosen, ...options.map((one) => one.id)] } : null
  }
  if (question.kind === 'one') {
    const [option] = suggested
    return option && !answer ? { options: [option], answer: option.id } : null
  }
  const map: Record<string, string> = typeof answer === 'object' && !Array.isArray(answer) ? answer : {}
  const options = suggested.filter((one) => !map[one.group])
  return options.length ? { options, answer: { ...map, ...Object.fromEntries(options.map((one) => [one.group, one.id])) } } : null
}

/** The settings whose answers differ from what is stored. */
export function changesOf(questions: SetupQuestion[], answers: Record<string, Answer>): Record<string, Answer> {
  const plain = (value: Answer): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : typeof value === 'object' ? Object.entries(value).sort() : value)
  const changes: Record<string, Answer> = {}
  for (const question of questions) {
    const answer = answers[question.setting]
    if (answer !== undefined && plain(answer) !== plain(question.value)) changes[question.setting] = answer
  }
  return changes
}
