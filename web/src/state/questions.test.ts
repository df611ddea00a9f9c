import { describe, expect, it } from 'vitest'
import { changesOf, groupsOf, optionsShown, suggestionOf, type Option } from '@/state/questions'
import type { SetupQuestion } from '@/api/setup'

const option = (id: string, suggested = false, group = ''): Option => ({ id, name: id, group, group_name: group, suggested, evidence: '' })
const question = (kind: SetupQuestion['kind'], options: Option[], value: SetupQuestion['value']): SetupQuestion => ({ setting: 's', kind, title: '', lead: '', value, options })

describe('a suggestion', () => {
  it('adds to what is chosen and goes when it is taken', () => {
    const one = question('many', [option('1', true), option('2'), option('3', true)], [])
    expect(suggestionOf(one, ['2'])?.answer).toEqual(['2', '1', '3'])
    expect(suggestionOf(one, ['1', '3'])).toBeNull()
  })
  it('never overrides an answer', () => {
    const one = question('one', [option('1', true), option('2')], '')
    expect(suggestionOf(one, '')?.answer).toBe('1')
    expect(suggestionOf(one, '2')).toBeNull()
  })
  it('is by group where there are groups', () => {
    const one = question('one_per_group', [option('a', true, 'p'), option('b', false, 'p'), option('c', true, 'q')], {})
    expect(suggestionOf(one, { p: 'b' })?.answer).toEqual({ p: 'b', q: 'c' })
    expect(groupsOf(one).map((group) => group.options.length)).toEqual([2, 1])
  })
})

it('a long list shows the first ones, the chosen and the suggested', () => {
  const one = question('many', Array.from({ length: 20 }, (_, i) => option(String(i), i === 15)), [])
  expect(optionsShown(one, ['18'], false).map((shown) => shown.id)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '15', '18'])
  expect(optionsShown(one, [], true)).toHaveLength(20)
})

it('only what differs is stored; the order of a list is no difference', () => {
  const questions = [question('many', [], ['1', '2'])]
  expect(changesOf(questions, { s: ['2', '1'] })).toEqual({})
  expect(changesOf(questions, { s: ['2'] })).toEqual({ s: ['2'] })
})
