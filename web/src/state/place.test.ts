import { afterEach, describe, expect, it } from 'vitest'
import { placeOf } from '@/state/place'

afterEach(() => (document.body.innerHTML = ''))
const draw = (html: string): void => {
  document.body.innerHTML = html
}
const find = (selector: string): HTMLElement => document.querySelector(selector) as HTMLElement

describe('the place where the reader was', () => {
  it('is the element itself while it stands', () => {
    draw('<section data-widget="a"><td data-cell="1:2"></td><button class="figure">1</button></section>')
    const button = find('button')
    expect(placeOf(button)()).toBe(button)
  })
  it('is found by its cell after a redraw, by its order where it has no name', () => {
    const html = '<section data-widget="a"><div data-cell="1:1"></div><div data-cell="1:2" id="b"></div><button class="figure num">1</button><button class="figure num" id="c">2</button></section>'
    draw(html)
    const cell = placeOf(find('#b'))
    const button = placeOf(find('#c'))
    draw(html)
    expect(cell()).toBe(find('#b'))
    expect(button()).toBe(find('#c'))
  })
  it('falls back to the tools of the widget, and to nothing without one', () => {
    draw('<section data-widget="a"><div data-cell="9:9"></div><button data-test="focus"></button></section>')
    const gone = placeOf(find('[data-cell]'))
    draw('<section data-widget="a"><button data-test="focus"></button></section>')
    expect(gone()).toBe(find('[data-test=focus]'))
    draw('')
    expect(gone()).toBeNull()
    expect(placeOf(document.body)()).toBeNull()
  })
})
