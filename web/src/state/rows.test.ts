import { describe, expect, it } from 'vitest'
import { departments, people } from '@/__fixtures__/document'
import type { Member } from '@/api/document'
import { expandableKeys, flatten, rowKey } from '@/state/rows'
import { buildTree, nodeState } from '@/state/tree'

interface Row {
  member: Member
  expandable?: boolean
  rows?: Row[]
}
const rows: Row[] = [
  { member: { id: '0', label: 'A' }, expandable: true, rows: [{ member: { id: 'x/y', label: 'B' } }, { member: { id: null, label: '' } }] },
  { member: { id: null, label: '' }, expandable: false },
]

describe('rows under rows', () => {
  it('stand closed until opened by key', () => {
    expect(flatten(rows, []).map((one) => one.key)).toEqual(['0', '~'])
    const open = flatten(rows, ['0'])
    expect(open.map((one) => [one.key, one.depth])).toEqual([
      ['0', 0],
      ['0/x~1y', 1],
      ['0/~', 1],
      ['~', 0],
    ])
    expect(open[1]?.ids).toEqual(['0', 'x/y'])
  })
  it('tells "none" from an id that looks like it', () => expect(rowKey(['~'])).not.toBe(rowKey([null])))
  it('lists what can be opened', () => expect(expandableKeys(rows)).toEqual(['0']))
})

describe('the tree of a filter', () => {
  it('puts employees under departments, and departments under departments', () => {
    const nodes = buildTree(people, departments, '', false)
    expect(nodes[0]).toMatchObject({ group: true, label: 'ООО «Ромашка»', depth: 0 })
    expect(nodes[0]?.leaves).toHaveLength(people.length)
    expect(nodes.find((one) => one.group && one.id === '3')?.depth).toBe(1)
  })
  it('hides the dismissed, and groups that are left empty', () => {
    const active = buildTree(people, departments, '', true)
    expect(active.some((one) => one.label === 'Павел Гусев')).toBe(false)
    expect(buildTree([people[6]!], departments, '', true)).toEqual([])
  })
  it('finds by part of a name, and all people of a found department', () => {
    expect(buildTree(people, departments, 'смирн', false).filter((one) => !one.group).map((one) => one.label)).toEqual(['Анна Смирнова'])
    expect(buildTree(people, departments, 'казань', false).filter((one) => !one.group)).toHaveLength(3)
  })
  it('survives a ring of parents', () => {
    const ring = [
      { id: 'a', label: 'A', parent: 'b' },
      { id: 'b', label: 'B', parent: 'a' },
    ]
    expect(() => buildTree(people, ring, '', false)).not.toThrow()
  })
  it('knows a group that is chosen in part', () => {
    const group = buildTree(people, departments, '', false).find((one) => one.group && one.id === '4')!
    expect(nodeState(group, new Set(group.leaves.slice(1)))).toBe('some')
    expect(nodeState(group, new Set(group.leaves))).toBe('all')
    expect(nodeState(group, new Set())).toBe('none')
  })
})
