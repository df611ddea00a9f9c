import { describe, expect, it } from 'vitest'
import { buildTree, nodeState } from '@/state/tree'

const people = [
  { id: '1', label: 'Анна', parent: 'a' },
  { id: '2', label: 'Борис', parent: 'a', extra: 'inactive' },
  { id: '3', label: 'Вера', parent: 'b' },
  { id: '4', label: 'Глеб', parent: 'b', extra: 'inactive' },
]
const departments = [
  { id: 'a', label: 'Продажи' },
  { id: 'b', label: 'Москва', parent: 'a' },
]

describe('the tree of departments and people', () => {
  it('chooses a whole department with those who left, though they are not listed', () => {
    const nodes = buildTree(people, departments, '', true)
    expect(nodes.map((node) => node.label)).toEqual(['Продажи', 'Анна', 'Москва', 'Вера'])
    expect([...(nodes[0]?.leaves ?? [])].sort()).toEqual(['1', '2', '3', '4'])
    expect([...(nodes[2]?.leaves ?? [])].sort()).toEqual(['3', '4'])
    expect(nodeState(nodes[2]!, new Set(['3']))).toBe('some')
  })
  it('of a search takes what was found', () => {
    const nodes = buildTree(people, departments, 'вера', true)
    expect(nodes.map((node) => node.leaves)).toEqual([['3'], ['3'], ['3']])
  })
})
