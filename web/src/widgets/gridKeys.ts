/** Keys of a grid: one stop for Tab, arrows move between cells, Home and End along a row. Cells are marked `data-cell="row:column"`. */
import { ref, type Ref } from 'vue'

export function useGridKeys(grid: Ref<HTMLElement | null>) {
  const active = ref('0:0')
  const cell = (key: string): HTMLElement | null => grid.value?.querySelector<HTMLElement>(`[data-cell="${key}"]`) ?? null

  function onFocus(event: FocusEvent): void {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')?.dataset['cell']
    if (key) active.value = key
  }
  function onKey(event: KeyboardEvent): void {
    const now = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')
    const [row = 0, column = 0] = (now?.dataset['cell'] ?? '').split(':').map(Number)
    if (!now) return
    let next: string | null = null
    if (event.key === 'ArrowDown') next = `${row + 1}:${column}`
    else if (event.key === 'ArrowUp') next = `${row - 1}:${column}`
    else if (event.key === 'ArrowRight') next = `${row}:${column + 1}`
    else if (event.key === 'ArrowLeft') next = `${row}:${column - 1}`
    else if (event.key === 'Home') next = `${row}:0`
    else if (event.key === 'End') {
      const all = grid.value?.querySelectorAll<HTMLElement>(`[data-cell^="${row}:"]`)
      next = all?.[all.length - 1]?.dataset['cell'] ?? null
    }
    const target = next && cell(next)
    if (!target) return
    event.preventDefault()
    target.focus()
    target.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  return { active, onFocus, onKey }
}
