/** Keys of a grid: one stop for Tab, arrows move between cells, Home and End along a row. Cells are marked `data-cell="row:column"`. */
import { ref, type Ref } from 'vue'

export function useGridKeys(grid: Ref<HTMLElement | null>) {
  const active = ref('1:0')
  const cell = (key: string): HTMLElement | null => grid.value?.querySelector<HTMLElement>(`[data-cell="${key}"]`) ?? null
  /** Cells of a row in their order; the head of a matrix has fewer than its body. */
  const cellsOf = (row: number): { column: number; element: HTMLElement }[] =>
    [...(grid.value?.querySelectorAll<HTMLElement>(`[data-cell^="${row}:"]`) ?? [])]
      .map((element) => ({ column: Number(element.dataset['cell']?.split(':')[1]), element }))
      .sort((one, two) => one.column - two.column)

  function onFocus(event: FocusEvent): void {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')?.dataset['cell']
    if (key) active.value = key
  }
  function target(key: string, row: number, column: number): HTMLElement | null {
    const line = cellsOf(row)
    switch (key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const next = row + (key === 'ArrowDown' ? 1 : -1)
        return cell(`${next}:${column}`) ?? cellsOf(next).filter((one) => one.column <= column).at(-1)?.element ?? null
      }
      case 'ArrowRight':
        return line.find((one) => one.column > column)?.element ?? null
      case 'ArrowLeft':
        return line.filter((one) => one.column < column).at(-1)?.element ?? null
      case 'Home':
        return line[0]?.element ?? null
      case 'End':
        return line.at(-1)?.element ?? null
      default:
        return null
    }
  }
  function onKey(event: KeyboardEvent): void {
    const now = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')
    if (!now) return
    const [row = 0, column = 0] = (now.dataset['cell'] ?? '').split(':').map(Number)
    const next = target(event.key, row, column)
    if (!next) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  return { active, onFocus, onKey }
}
