import { expect, it } from 'vitest'
import { chartTheme, measureColors } from '@/charts/theme'

const theme = chartTheme(false)
const of = (...directions: (string | undefined)[]) => measureColors(theme, directions.map((direction) => ({ direction: direction ?? null })))

it('won is green, lost is red, what is neither is the first colour', () => expect(of('up', 'down', undefined)).toEqual([theme.palette[5], theme.palette[9], theme.palette[0]]))
it('measures of one direction keep colours by place', () => expect(of('up', 'up')).toEqual([theme.palette[0], theme.palette[1]]))
it('a single measure keeps the first', () => expect(of('down')).toEqual([theme.palette[0]]))
