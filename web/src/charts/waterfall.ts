/** Where the bars of a waterfall stand on their common axis. Pure. */
export interface Step {
  sign: number
  from: number
  to: number
}

/** Left edge and width of each bar, and where it ends, in percent of the axis. Where much stands and little changes, the axis begins a
 * little under the least end, so that changes are seen; the wholes are cut there. */
export function waterfallPlaces(bars: Step[]): { left: number; width: number; end: number }[] {
  const ends = bars.flatMap((bar) => (bar.sign === 0 ? [bar.to] : [bar.from, bar.to]))
  const least = Math.min(...ends), most = Math.max(...ends)
  const low = least > 0 && most - least < least * 0.5 ? Math.max(0, least - (most - least || least) * 0.35) : Math.min(0, least)
  const high = Math.max(low + 1e-9, 0, most)
  const place = (value: number): number => ((Math.max(low, value) - low) / (high - low)) * 100
  return bars.map((bar) => {
    const from = place(bar.from), to = place(bar.to)
    return { left: Math.min(from, to), width: Math.abs(to - from), end: to }
  })
}
