import { describe, expect, it } from 'vitest'
import { createTurns } from '@/state/turns'

function make() {
  const drawn: string[] = []
  const told: number[] = []
  const resting: (() => void)[] = []
  const turns = createTurns(
    (waiting) => told.push(waiting),
    (callback) => resting.push(callback),
  )
  const draw = (id: string, inSight: boolean, what = id): void => turns.draw(id, inSight, () => drawn.push(what))
  const rest = (): void => resting.shift()?.()
  return { turns, drawn, told, resting, draw, rest }
}

describe('turns', () => {
  it('draws what is in sight at once and the rest one by one, in their order', () => {
    const { drawn, draw, rest, told } = make()
    draw('below', false)
    draw('seen', true)
    draw('further', false)
    expect(drawn).toEqual(['seen'])
    rest()
    expect(drawn).toEqual(['seen', 'below'])
    rest()
    expect(drawn).toEqual(['seen', 'below', 'further'])
    expect(told).toEqual([1, 0])
  })

  it('draws the last of several answers, once', () => {
    const { drawn, draw, rest, resting } = make()
    draw('below', false, 'dimmed')
    draw('below', false, 'new')
    expect(resting.length).toBe(1)
    rest()
    rest()
    expect(drawn).toEqual(['new'])
  })

  it('what comes into sight waits no longer; an answer in sight is not followed by an older one', () => {
    const { turns, drawn, draw, rest } = make()
    draw('below', false, 'old')
    draw('below', true, 'new')
    rest()
    expect(drawn).toEqual(['new'])
    draw('far', false)
    turns.now('far')
    expect(drawn).toEqual(['new', 'far'])
    expect(turns.waiting()).toBe(0)
  })

  it('before printing everything is drawn; what is gone is not', () => {
    const { turns, drawn, draw, rest, told } = make()
    draw('a', false)
    draw('b', false)
    draw('gone', false)
    turns.forget('gone')
    turns.all()
    rest()
    expect(drawn).toEqual(['a', 'b'])
    expect(told.at(-1)).toBe(0)
  })
})
