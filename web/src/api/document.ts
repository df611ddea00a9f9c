/**
 * The Document (docs/document.md) as the browser receives it: numbers are not formatted, texts are already in the reader's
 * language. Nothing here knows a measure, a report or a widget by name.
 */
export type Language = 'ru' | 'en'
/** A member's id; `null` is the member "none". Ids are text, always. */
export type MemberId = string | null

export interface Member {
  id: MemberId
  label: string
  parent?: string | null
  photo?: string | null
  color?: string | null
  extra?: string | null
  /** The rest beyond a limit: a figure, not a member that can be chosen. */
  others?: boolean
}

/** What the numbers of a widget were asked with: records of a cell repeat it. */
export interface AskedWith {
  period?: { from: string; to: string } | null
  filters?: Filter[]
  cross_filters?: Filter[]
  as_of?: string | null
}

export interface Measure {
  id: string
  label: string
  definition?: string
  /** `integer money percent duration days decimal`: how a number of it is written. */
  format: string
  unit?: string | null
  /** Whether growth is good: `up`, `down` or `none`. */
  direction?: string | null
  additive?: boolean
  /** How a request names it: its id, or an object with arguments. */
  request?: unknown
}

/** A number with its comparison. Money is a decimal string, a ratio 0..1, a duration seconds, `null` is nothing. */
export interface Value {
  v: number | string | null
  base?: number | string | null
  delta?: number | string | null
  delta_pct?: number | null
  new?: boolean
  n?: number | null
  low?: number | null
  high?: number | null
}

export interface Day {
  from: string
  to: string
}

export interface Filter {
  dimension: string
  in?: MemberId[]
  not_in?: MemberId[]
  from?: string | number | null
  to?: string | number | null
}

export interface Cross {
  widget: string
  dimension: string
  in: MemberId[]
}

export interface PathStep {
  dimension: string
  id: MemberId
  label?: string
}

export interface Order {
  by: string
  descending?: boolean
}

export interface WidgetChoice {
  id: string
  label: string
}

/** What a widget echoes of its own state, with what may be chosen. Only the keys that the widget has. */
export interface WidgetState {
  measure?: string
  measures?: WidgetChoice[]
  grain?: string
  grains?: string[]
  level?: number
  levels?: { dimension: string; label: string }[]
  path?: PathStep[]
  expanded?: string[]
  order?: Order | null
  offset?: number
  limit?: number
  filters?: Filter[]
  /** Dimensions that the widget lets one filter for itself alone. */
  filter_dimensions?: { dimension: string; label: string }[]
  /** Switches of the report that change this widget. */
  switches?: string[]
}

export type WidgetKind = 'cards' | 'series' | 'bars' | 'donut' | 'table' | 'matrix' | 'list' | 'text'

export interface Widget {
  id: string
  kind: WidgetKind
  title: string
  hint?: string | null
  width: number
  cross?: string | null
  state?: WidgetState | null
  data?: unknown
}

export interface Section {
  id: string
  title: string
  widgets: Widget[]
}

export interface Selection {
  kind: 'filter' | 'cross'
  dimension: string
  label: string
  widget?: string | null
  members: Member[]
  exclude?: boolean
  from?: string | number | null
  to?: string | number | null
}

export interface FilterPlace {
  dimension: string
  label: string
  kind: 'list' | 'tree' | 'range'
  place: 'top' | 'side'
  /** Of a tree: the dimension whose members group its leaves by their `parent`. */
  groups?: string | null
}

export interface Switch {
  id: string
  label: string
  value: string
  options: WidgetChoice[]
}

export interface Portal {
  id: string
  name: string
  kind: string
  zone: string
  currency: string
  has_leads: boolean
}

export interface Head {
  report: string
  title: string
  language: Language
  portal: Portal
  period: Day & { label: string; preset?: string | null; unfinished?: boolean }
  comparison?: (Day & { kind: string; label: string }) | null
  as_of: string | null
  data_version: number
  current_at: string | null
  selections: Selection[]
  filters: FilterPlace[]
  switches: Switch[]
  history?: { months: { from: string; count: number }[] } | null
  empty_because?: { dimension: string; label: string; members: Member[] } | null
  sections: Section[]
}

export interface CardsData {
  request?: AskedWith | null
  measures: Measure[]
  cards: { measure: string; value: Value; spark?: (number | string | null)[] | null }[]
}

export interface Point {
  id: MemberId
  /** Short, for an axis; the whole name is the title. */
  label: string
  title?: string | null
  partial?: boolean
}

export interface Series {
  id: MemberId
  label: string
  measure: string
  values: Value[]
  /** The rest beyond a limit: cannot be clicked. */
  others?: boolean
  color?: string | null
  moving_average?: (number | string | null)[] | null
  trend?: (number | string | null)[] | null
}

export interface SeriesData {
  request?: AskedWith | null
  measures: Measure[]
  chart: 'bar' | 'line' | 'area' | 'stacked'
  dimension: string
  points: Point[]
  series: Series[]
  series_dimension?: string | null
}

export interface BarsData {
  request?: AskedWith | null
  measures: Measure[]
  dimension: string
  rows: { member: Member; values: Value[] }[]
  others?: { member?: Member; values: Value[] } | null
  total?: Value | Value[] | null
}

export interface Level {
  dimension: string
  label: string
}

export interface TableRow {
  member: Member
  values: Value[]
  expandable?: boolean
  rows?: TableRow[] | null
}

export interface TableData {
  request?: AskedWith | null
  measures: Measure[]
  levels: Level[]
  rows: TableRow[]
  total?: Value[] | null
}

export interface MatrixRow {
  member: Member
  expandable?: boolean
  /** Per column; null where the cell has nothing. */
  cells: (Value[] | null)[]
  total?: Value[] | null
  rows?: MatrixRow[] | null
}

export interface MatrixData {
  request?: AskedWith | null
  measures: Measure[]
  column_dimension: string
  columns: Member[]
  levels: Level[]
  rows: MatrixRow[]
  total?: { cells: (Value[] | null)[]; total?: Value[] | null } | null
}

export type Cell = string | number | boolean | null | Member

export interface ListColumn {
  id: string
  label: string
  format?: string | null
  unit?: string | null
  /** Of records: `integer money ratio duration day instant text member flag number`. */
  type?: string | null
}

export interface ListRow {
  id: string
  link?: string | null
  cells: Cell[]
}

export interface ListData {
  request?: AskedWith | null
  columns: ListColumn[]
  rows: ListRow[]
  total: number
  offset: number
  totals?: Record<string, string | number | null> | null
  measures?: Measure[]
}

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

export interface Problem {
  code: string
  message: string
  place?: string | null
  nearest?: string[] | string | null
  request_id?: string | null
  status?: number
}

export type StreamLine =
  | { widget: string; data: unknown; state?: WidgetState; error?: undefined }
  | { widget: string; error: Problem; data?: undefined; state?: WidgetState }
  | { end: true; ms: number }
