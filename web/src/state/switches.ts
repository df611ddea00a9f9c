/** Where a switch of the report is drawn: on its widgets when it concerns few of them, else at the head of the page. Pure. */
import type { Head, Switch, Widget } from '@/api/document'

const kFew = 3

function users(head: Head, id: string): number {
  return head.sections.flatMap((section) => section.widgets).filter((widget) => widget.state?.switches?.includes(id)).length
}

export function pageSwitches(head: Head | null): Switch[] {
  return head?.switches.filter((one) => users(head, one.id) === 0 || users(head, one.id) > kFew) ?? []
}

export function ownSwitches(head: Head | null, widget: Widget): Switch[] {
  if (!head) return []
  const page = new Set(pageSwitches(head).map((one) => one.id))
  return head.switches.filter((one) => !page.has(one.id) && widget.state?.switches?.includes(one.id))
}
