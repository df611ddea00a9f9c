/** Colours that a canvas needs as values. The same palette stands in style.css for everything drawn with CSS. */
export interface ChartTheme {
  dark: boolean
  palette: string[]
  text: string
  muted: string
  line: string
  card: string
  ghost: string
  font: string
}

export const kPalette = {
  light: ['#2e74f0', '#0f9d8a', '#c9780a', '#8358e0', '#d1477b', '#4d8f1d', '#0d8fc2', '#8a6d3b', '#6b7683', '#b0413e'],
  dark: ['#5b9bff', '#35c4b0', '#f0a63c', '#a98bff', '#f07aa8', '#86c94d', '#4bbde8', '#c5a673', '#9aa5b1', '#e5837f'],
}

export function chartTheme(dark: boolean): ChartTheme {
  return dark
    ? { dark, palette: kPalette.dark, text: '#e8eaed', muted: '#a4adb8', line: '#30363d', card: '#1b1e23', ghost: '#5a6470', font: kFont }
    : { dark, palette: kPalette.light, text: '#1d2530', muted: '#5b6673', line: '#e4e9ee', card: '#ffffff', ghost: '#aab4c0', font: kFont }
}

const kFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", "DejaVu Sans", Arial, sans-serif'

/** A member's own colour when the CRM gives one (`#rrggbb`), else the palette's by place. */
export function colorAt(theme: ChartTheme, index: number, own?: string | null): string {
  if (own && /^#[0-9a-f]{6}$/i.test(own)) return own
  return theme.palette[index % theme.palette.length] ?? '#888888'
}

/** Colours of measures side by side: where just one is better the more and just one the worse, they are green and red; else by place. */
export function measureColors(theme: ChartTheme, measures: readonly { direction?: string | null }[]): string[] {
  const count = (direction: string): number => measures.filter((one) => one.direction === direction).length
  if (count('up') !== 1 || count('down') !== 1) return measures.map((_, index) => colorAt(theme, index))
  let plain = 0
  return measures.map((one) => (one.direction === 'up' ? colorAt(theme, 5) : one.direction === 'down' ? colorAt(theme, 9) : colorAt(theme, [0, 3, 6][plain++ % 3] ?? 0)))
}

export function fade(color: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  return `rgba(${r},${g},${b},${alpha})`
}
