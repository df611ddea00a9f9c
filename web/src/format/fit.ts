/** How many of a row's pieces fit, in order, when what is left over must be told by a piece of its own (`more` wide). Pure; CSS pixels. */
export function fitting(widths: number[], gap: number, room: number, more: number): number {
  let used = -gap
  for (const width of widths) used += gap + width
  if (used <= room) return widths.length
  used = more
  let count = 0
  for (const width of widths) {
    used += gap + width
    if (used > room) break
    count++
  }
  return count
}
