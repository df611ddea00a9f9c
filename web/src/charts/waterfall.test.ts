import { describe, expect, it } from 'vitest'
import { waterfallPlaces } from '@/charts/waterfall'

const round = (bars: ReturnType<typeof waterfallPlaces>): number[][] => bars.map((bar) => [bar.left, bar.width, bar.end].map((one) => Number(one.toFixed(2))))

describe('bars from one whole to another', () => {
  it('begin where the former ended, also under nothing', () => {
    expect(round(waterfallPlaces([{ sign: 0, from: 0, to: 50 }, { sign: 1, from: 50, to: 100 }, { sign: -1, from: 100, to: 20 }, { sign: 0, from: 0, to: 20 }]))).toEqual([[0, 50, 50], [50, 50, 100], [20, 80, 20], [0, 20, 20]])
    expect(round(waterfallPlaces([{ sign: 0, from: 0, to: 50 }, { sign: -1, from: 50, to: -50 }, { sign: 0, from: 0, to: -50 }]))).toEqual([[50, 50, 100], [0, 100, 0], [0, 50, 0]])
  })
  it('are seen where much stands and little changes', () => {
    const bars = waterfallPlaces([{ sign: 0, from: 0, to: 1000 }, { sign: 1, from: 1000, to: 1020 }, { sign: 0, from: 0, to: 1020 }])
    expect(bars[1]?.width).toBeGreaterThan(60)
    expect(bars[0]?.width).toBeGreaterThan(10)
  })
  it('stand for nothing and for no change', () => {
    expect(round(waterfallPlaces([{ sign: 0, from: 0, to: 0 }, { sign: 0, from: 0, to: 0 }]))).toEqual([[0, 0, 0], [0, 0, 0]])
    expect(waterfallPlaces([{ sign: 0, from: 0, to: 7 }, { sign: 0, from: 0, to: 7 }]).every((bar) => Math.abs(bar.width - 100) < 1e-6)).toBe(true)
  })
})
