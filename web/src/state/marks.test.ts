import type { ComposerTranslation } from 'vue-i18n'
import { describe, expect, it } from 'vitest'
import type { Widget } from '@/api/document'
import { emptyState, type ReportState } from '@/state/address'
import type { ReportContext } from '@/state/context'
import { coarserGrain, drillsOf, finerGrain, sortedGrains } from '@/state/marks'

const t = ((key: string) => key) as unknown as ComposerTranslation
function context(): ReportContext & { state: ReportState } {
  const made = { state: emptyState(), report: { update: (change: (now: ReportState) => ReportState) => (made.state = change(made.state)) } }
  return made as unknown as ReportContext & { state: ReportState }
}
const levels = ['stage', 'pipeline', 'employee'].map((dimension) => ({ dimension, label: dimension }))
const chart: Widget = { id: 'c', kind: 'bars', title: '', width: 6, state: { level: 0, levels } }
const table: Widget = { id: 't', kind: 'matrix', title: '', width: 12, state: { levels: levels.slice(0, 2) } }
const line: Widget = { id: 's', kind: 'series', title: '', width: 12, state: { grain: 'quarter', grains: ['month', 'quarter', 'year'] } }

describe('breaking a mark down', () => {
  it('of a chart offers every other level and goes there', () => {
    const own = context()
    const drills = drillsOf(own, chart, 'stage', t)
    expect(drills.map((one) => one.label)).toEqual(['pipeline', 'employee'])
    drills[1]?.go('C1:NEW')
    expect(own.state.widgets['c']).toEqual({ path: [{ dimension: 'stage', id: 'C1:NEW' }], level: 2 })
  })
  it('does not go round in a ring', () => {
    const deep: Widget = { ...chart, state: { level: 2, levels, path: [{ dimension: 'stage', id: 'x', label: 'X' }] } }
    expect(drillsOf(context(), deep, 'employee', t).map((one) => one.label)).toEqual(['pipeline'])
  })
  it('of a nested table goes one level down', () => {
    const own = context()
    drillsOf(own, table, 'stage', t)[0]?.go(null)
    expect(own.state.widgets['t']).toEqual({ path: [{ dimension: 'stage', id: null }] })
    expect(drillsOf(own, table, 'pipeline', t)).toEqual([])
  })
  it('of time takes the next finer step', () => {
    const own = context()
    drillsOf(own, line, 'quarter', t)[0]?.go('2025-01-01')
    expect(own.state.widgets['s']).toEqual({ path: [{ dimension: 'quarter', id: '2025-01-01' }], grain: 'month' })
    expect([finerGrain(line.state!), coarserGrain(line.state!)]).toEqual(['month', 'year'])
    expect(sortedGrains(line.state!)).toEqual(['month', 'quarter', 'year'])
  })
})
