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

/**
 * Widths of columns that show what their cells say: nineteen of twenty whole (`all`: every one), none wider than `most`. `words` per column are its
 * cells' texts, `measure` tells how wide a text is.
 */
export function fitColumns(columns: readonly { head: string; words: readonly string[]; extra: number; least: number; most: number; all?: boolean }[], measure: (text: string) => number): number[] {
  return columns.map(({ head, words, extra, least, most, all }) => {
    const widths = words.map(measure).sort((a, b) => a - b)
    const usual = widths[Math.min(widths.length - 1, all ? widths.length : Math.floor(widths.length * 0.95))] ?? 0
    const longest = Math.max(0, ...head.split(/\s+/).map(measure)) * 0.93 + 46
    return Math.round(Math.min(most, Math.max(least, usual + extra, longest)))
  })
}
