/**
 * `v-tip="text"`: one shared tooltip for the whole page, on hover and on keyboard focus, tied by aria-describedby. The first line
 * stands out. Empty text: no tooltip.
 */
import type { Directive } from 'vue'

const kId = 'sv-tooltip'
let box: HTMLDivElement | null = null
let owner: HTMLElement | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const texts = new WeakMap<HTMLElement, string>()
const asked = new WeakMap<HTMLElement, (cell: HTMLElement) => string>()
let pointed: HTMLElement | null = null

function element(): HTMLDivElement {
  if (box) return box
  box = document.createElement('div')
  box.id = kId
  box.setAttribute('role', 'tooltip')
  box.className = 'sv-tip-box'
  box.style.cssText = 'position:fixed;z-index:1000;pointer-events:none;display:none;white-space:pre-line'
  document.body.append(box)
  document.addEventListener('keydown', (event) => event.key === 'Escape' && hide())
  addEventListener('scroll', hide, { capture: true, passive: true })
  return box
}

function show(target: HTMLElement): void {
  const text = texts.get(target)
  if (!text || !target.isConnected) return
  const tip = element()
  const [head = '', ...rest] = text.split('\n')
  tip.replaceChildren()
  const first = document.createElement('div')
  first.textContent = head
  if (rest.length) first.style.fontWeight = '600'
  tip.append(first)
  if (rest.length) {
    const more = document.createElement('div')
    more.textContent = rest.join('\n')
    more.style.color = 'var(--muted)'
    tip.append(more)
  }
  tip.style.display = 'block'
  const at = target.getBoundingClientRect()
  const size = tip.getBoundingClientRect()
  const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 8)
  const above = at.top - size.height - 6
  tip.style.left = `${left}px`
  tip.style.top = `${above > 4 ? above : at.bottom + 6}px`
  owner = target
  target.setAttribute('aria-describedby', kId)
}

function hide(): void {
  clearTimeout(timer)
  if (box) box.style.display = 'none'
  owner?.removeAttribute('aria-describedby')
  owner = null
}

function enter(event: Event): void {
  const target = event.currentTarget as HTMLElement
  clearTimeout(timer)
  timer = setTimeout(() => show(target), event.type === 'focusin' ? 0 : 350)
}
function focus(event: Event): void {
  if ((event.target as HTMLElement).matches(':focus-visible')) enter(event)
}

/** Tooltips of many cells by one pair of listeners on what holds them: `text` is asked when a `[data-cell]` is pointed at. */
export const vTips: Directive<HTMLElement, (cell: HTMLElement) => string> = {
  mounted(target, binding) {
    asked.set(target, binding.value)
    const over = (event: Event): void => {
      const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')
      if (!cell || cell === pointed) return
      hide()
      pointed = cell
      timer = setTimeout(
        () => {
          texts.set(cell, asked.get(target)?.(cell) ?? '')
          show(cell)
        },
        event.type === 'focusin' ? 0 : 350,
      )
    }
    const out = (event: Event): void => {
      const next = (event as PointerEvent | FocusEvent).relatedTarget as HTMLElement | null
      if (next && pointed?.contains(next)) return
      pointed = null
      hide()
    }
    target.addEventListener('pointerover', over)
    target.addEventListener('pointerout', out)
    target.addEventListener('pointerdown', hide)
    target.addEventListener('focusin', (event) => (event.target as HTMLElement).matches(':focus-visible') && over(event))
    target.addEventListener('focusout', out)
  },
  updated(target, binding) {
    asked.set(target, binding.value)
  },
  beforeUnmount() {
    pointed = null
    hide()
  },
}

export const vTip: Directive<HTMLElement, string | null | undefined> = {
  mounted(target, binding) {
    texts.set(target, binding.value ?? '')
    target.addEventListener('pointerenter', enter)
    target.addEventListener('pointerleave', hide)
    target.addEventListener('pointerdown', hide)
    target.addEventListener('focusin', focus)
    target.addEventListener('focusout', hide)
  },
  updated(target, binding) {
    texts.set(target, binding.value ?? '')
  },
  beforeUnmount(target) {
    if (owner === target) hide()
    else clearTimeout(timer)
  },
}
