/** Reconciliation as the page shows it: pure helpers over the report, and one composable that follows a run. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, toProblem, type Check } from '@/api/client'
import type { Problem } from '@/api/document'
import type { components } from '@/api/types'

export type CheckReport = components['schemas']['CheckReport']
export type CheckLine = components['schemas']['CheckLine']
export type CheckFinding = components['schemas']['CheckFinding']
export type CheckVerdict = components['schemas']['CheckVerdict']

export const kFigures = ['count', 'amount', 'won', 'won_amount', 'lost', 'open'] as const
export type FigureName = (typeof kFigures)[number]
export const isMoney = (figure: FigureName): boolean => figure.endsWith('amount')

/** Decimal texts have two places: their difference in hundredths is exact where both are whole numbers of them. */
const hundredths = (value: number | string): bigint => {
  const text = String(value)
  const minus = text.startsWith('-')
  const [whole = '0', part = ''] = text.replace('-', '').split('.')
  const number = BigInt(whole) * 100n + BigInt((part + '00').slice(0, 2))
  return minus ? -number : number
}

export function crmValue(line: CheckLine, figure: FigureName): number | string {
  return figure === 'count' && line.crm_total !== null ? line.crm_total : line.crm[figure]
}

/** Ours minus the CRM's; 0 where they agree. */
export function difference(line: CheckLine, figure: FigureName): number {
  return Number(hundredths(line.ours[figure]) - hundredths(crmValue(line, figure))) / 100
}

export interface Block {
  entity: CheckLine['entity']
  months: { line: CheckLine; groups: CheckLine[]; findings: CheckFinding[] }[]
}

/** One block per kind of card, months newest first, each with the groups and the cards that differ. */
export function blocksOf(report: CheckReport): Block[] {
  const blocks: Block[] = []
  for (const entity of ['deal', 'lead', 'card'] as const) {
    const lines = report.figures.filter((line) => line.entity === entity)
    const months = lines
      .filter((line) => line.dimension === 'total')
      .sort((a, b) => b.month.localeCompare(a.month))
      .map((line) => ({
        line,
        groups: lines.filter((one) => one.month === line.month && one.dimension !== 'total' && !one.same),
        findings: report.findings.filter((one) => one.entity === entity && one.month === line.month),
      }))
    if (months.length) blocks.push({ entity, months })
  }
  return blocks
}

/** What both sides say of a field; null where a side has no such card. */
export function sides(finding: CheckFinding, field: string): { ours: string | null; crm: string | null } {
  const of = (card: CheckFinding['ours']): string | null => {
    if (!card) return null
    switch (field) {
      case 'pipeline':
        return card.pipeline.name
      case 'stage':
        return card.stage.name
      case 'owner':
        return card.employee.name
      case 'amount':
        return card.amount
      case 'currency':
        return card.currency
      case 'created':
        return card.created_at
      default:
        return null
    }
  }
  return { ours: of(finding.ours), crm: of(finding.crm) }
}

export function useCheck(portal: Ref<string>) {
  const check = shallowRef<Check | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const loading = ref(true)
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0

  async function load(): Promise<void> {
    clearTimeout(timer)
    const mine = ++round
    try {
      const next = await api.check(portal.value)
      if (mine !== round) return
      check.value = next
      problem.value = null
    } catch (error) {
      if (mine !== round) return
      problem.value = toProblem(error)
    }
    loading.value = false
    timer = setTimeout(() => void load(), check.value?.running ? 700 : 20_000)
  }
  async function start(months: number, repair: boolean): Promise<void> {
    const last = check.value?.report
    try {
      // A repair is of the months that were looked at.
      await api.startCheck(portal.value, repair && last ? { from: last.from, to: last.to, repair } : { months, repair })
      await load()
    } catch (error) {
      problem.value = toProblem(error)
    }
  }
  watch(
    portal,
    () => {
      check.value = null
      loading.value = true
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    ++round
    clearTimeout(timer)
  })
  return { check, problem, loading, load, start }
}
