/** Where the reader was: an element found again after the page has drawn itself anew. */

const kMarks = ['data-cell', 'data-measure', 'data-member', 'data-column'] as const

/**
 * Remembers the place of `element` (inside a widget) and answers how to find it later: the element itself while it stands, else what
 * stands in its place: the same cell or measure, the same button by its order; at last the widget's own first tool.
 */
export function placeOf(element: Element | null): () => HTMLElement | null {
  if (!element || element === document.body) return () => null
  const widget = element.closest('[data-widget]')?.getAttribute('data-widget')
  const mark = kMarks.map((name) => [name, element.getAttribute(name)] as const).find(([, value]) => value !== null)
  const same = `${element.tagName.toLowerCase()}${[...element.classList].map((name) => `.${CSS.escape(name)}`).join('')}`
  const order = widget ? [...(element.closest('[data-widget]')?.querySelectorAll(same) ?? [])].indexOf(element) : -1
  return () => {
    if (element.isConnected) return element as HTMLElement
    const box = widget ? document.querySelector<HTMLElement>(`[data-widget="${CSS.escape(widget)}"]`) : null
    if (!box) return null
    const marked = mark ? box.querySelector<HTMLElement>(`[${mark[0]}="${CSS.escape(mark[1] ?? '')}"]`) : null
    return marked ?? [...box.querySelectorAll<HTMLElement>(same)][order] ?? box.querySelector<HTMLElement>('[data-test=focus]')
  }
}
