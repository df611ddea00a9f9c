/** Filter lists: a flat list, or leaves under a tree of groups (employees under departments). Pure. */
import type { Filter, Member, MemberId } from '@/api/document'

export interface TreeNode {
  key: string
  id: MemberId
  label: string
  depth: number
  group: boolean
  /** Ids of all leaves beneath a group, or the own id of a leaf. */
  leaves: MemberId[]
  member: Member
}

export const isInactive = (member: Member): boolean => member.extra === 'inactive'

function fits(member: Member, needle: string): boolean {
  return !needle || member.label.toLocaleLowerCase().includes(needle)
}

/** Rows in reading order; a group stands when a leaf beneath it stands, or when its own name fits the search. */
export function buildTree(leaves: Member[], groups: Member[], search: string, onlyActive: boolean): TreeNode[] {
  const needle = search.trim().toLocaleLowerCase()
  const alive = leaves.filter((one) => !onlyActive || !isInactive(one))
  if (!groups.length) {
    return alive.filter((one) => fits(one, needle)).map((member) => leaf(member, 0))
  }
  const known = new Set(groups.map((one) => one.id))
  const childGroups = new Map<MemberId, Member[]>()
  for (const group of groups) {
    const parent = group.parent && known.has(group.parent) && group.parent !== group.id ? group.parent : null
    childGroups.set(parent, [...(childGroups.get(parent) ?? []), group])
  }
  const byGroup = new Map<MemberId, Member[]>()
  for (const one of alive) {
    const parent = one.parent && known.has(one.parent) ? one.parent : null
    byGroup.set(parent, [...(byGroup.get(parent) ?? []), one])
  }
  const seen = new Set<MemberId>()
  const walk = (group: Member, depth: number, whole: boolean): TreeNode[] => {
    if (seen.has(group.id)) return []
    seen.add(group.id)
    const all = whole || (needle !== '' && fits(group, needle))
    const below = [
      ...(byGroup.get(group.id) ?? []).filter((one) => all || fits(one, needle)).map((one) => leaf(one, depth + 1)),
      ...(childGroups.get(group.id) ?? []).flatMap((one) => walk(one, depth + 1, all)),
    ]
    if (!below.some((one) => !one.group)) return []
    // A whole department is all its people, those who left too: its number is then that of its row in the tables.
    const own = needle && !all ? [] : leaves.filter((one) => one.parent === group.id && isInactive(one) && !alive.includes(one)).map((one) => one.id)
    const ids = [...new Set([...below.flatMap((one) => one.leaves), ...own])]
    return [{ key: `g:${group.id}`, id: group.id, label: group.label, depth, group: true, leaves: ids, member: group }, ...below]
  }
  const roots = (childGroups.get(null) ?? []).filter((one) => one.id !== null)
  return [...roots.flatMap((one) => walk(one, 0, false)), ...(byGroup.get(null) ?? []).filter((one) => fits(one, needle)).map((one) => leaf(one, 0))]
}

/**
 * A choice of leaves as a filter. Whole groups are named as such (`under`: with everyone who comes later), but only when nothing
 * is chosen beside them; any other choice is a list of leaves. `nodes`: the whole tree, unsearched.
 */
export function asFilter(nodes: TreeNode[], chosen: ReadonlySet<MemberId>, leaf: string, group: string, wholeGroups: boolean): Filter | undefined {
  if (!chosen.size) return undefined
  if (wholeGroups) {
    const groups: MemberId[] = []
    const covered = new Set<MemberId>()
    let inside = Infinity
    for (const node of nodes) {
      if (node.depth > inside) continue
      inside = Infinity
      if (!node.group || nodeState(node, chosen) !== 'all') continue
      groups.push(node.id)
      node.leaves.forEach((id) => covered.add(id))
      inside = node.depth
    }
    if (groups.length && [...chosen].every((id) => covered.has(id))) return { dimension: group, under: groups }
  }
  return { dimension: leaf, in: [...chosen] }
}

/** The leaves that a filter by leaves or by groups means. */
export function leavesOf(nodes: TreeNode[], filter: Filter | undefined): Set<MemberId> {
  if (!filter?.under) return new Set(filter?.in ?? [])
  return new Set(nodes.filter((node) => node.group && filter.under?.includes(node.id)).flatMap((node) => node.leaves))
}

function leaf(member: Member, depth: number): TreeNode {
  return { key: `l:${member.id ?? '~'}`, id: member.id, label: member.label, depth, group: false, leaves: [member.id], member }
}

/** All, some or none of a node's leaves are chosen. */
export function nodeState(node: TreeNode, chosen: ReadonlySet<MemberId>): 'all' | 'some' | 'none' {
  const count = node.leaves.filter((id) => chosen.has(id)).length
  return count === 0 ? 'none' : count === node.leaves.length ? 'all' : 'some'
}
