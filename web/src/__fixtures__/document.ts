/** A made-up Document of every widget kind, for tests and for looking at the page without a server. */
import type { Head, ListData, Measure, Member, Value } from '@/api/document'
import { addMonths, day } from '@/format/days'
import { toNumber } from '@/format/number'

export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export const measures: Record<string, Measure> = {
  created: { id: 'created', label: 'Создано сделок', definition: 'Сделки, созданные в периоде. Дата: создание.', format: 'integer', unit: '', direction: 'up', additive: true },
  won: { id: 'won', label: 'Успешные', definition: 'Сделки, дошедшие до успеха в периоде. Дата: закрытие.', format: 'integer', unit: '', direction: 'up', additive: true },
  amount: { id: 'amount', label: 'Сумма успешных', definition: 'Сумма успешных сделок. Дата: закрытие.', format: 'money', unit: 'RUB', direction: 'up', additive: true },
  average: { id: 'average', label: 'Средний чек', definition: 'Сумма успешных, делённая на успешные с суммой.', format: 'money', unit: 'RUB', direction: 'up', additive: false },
  conversion: { id: 'conversion', label: 'Конверсия периода', definition: 'Успешные / созданные.', format: 'percent', unit: '', direction: 'up', additive: false },
  cycle: { id: 'cycle', label: 'Цикл сделки', definition: 'Среднее от создания до закрытия успешных.', format: 'duration', unit: 's', direction: 'down', additive: false },
  lost: { id: 'lost', label: 'Проваленные', definition: 'Дошли до провала. Дата: закрытие.', format: 'integer', unit: '', direction: 'down', additive: true },
  work: { id: 'work', label: 'В работе из созданных', definition: 'Созданы в периоде и ещё в работе.', format: 'integer', unit: '', direction: 'neutral', additive: true },
  forgotten: { id: 'forgotten', label: 'Забытые сделки', definition: 'В работе, без признаков жизни больше 14 дней.', format: 'integer', unit: '', direction: 'down', additive: true },
  days: { id: 'days', label: 'Дней на этапе', definition: 'Среднее по карточкам, которые сейчас на этапе.', format: 'duration', unit: 's', direction: 'down', additive: false },
}
const list = (...ids: string[]): Measure[] => ids.map((id) => measures[id] as Measure)

export const people: Member[] = ['Анна Смирнова', 'Игорь Ковалёв', 'Мария Белова', 'Олег Никитин', 'Денис Орлов', 'Екатерина Жукова', 'Павел Гусев', 'Светлана Лебедева', 'Тимур Ахметов'].map(
  (label, index) => ({ id: String(index + 2), label, parent: index < 4 ? '3' : index < 7 ? '4' : '5', ...(index === 6 && { extra: 'inactive' }) }),
)
export const departments: Member[] = [
  { id: '1', label: 'ООО «Ромашка»' },
  { id: '3', label: 'Отдел продаж Москва', parent: '1' },
  { id: '4', label: 'Отдел продаж Казань', parent: '1' },
  { id: '5', label: 'Партнёрский канал', parent: '1' },
]
export const pipelines: Member[] = [
  { id: '0', label: 'Общая' },
  { id: '5', label: 'Повторные продажи' },
  { id: '7', label: 'Производство' },
]
export const stages: Member[] = ['Новая', 'Квалификация', 'Коммерческое предложение', 'Переговоры', 'Договор', 'Предоплата'].map((label, index) => ({
  id: `C0:${index}`,
  label,
  color: ['#39a8ef', '#2fc6f6', '#55d0e0', '#47e4c2', '#ffa900', '#7bd500'][index] ?? null,
}))

export function value(random: () => number, measure: Measure, compare: boolean, scale = 1): Value {
  const make = (): number | string => {
    const r = 0.35 + random()
    if (measure.format === 'money') return (Math.round(r * 2_450_000 * scale * 100) / 100).toFixed(2)
    if (measure.format === 'percent') return Math.min(0.95, r * 0.22)
    if (measure.format === 'duration') return Math.round(r * 86400 * 14)
    return Math.round(r * 130 * scale)
  }
  const v = make()
  if (!compare) return measure.format === 'percent' ? { v, n: Math.round(40 * scale) } : { v }
  const base = make()
  const now = toNumber(v) ?? 0
  const was = toNumber(base) ?? 0
  return { v, base, delta: measure.format === 'money' ? (now - was).toFixed(2) : now - was, delta_pct: was ? (now - was) / was : null, ...(was === 0 && { new: true }) }
}

