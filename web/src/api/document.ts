/**
 * The Document (docs/document.md) under the names that the app uses. Its home is schemas/openapi.yaml, from which types.ts is
 * generated; here stand only short names, and what is the browser's own. Nothing here knows a measure, a report or a widget by name.
 */
import type { components } from '@/api/types'

type Schemas = components['schemas']

export type Language = Schemas['Language']
/** A member's id; `null` is the member "none". Ids are text, always. */
export type MemberId = Schemas['MemberId']
export type Member = Schemas['Member']
export type AskedWith = Schemas['AskedWith']
export type Filter = Schemas['Filter']
export type Cross = Schemas['CrossSelection']
export type PathStep = Schemas['PathStep']
export type Order = Schemas['Order']
export type Narrowing = Schemas['Narrowing']
export type RecordPage = Schemas['RecordPage']
/** What a column of records holds: members with their counts, or the span of its numbers or days. */
export type ColumnValues = Pick<RecordPage, 'values' | 'span'>
export type WidgetChoice = Schemas['Choice']
export type WidgetState = Schemas['WidgetState']
export type Level = Schemas['Level']
export type Selection = Schemas['Selection']
export type FilterPlace = Schemas['FilterOffer']
export type Switch = Schemas['Switch']
export type Head = Schemas['Document']
export type Section = Head['sections'][number]

/** A number with its comparison. Money is a decimal string, a ratio 0..1, a duration seconds, `null` is nothing. */
export type Value = Schemas['WidgetValue']
/** `format` says how a number of it is written; a unit may be missing where a chart only needs a name. */
export type Measure = Pick<Schemas['WidgetMeasure'], 'id' | 'label' | 'request'> & Partial<Omit<Schemas['WidgetMeasure'], 'id' | 'label' | 'request' | 'format' | 'unit'>> & { format: string; unit?: string | null }

/** Half-open days. */
export interface Day {
  from: string
  to: string
}

/** Any widget; `data` is told apart by `kind` where it is drawn. */
export type WidgetKind = Schemas['Widget']['kind']
export type Widget = Schemas['WidgetCommon'] & { kind: WidgetKind; data?: unknown }

export type CardsData = Schemas['CardsData']
export type Point = Schemas['SeriesPoint']
export type Series = Schemas['SeriesLine']
export type SeriesData = Schemas['SeriesData']
export type BarsData = Schemas['BarsData']
export type ScatterData = Schemas['ScatterData']
export type FunnelData = Schemas['FunnelData']
export type ChangeRow = Schemas['ChangeRow']
export type ChangesData = Schemas['ChangesData']
export type ExplanationData = Schemas['ExplanationData']
export type WaterfallData = Schemas['WaterfallData']
export type CurveData = Schemas['CurveData']
export type TableRow = Schemas['TreeRow']
export type TableData = Schemas['TreeTableData']
export type MatrixRow = Schemas['MatrixRow']
export type MatrixData = Schemas['MatrixData']
export type Cell = Schemas['TableCell']
export type ListColumn = Schemas['ListColumn']
export type ListRow = Schemas['ListRow']
export type ListData = Schemas['ListData']

/** What a number was computed from: enough to ask the server for its rows. */
export interface CellReference {
  measure: Measure
  values: Record<string, MemberId>
  asked: AskedWith | null | undefined
  /** The number itself, repeated in the head of the panel. */
  value?: Value | undefined
  /** Text for the head of the records panel. */
  title: string
}

export type Problem = Omit<Schemas['Diagnostic'], 'nearest' | 'place'> & { place?: string | null; nearest?: string[] | string | null; request_id?: string | null; status?: number }

export type WidgetLine = { widget: string; data: unknown; state?: WidgetState; error?: undefined } | { widget: string; error: Problem; data?: undefined; state?: WidgetState }
export type StreamLine =
  | WidgetLine
  | { end: true; ms: number }
