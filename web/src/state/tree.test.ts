import { describe, expect, it } from 'vitest'
import { asFilter, buildTree, leavesOf, nodeState } from '@/state/tree'

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
  it('names whole groups as groups, with everyone below, and anything else by its leaves', () => {
    const nodes = buildTree(people, departments, '', false)
    const of = (ids: string[], groups = true) => asFilter(nodes, new Set(ids), 'employee', 'department', groups)
    expect(of(['1', '2', '3', '4'])).toEqual({ dimension: 'department', under: ['a'] })
    expect(of(['3', '4'])).toEqual({ dimension: 'department', under: ['b'] })
    expect(of(['3', '4', '1'])).toEqual({ dimension: 'employee', in: ['3', '4', '1'] })
    expect(of(['3', '4'], false), 'people picked one by one stay people').toEqual({ dimension: 'employee', in: ['3', '4'] })
    expect(of([])).toBeUndefined()
    expect([...leavesOf(nodes, { dimension: 'department', under: ['b'] })].sort()).toEqual(['3', '4'])
    expect([...leavesOf(nodes, { dimension: 'employee', in: ['1'] })]).toEqual(['1'])
  })
  it('of a search takes what was found', () => {
    const nodes = buildTree(people, departments, 'вера', true)
    expect(nodes.map((node) => node.leaves)).toEqual([['3'], ['3'], ['3']])
  })
})