export function head(changes: Partial<Head> = {}): Head {
  return {
    report: 'sales_dynamics',
    title: 'Динамика продаж',
    language: 'ru',
    portal: { id: 'demo', name: 'Ромашка', kind: 'bitrix24', zone: 'Europe/Moscow', currency: 'RUB', has_leads: true },
    period: { from: '2026-10-01', to: '2027-01-01', label: 'IV квартал 2026', preset: 'this_quarter', unfinished: true },
    comparison: null,
    as_of: '2026-11-22',
    data_version: 1,
    current_at: '2026-11-22T11:32:10Z',
    selections: [],
    filters: [
      { dimension: 'pipeline', label: 'Воронка', kind: 'list', place: 'top' },
      { dimension: 'employee', label: 'Отдел и сотрудник', kind: 'tree', place: 'top' },
      { dimension: 'source', label: 'Источник', kind: 'list', place: 'top' },
      { dimension: 'amount', label: 'Сумма', kind: 'range', place: 'side' },
      { dimension: 'deal_type', label: 'Тип сделки', kind: 'list', place: 'side' },
    ],
    switches: [
      {
        id: 'matrix_of',
        label: 'В работе',
        value: 'created',
        options: [
          { id: 'created', label: 'Созданные в периоде' },
          { id: 'open', label: 'Все открытые' },
        ],
      },
    ],
    history: { months: Array.from({ length: 36 }, (_, index) => ({ from: addMonths('2023-12-01', index), count: Math.round(60 + 50 * Math.sin(index / 2) + index * 2) })) },
    empty_because: null,
    sections: [
      { id: 'deals', title: 'Сделки', widgets: [{ id: 'deal_cards', kind: 'cards', title: 'Сделки за период', width: 12 }] },
      {
        id: 'repeat',
        title: 'Новые и повторные продажи',
        widgets: [
          { id: 'repeat', kind: 'series', title: 'Новые и повторные', width: 8, cross: 'month', state: { grain: 'month', grains: ['month', 'quarter', 'year'] } },
          { id: 'share', kind: 'donut', title: 'По воронкам', width: 4, cross: 'pipeline' },
        ],
      },
      {
        id: 'dynamics',
        title: 'Динамика',
        widgets: [
          {
            id: 'dynamics',
            kind: 'series',
            title: 'Динамика показателя',
            width: 12,
            cross: 'month',
            hint: 'Любой показатель по времени',
            state: {
              measure: 'amount',
              measures: [
                { id: 'amount', label: 'Сумма успешных' },
                { id: 'won', label: 'Успешные' },
                { id: 'conversion', label: 'Конверсия периода' },
              ],
              grain: 'month',
              grains: ['month', 'quarter', 'year'],
            },
          },
          { id: 'by_person', kind: 'series', title: 'Динамика по сотрудникам', width: 12, cross: 'employee', state: { grain: 'month', grains: ['month', 'quarter', 'year'], level: 0, levels: [{ dimension: 'employee', label: 'Сотрудник' }, { dimension: 'department', label: 'Отдел' }] } },
        ],
      },
      { id: 'people', title: 'По отделам и сотрудникам', widgets: [{ id: 'by_employee', kind: 'table', title: 'Показатели сотрудников', width: 12, cross: 'employee', state: { levels: [{ dimension: 'department', label: 'Отдел' }, { dimension: 'employee', label: 'Сотрудник' }] } }] },
      {
        id: 'list',
        title: 'Возраст и список сделок',
        widgets: [
          { id: 'by_age', kind: 'bars', title: 'Длительность сделок', width: 6, cross: 'age' },
          { id: 'stage_count', kind: 'bars', title: 'Количество сделок по этапам', width: 6, cross: 'stage', state: { level: 0, levels: [{ dimension: 'stage', label: 'Этап' }, { dimension: 'employee', label: 'Сотрудник' }] } },
          { id: 'all_deals', kind: 'list', title: 'Список всех сделок', width: 12, state: { order: { by: 'days_on_stage', descending: true }, filter_dimensions: [{ dimension: 'stage', label: 'Этап' }] } },
        ],
      },
      { id: 'stages', title: 'Этапы', widgets: [{ id: 'deal_matrix', kind: 'matrix', title: 'Сделки: воронка, этап и сотрудник', width: 12, cross: 'stage', state: { levels: [{ dimension: 'pipeline', label: 'Воронка' }, { dimension: 'stage', label: 'Этап' }] } }] },
    ],
    ...changes,
  }
}

const kMonths = ['янв', 'фев', 'мар', 'апр', 'май', 'июн', 'июл', 'авг', 'сен', 'окт', 'ноя', 'дек']

/** Data of one widget of the head above. */
export function widgetData(id: string, options: { compare?: boolean; seed?: number; measure?: string; offset?: number; limit?: number } = {}): unknown {
  const { compare = false, seed = 7 } = options
  const r = random(seed + [...id].reduce((sum, char) => sum + char.charCodeAt(0), 0))
  const points = kMonths.map((label, index) => ({ id: day(2026, index + 1), label: `${label} 2026`, ...(index === 10 && { partial: true }) }))
  const row = (member: Member, ...ids: string[]) => ({ member, values: list(...ids).map((one) => value(r, one, compare)) })
  switch (id) {
    case 'deal_cards': {
      const all = list('created', 'won', 'amount', 'average', 'cycle', 'conversion', 'work', 'lost', 'forgotten')
      return { measures: all, cards: all.map((one) => ({ measure: one.id, value: value(r, one, compare, 8), spark: points.map(() => toNumber(value(r, one, false).v)) })) }
    }
    case 'repeat':
      return {
        measures: list('amount'),
        chart: 'stacked',
        dimension: 'month',
        points,
        series: ['Новые', 'Повторные'].map((label, index) => ({ id: String(index), label, measure: 'amount', values: points.map(() => value(r, measures['amount']!, compare)) })),
        series_dimension: null,
      }
    case 'share':
      return { measures: list('amount'), dimension: 'pipeline', rows: pipelines.map((one) => row(one, 'amount')), others: null, total: value(r, measures['amount']!, compare, 3) }
    case 'dynamics': {
      const one = measures[options.measure ?? 'amount'] ?? measures['amount']!
      const values = points.map(() => value(r, one, compare, 5))
      const numbers = values.map((each) => toNumber(each.v) ?? 0)
      return {
        measures: [one],
        chart: 'bar',
        dimension: 'month',
        points,
        series: [
          {
            id: one.id,
            label: one.label,
            measure: one.id,
            values,
            moving_average: numbers.map((_, at) => (at < 2 ? null : (numbers[at]! + numbers[at - 1]! + numbers[at - 2]!) / 3)),
            trend: numbers.map((_, at) => numbers[0]! + ((numbers.at(-1)! - numbers[0]!) * at) / 11),
          },
        ],
        series_dimension: null,
      }
    }
    case 'by_person':
      return { measures: list('amount'), chart: 'line', dimension: 'month', points, series: people.slice(0, 6).map((one) => ({ id: one.id, label: one.label, measure: 'amount', values: points.map(() => value(r, measures['amount']!, compare)) })), series_dimension: 'employee' }
    case 'by_employee': {
      const ids = ['created', 'won', 'amount', 'average', 'conversion', 'cycle', 'work', 'lost', 'forgotten']
      return {
        measures: list(...ids),
        levels: [
          { dimension: 'department', label: 'Отдел' },
          { dimension: 'employee', label: 'Сотрудник' },
        ],
        rows: departments.slice(1).map((one) => ({ ...row(one, ...ids), expandable: true, rows: people.filter((person) => person.parent === one.id).map((person) => row(person, ...ids)) })),
        total: list(...ids).map((one) => value(r, one, compare, 4)),
      }
    }
    case 'by_age':
      return { measures: list('won', 'lost', 'work'), dimension: 'age', rows: ['до 1 мес.', '1–3 мес.', '3–6 мес.', '6–12 мес.', '1–2 года', '2–5 лет'].map((label, index) => row({ id: String(index), label }, 'won', 'lost', 'work')), others: null }
    case 'stage_count':
      return { measures: list('work'), dimension: 'stage', rows: stages.map((one) => row(one, 'work')), others: null }
    case 'deal_matrix': {
      const ids = ['work', 'amount', 'days']
      const cells = () => people.slice(0, 7).map(() => (r() < 0.1 ? null : list(...ids).map((one) => value(r, one, false, 0.1))))
      const line = (member: Member) => ({ member, cells: cells(), total: list(...ids).map((one) => value(r, one, false, 1)) })
      return {
        measures: list(...ids),
        column_dimension: 'employee',
        columns: people.slice(0, 7),
        levels: [
          { dimension: 'pipeline', label: 'Воронка' },
          { dimension: 'stage', label: 'Этап' },
        ],
        rows: pipelines.map((one) => ({ ...line(one), expandable: true, rows: stages.map(line) })),
        total: { cells: cells(), total: list(...ids).map((one) => value(r, one, false, 3)) },
      }
    }
    case 'all_deals':
      return listPage(options.offset ?? 0, options.limit ?? 100)
    default:
      return { text: '' }
  }
}

export function listPage(offset: number, limit: number, total = 12_345): ListData {
  return {
    columns: [
      { id: 'title', label: 'Сделка', format: 'text' },
      { id: 'client', label: 'Клиент', format: 'member' },
      { id: 'amount', label: 'Сумма', format: 'money', unit: 'RUB' },
      { id: 'stage', label: 'Этап', format: 'member' },
      { id: 'employee', label: 'Сотрудник', format: 'member' },
      { id: 'days_on_stage', label: 'Дней на этапе', format: 'integer' },
      { id: 'next_step', label: 'Следующий шаг', format: 'date' },
      { id: 'last_comment', label: 'Последний комментарий', format: 'text' },
    ],
    rows: Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, index) => {
      const at = offset + index
      return {
        id: String(at),
        link: `https://portal.example/crm/deal/details/${at}/`,
        cells: [
          `Внедрение CRM №${at}`,
          { id: String(at % 50), label: `ООО «Горизонт-${at % 50}»` },
          String((at * 7919) % 900_000),
          stages[at % 6] ?? null,
          people[at % 9] ?? null,
          at % 90,
          at % 3 ? `2026-11-${String((at % 27) + 1).padStart(2, '0')}` : null,
          at % 2 ? 'Клиент просит скидку, ждём решения до пятницы' : null,
        ],
      }
    }),
    total,
    offset,
    totals: { amount: '5123456789.00' },
  }
}
