// The measures as ../shared/metrics.md defines them, computed in plain JavaScript from the company itself.
import { bucketOf, bucketsOf, convert, dayOf, moneyText } from './calendar.mjs'
import { pipelines, semanticOf } from './company.mjs'

/** Facts about a company that several measures need. */
export class Truth {
  constructor(company) {
    this.company = company
    this.zone = company.zone
    for (const card of [...company.deals, ...company.leads]) this.prepare(card)
    this.relate()
    this.touch()
  }
  /** Days on which people touched each card, and the steps planned on it: `done` is the day from which it is no more. */
  touch() {
    this.today = this.day(Date.now())
    for (const card of [...this.company.deals, ...this.company.leads]) {
      card.signs = card.visits.slice(1).filter((visit) => visit.at !== null).map((visit) => visit.day)
      card.steps = []
    }
    for (const { card, kind, created, deadline, completed } of this.company.activities) {
      if (!card) continue
      if (completed !== null) card.signs.push(this.day(completed))
      if (deadline === null && !['task', 'meeting', 'call'].includes(kind)) continue
      card.steps.push({ from: this.day(created), deadline: this.day(deadline), done: completed === null ? Infinity : this.day(completed) })
    }
    for (const { card, started } of this.company.calls) if (card) card.signs.push(this.day(started))
  }
  day(ms) { return ms === null ? null : dayOf(this.zone, ms) }

  prepare(card) {
    card.createdDay = this.day(card.created)
    for (const visit of card.visits) visit.day = this.day(visit.at)
    const semantics = card.visits.map((visit) => semanticOf(card.entity, visit))
    card.semantic = semantics.at(-1)
    // Closed = the last entry into S or F from a stage that is neither, if the card has stayed closed.
    card.closed = null
    if (card.semantic !== 'P') {
      let i = semantics.length - 1
      while (i > 0 && semantics[i - 1] !== 'P') --i
      card.closed = card.visits[i].at
    }
    card.closedDay = this.day(card.closed)
    card.won = card.semantic === 'S'
    card.lost = card.semantic === 'F'
    card.cycle = card.closed !== null && card.created !== null ? (card.closed - card.created) / 1000 : null
  }
  relate() {
    const { company } = this
    const clients = new Map(company.clients.map((client) => [`${client.kind}:${client.id}`, client]))
    for (const deal of company.deals) {
      const contact = deal.contact === null ? null : clients.get(`contact:${deal.contact}`)
      deal.client = deal.company !== null ? `company:${deal.company}` : contact === null ? null : contact.company ? `company:${contact.company}` : `contact:${contact.id}`
      deal.ofClient = deal.client === null ? null : clients.get(deal.client)
    }
    const byClient = Map.groupBy ? Map.groupBy(company.deals, (deal) => deal.client ?? deal) : group(company.deals, (deal) => deal.client ?? deal)
    for (const deals of byClient.values()) {
      const won = deals.filter((deal) => deal.won && deal.closed !== null).sort((a, b) => a.closed - b.closed)
      won.forEach((deal, i) => (deal.nth = i))
      for (const deal of deals) {
        if (deal.created === null) continue
        const earlier = deals.filter((other) => other !== deal && other.created !== null && other.created < deal.created)
        deal.repeatInquiry = earlier.length > 0 && !earlier.some((other) => other.won && other.closed !== null && other.closed < deal.created)
      }
    }
    const leads = new Map(company.leads.map((lead) => [lead.id, lead]))
    for (const lead of company.leads) lead.deals = []
    for (const deal of company.deals) if (deal.lead !== null) leads.get(deal.lead).deals.push(deal)
  }
  rate(currency, day) {
    if (currency === this.company.base) return '1'
    const copies = this.company.rates.filter((rate) => rate.currency === currency)
    return (copies.filter((copy) => copy.day <= day).at(-1) ?? copies[0]).rate
  }
  /** Cents in the base currency at the rate of `day`; null is unknown. */
  amount(item, day) { return item.amount === null ? null : convert(item.amount, this.rate(item.currency, day)) }

  /** The visit in which a card stood at the end of `day`; null before it was. */
  stand(card, day) {
    if (card.created === null) return null  // a card without any date is in no bounded period
    return card.visits.findLast((visit) => visit.day <= day) ?? null
  }
  /** Cards at the end of `day` (null: now), with the stage that they stood in. */
  standing(entity, day) {
    const rows = []
    for (const card of this.company[`${entity}s`]) {
      const visit = day === null ? card.visits.at(-1) : this.stand(card, day)
      if (visit) rows.push({ card, visit, semantic: semanticOf(entity, visit) })
    }
    return rows
  }
}
function group(items, key) {
  const groups = new Map()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

const inside = (day, period) => period === null || (day !== null && day >= period.from && day < period.to)
const shared = new Map()
for (const entity of ['deal', 'lead']) {
  for (const { name, stages } of pipelines[entity]) for (const [stage] of stages) shared.set(`${entity}/${stage}`, [...(shared.get(`${entity}/${stage}`) ?? []), name])
}
/** Stages that share an id between pipelines are told apart by their pipeline, a lead's and a deal's by their kind. */
const stageId = (entity, { pipeline, stage }) => {
  if (stage === null) return null
  const plain = shared.get(`${entity}/${stage}`).length > 1 ? `${pipeline}/${stage}` : stage
  return shared.has(`${entity === 'deal' ? 'lead' : 'deal'}/${stage}`) ? `${entity}:${plain}` : plain
}

/** A row of a measure: {day of its role, value, card, visit?}. Flow measures: `flow`; states: `state`, computed per moment. */
const created = (entity, keep = () => true, value = () => 1) => ({ entity, rows: (truth) => truth.company[`${entity}s`].filter(keep)
  .map((card) => ({ card, day: card.createdDay, value: value(truth, card) })) })
const closed = (entity, keep, value = () => 1) => ({ entity, rows: (truth) => truth.company[`${entity}s`].filter((card) => card.semantic !== 'P' && keep(card))
  .map((card) => ({ card, day: card.closedDay, value: value(truth, card) })) })
const inP = (_, row) => row.semantic === 'P'
const state = (entity, value = () => 1, keep = inP) => ({ entity, state: true, rows: (truth, day) => truth.standing(entity, day)
  .filter((row) => keep(truth, row, day)).map((row) => ({ ...row, value: value(truth, row.card, day) })) })
/** Of a card in work at the end of `day` (null: of today): planned steps that wait, a sign of life since then. */
const open = (truth, card, day, keep) => card.steps.some((step) => step.from <= (day ?? truth.today) && step.done > (day ?? truth.today) && keep(step))
const forgotten = (truth, { card, semantic }, day) => {
  const end = day ?? truth.today
  return semantic === 'P' && card.createdDay !== null && card.createdDay <= end - 14 && !card.signs.some((sign) => sign > end - 14 && sign <= end) &&
    !open(truth, card, day, (step) => step.deadline !== null && step.deadline >= end)
}
const overdue = (truth, { card, semantic }, day) => semantic === 'P' &&
  ((card.planned !== null && card.planned < (day ?? truth.today)) || open(truth, card, day, (step) => step.deadline !== null && step.deadline < (day ?? truth.today)))
const untouched = (truth, { card, visit, semantic }, day) => semantic === 'P' && visit.stage === pipelines.lead[0].stages[0][0] &&
  !card.signs.some((sign) => sign <= (day ?? truth.today))
/** What the deals of the 365 days until `day` tell of each stage: how long those that were won stood in it, and how many of those that entered it were won. */
const norms = (truth, day) => {
  const end = day ?? truth.today
  const held = (truth.norms ??= new Map())
  if (held.has(end)) return held.get(end)
  const norm = { stays: new Map(), entered: new Map(), won: new Map() }
  const add = (map, keys, value) => keys.forEach((key) => (map.get(key) ?? map.set(key, new Set()).get(key)).add(value))
  for (const deal of truth.company.deals) {
    const wonBy = deal.won && deal.closedDay !== null && deal.closedDay <= end
    deal.visits.forEach((visit, i) => {
      if (visit.stage === null || visit.at === null || semanticOf('deal', visit) !== 'P') return
      const keys = [`${visit.pipeline}/${visit.stage}`, visit.pipeline], next = deal.visits[i + 1]
      if (next && next.day > end - 365 && next.day <= end && wonBy && deal.closedDay >= next.day) add(norm.stays, keys, { seconds: (next.at - visit.at) / 1000 })
      if (visit.day > end - 365 && visit.day <= end) {
        add(norm.entered, keys, deal)
        if (wonBy) add(norm.won, keys, deal)
      }
    })
  }
  return held.set(end, norm).get(end)
}
const ofStage = (map, visit) => {
  const own = map.get(`${visit.pipeline}/${visit.stage}`)
  return own?.size >= 20 ? `${visit.pipeline}/${visit.stage}` : visit.pipeline
}
const stuck = (truth, { visit, semantic }, day) => {
  const { stays } = norms(truth, day), end = day ?? truth.today
  const seconds = [...(stays.get(ofStage(stays, visit)) ?? [])].map((stay) => stay.seconds).sort((a, b) => a - b)
  if (semantic !== 'P' || visit.stage === null || visit.at === null || seconds.length === 0) return false
  const place = (seconds.length - 1) * 0.8, low = Math.floor(place)
  const limit = seconds[low] + (place - low) * ((seconds[low + 1] ?? seconds[low]) - seconds[low])
  return (end - visit.day) * 86400 > limit
}
const weighted = (truth, { card, visit }, day) => {
  const { entered, won } = norms(truth, day), amount = truth.amount(card, day ?? now), of = ofStage(entered, visit)
  if (amount === null || visit.stage === null || !entered.has(of)) return null
  const whole = BigInt(entered.get(of).size), part = BigInt(won.get(of)?.size ?? 0)
  const share = (2n * (amount < 0n ? -amount : amount) * part + whole) / (2n * whole)
  return amount < 0n ? -share : share
}
const atDay = (name) => (truth, card) => truth.amount(card, card[name])
const now = 1e6  // a day behind every rate

const count = (of) => ({ kind: 'count', of })
const sum = (of) => ({ kind: 'sum', of })
const mean = (of) => ({ kind: 'mean', of })
const median = (of) => ({ kind: 'median', of })
const average = (of) => ({ kind: 'average', of })
const ratio = (numerator, denominator) => ({ kind: 'ratio', numerator, denominator })

const madeDeals = created('deal'), madeLeads = created('lead')
const wonDeals = closed('deal', (d) => d.won), lostDeals = closed('deal', (d) => d.lost)
const goodLeads = closed('lead', (l) => l.won), lostLeads = closed('lead', (l) => l.lost)
const firstWins = closed('deal', (d) => d.won && d.nth === 0), laterWins = closed('deal', (d) => d.won && d.nth > 0)
const withValue = (of, value) => ({ ...of, rows: (...args) => of.rows(...args).map((row) => ({ ...row, value: value(args[0], row.card, args[1]) })) })
/** Distinct cards that moved (entered a stage behind the first visit), or entered a stage at all. */
const visits = (entity, fromVisit) => ({ entity, distinct: true, rows: (truth) => truth.company[`${entity}s`].filter((card) => card.created !== null)
  .flatMap((card) => card.visits.map((visit, i) => ({ card, visit, i, day: visit.day, value: 1 }))
    .filter((row) => row.i >= fromVisit && row.visit.stage !== null)) })
const activities = (kind) => ({ entity: 'activity', rows: (truth) => [
  ...truth.company.activities.filter((a) => a.kind === kind && a.completed !== null).map((a) => ({ card: { owner: a.doer }, day: truth.day(a.completed), value: 1 })),
  // A call of a telephony list is an activity too.
  ...(kind === 'call' ? truth.company.calls.map((k) => ({ card: { owner: k.user }, day: truth.day(k.started), value: 1 })) : [])] })

/** One bar of what became of the cards in work between the day before the period and its last day. */
const bar = (id, name) => ({ kind: id.endsWith('_count') ? 'count' : 'sum', bar: name, id, args: { bar: name } })
const bars = ['opening', 'new', 'reopened', 'pipeline_in', 'pipeline_out', 'won', 'lost', 'entered', 'left', 'closing']

export const measures = {
  ...Object.fromEntries(['pipeline_change', 'pipeline_change_count'].flatMap((id) => bars.map((name) => [`${id}:${name}`, bar(id, name)]))),
  stage_moves: { kind: 'count', moves: true },
  'win_curve:60': { kind: 'curve', days: 60, id: 'win_curve', args: { days: 60 } },
  deals_created: count(madeDeals),
  created_amount: sum(withValue(madeDeals, atDay('createdDay'))),
  avg_created: average(withValue(madeDeals, atDay('createdDay'))),
  deals_won: count(wonDeals),
  won_amount: sum(withValue(wonDeals, atDay('closedDay'))),
  avg_won: average(withValue(wonDeals, atDay('closedDay'))),
  deals_lost: count(lostDeals),
  lost_amount: sum(withValue(lostDeals, atDay('closedDay'))),
  win_rate: ratio([wonDeals], [wonDeals, lostDeals]),
  conversion_period: ratio([wonDeals], [madeDeals]),
  conversion_cohort: ratio([created('deal', (d) => d.won)], [madeDeals]),
  refusal_period: ratio([lostDeals], [madeDeals]),
  refusal_cohort: ratio([created('deal', (d) => d.lost)], [madeDeals]),
  won_cycle: mean(withValue(wonDeals, (_, card) => card.cycle)),
  lost_cycle: mean(withValue(lostDeals, (_, card) => card.cycle)),
  'won_cycle:median': { ...median(withValue(wonDeals, (_, card) => card.cycle)), id: 'won_cycle', args: { statistic: 'median' } },
  deals_in_work: count(state('deal')),
  in_work_amount: sum(state('deal', (truth, card, day) => truth.amount(card, day ?? now))),
  deals_forgotten: count(state('deal', () => 1, forgotten)),
  deals_without_tasks: count(state('deal', () => 1, (truth, row, day) => row.semantic === 'P' && !open(truth, row.card, day, () => true))),
  deals_stuck: count(state('deal', () => 1, stuck)),
  weighted_amount: sum({ entity: 'deal', state: true, rows: (truth, day) => truth.standing('deal', day).filter((row) => row.semantic === 'P')
    .map((row) => ({ ...row, value: weighted(truth, row, day) })) }),
  deals_overdue: count(state('deal', () => 1, overdue)),
  leads_forgotten: count(state('lead', () => 1, forgotten)),
  leads_untouched: count(state('lead', () => 1, untouched)),
  deals_moved: count(visits('deal', 1)),
  deals_new: count(firstWins),
  new_amount: sum(withValue(firstWins, atDay('closedDay'))),
  deals_repeat: count(laterWins),
  repeat_amount: sum(withValue(laterWins, atDay('closedDay'))),
  repeat_inquiry: count(created('deal', (d) => d.repeatInquiry)),
  leads_created: count(madeLeads),
  leads_qualified: count(goodLeads),
  leads_lost: count(lostLeads),
  leads_junk: count(closed('lead', (l) => l.stage === 'Брак')),
  leads_in_work: count(state('lead')),
  lead_conversion_period: ratio([goodLeads], [madeLeads]),
  lead_conversion_cohort: ratio([created('lead', (l) => l.won)], [madeLeads]),
  lead_processing_time: mean(withValue(closed('lead', () => true), (_, card) => card.cycle)),
  lead_amount: sum(withValue(madeLeads, atDay('createdDay'))),
  leads_won: count(created('lead', (l) => l.deals.some((d) => d.won))),
  lead_revenue: sum({ entity: 'lead', rows: (truth) => truth.company.leads.flatMap((lead) => lead.deals.filter((deal) => deal.won)
    .map((deal) => ({ card: lead, day: lead.createdDay, value: truth.amount(deal, deal.closedDay) }))) }),
  leads_moved: count(visits('lead', 1)),
  stage_entered: count(visits('deal', 0)),
  'stage_entered:lead': { ...count(visits('lead', 0)), id: 'stage_entered', args: { entity: 'lead' } },
  stage_now_count: count(state('deal', () => 1, () => true)),
  stage_now_amount: sum(state('deal', (truth, card, day) => truth.amount(card, day ?? now), () => true)),
  'activities.call': count(activities('call')),
  'activities.meeting': count(activities('meeting')),
  'activities.email': count(activities('email')),
  'activities.task': count(activities('task')),
  deals_without_amount: count(created('deal', (d) => d.amount === null)),
  deals_without_source: count(created('deal', (d) => d.source === null)),
  deals_without_client: count(created('deal', (d) => d.client === null)),
  deals_lost_without_reason: count(closed('deal', (d) => d.lost && d.reason === null)),
  deals_reopened: count(created('deal', (d) => d.visits.some((visit, i) => i > 0 && semanticOf('deal', visit) === 'P' && semanticOf('deal', d.visits[i - 1]) !== 'P'))),
  leads_without_amount: count(created('lead', (l) => l.amount === null)),
  leads_without_source: count(created('lead', (l) => l.source === null)),
  leads_lost_without_reason: count(closed('lead', (l) => l.lost && l.reason === null)),
  paid_amount: sum({ entity: 'payment', rows: (truth) => truth.company.payments.filter((p) => p.paid !== null)
    .map((p) => ({ card: truth.company.deals.find((d) => d.id === p.deal), day: p.paid, value: truth.amount(p, p.paid) })) }),
}

const teams = (truth) => (truth.teams ??= new Map(truth.company.users.map((u) => [u.id, `${u.region} / ${u.team}`])))
/** Member id of a row in a dimension; null is "none". Undefined: the measure has no such dimension. */
export const dimensions = {
  employee: (row) => row.card.owner,
  department: (row, truth) => teams(truth).get(row.card.owner) ?? null,
  pipeline: (row) => (row.card.entity ? (row.visit ?? row.card).pipeline : undefined),
  stage: (row) => (row.card.entity ? stageId(row.card.entity, row.visit ?? row.card) : undefined),
  source: (row) => (row.card.entity ? row.card.source : undefined),
  loss_reason: (row) => (row.card.entity ? row.card.reason : undefined),
  currency: (row) => (row.card.entity ? row.card.currency : undefined),
  utm_campaign: (row) => (row.card.entity ? row.card.campaign : undefined),
  client: (row) => (row.card.entity === 'deal' ? row.card.client : undefined),
  region: (row) => (row.card.entity === 'deal' ? row.card.ofClient?.region ?? null : undefined),
  deal_type: (row) => (row.card.entity === 'deal' ? row.card.type : undefined),
  product: (row) => (row.card.entity === 'deal' ? row.card.product : undefined),
}
export const timeDimensions = ['day', 'week', 'month', 'quarter', 'year']

function fold(kind, rows) {
  if (kind === 'count') return new Set(rows.map((row) => row.card.entity ? row.card : row)).size
  const values = rows.map((row) => row.value).filter((value) => value !== null)
  if (kind === 'sum') return rows.length === 0 ? '0.00' : values.length === 0 ? null : moneyText(values.reduce((a, b) => a + b))
  if (values.length === 0) return null
  if (kind === 'average') return Number(values.reduce((a, b) => a + b)) / 100 / values.length
  if (kind === 'mean') return values.reduce((a, b) => a + b, 0) / values.length
  values.sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2
}

/** Rows of one part of a measure, keyed by member id. `period` {from, to} of days, or null. */
function rowsBy(truth, of, dimension, period) {
  const keyed = new Map()
  const add = (key, row) => (keyed.has(key) ? keyed.get(key).push(row) : keyed.set(key, [row]))
  const time = timeDimensions.includes(dimension)
  if (of.state) {
    if (time) {
      for (const [bucket, end] of bucketsOf(dimension, period.from, period.to)) for (const row of of.rows(truth, end - 1)) add(bucket, row)
    } else {
      for (const row of of.rows(truth, period === null ? null : period.to - 1)) add(dimension ? dimensions[dimension](row, truth) : '', row)
    }
    return keyed
  }
  for (const row of of.rows(truth)) {
    if (!inside(row.day, period)) continue
    add(time ? bucketOf(dimension, row.day) : dimension ? dimensions[dimension](row, truth) : '', row)
  }
  return keyed
}

/** The card in work at one end of a cell and not at the other: why. `there`: where it stood at that other end. */
function reason(card, visit, there, period, comes) {
  if (comes && (period === null || card.createdDay >= period.from || (card.createdDay === null && !there))) return 'new'
  const semantic = there ? semanticOf(card.entity, there) : null
  if (semantic !== 'P') return comes ? 'reopened' : semantic === 'S' ? 'won' : 'lost'
  return there.pipeline !== visit.pipeline ? (comes ? 'pipeline_in' : 'pipeline_out') : comes ? 'entered' : 'left'
}
/** Cards of a bar by member: each cell looks at the ends that fall into it. */
function barRows(truth, name, dimension, period) {
  const ends = (day) => truth.standing('deal', day).filter((row) => row.semantic === 'P')
  const was = period === null ? [] : ends(period.from - 1), is = ends(period === null ? null : period.to - 1)
  const keyOf = (row) => (dimension ? dimensions[dimension](row, truth) : '')
  const cells = [was, is].map((side) => {
    const cell = new Map()
    for (const row of side) (cell.get(keyOf(row)) ?? cell.set(keyOf(row), new Map()).get(keyOf(row))).set(row.card, row)
    return cell
  })
  const at = (card, day) => (day === null ? card.visits.at(-1) : truth.stand(card, day))
  const keyed = new Map()
  for (const key of new Set(cells.flatMap((cell) => [...cell.keys()]))) {
    const [before, after] = cells.map((cell) => cell.get(key) ?? new Map())
    const rows = name === 'opening' ? [...before.values()] : name === 'closing' ? [...after.values()] : [
      ...[...after.values()].filter(({ card, visit }) => !before.has(card) && reason(card, visit, period === null ? null : at(card, period.from - 1), period, true) === name),
      ...[...before.values()].filter(({ card, visit }) => !after.has(card) && reason(card, visit, at(card, period.to - 1), period, false) === name)]
    keyed.set(key, rows.map((row) => ({ ...row, value: truth.amount(row.card, period === null ? now : period.to - 1) })))
  }
  return keyed
}
/** Cards in work at either end, or in another stage than before. */
function moveRows(truth, dimension, period) {
  const place = (visit) => (visit === null ? 'nowhere' : visit.stage === null ? 'unknown' : `${visit.pipeline}/${visit.stage}`)
  const keyed = new Map()
  for (const row of truth.standing('deal', period === null ? null : period.to - 1)) {
    const before = period === null ? null : truth.stand(row.card, period.from - 1)
    if (row.semantic !== 'P' && place(before) === place(row.visit)) continue
    const key = dimension ? dimensions[dimension](row, truth) : ''
    keyed.set(key, [...(keyed.get(key) ?? []), row])
  }
  return keyed
}
/** Every deal weighs alike; the weight of one that is still open goes in equal parts to those seen longer. */
function curveOf(truth, cards, days) {
  const seen = cards.filter((card) => card.createdDay !== null && (card.semantic === 'P' || card.closedDay !== null))
    .map((card) => ({ open: card.semantic === 'P', won: card.won, age: Math.max(0, (card.semantic === 'P' ? truth.today : card.closedDay) - card.createdDay), weight: 1 }))
    .sort((a, b) => a.age - b.age || a.open - b.open)
  if (seen.length === 0) return null
  let share = 0, waits = 1
  for (const card of seen) {
    if (card.age > days) break
    if (!card.open) {
      if (card.won) share += card.weight / seen.length
      waits -= card.weight / seen.length
      continue
    }
    const later = seen.filter((other) => other.age > card.age)
    for (const other of later) other.weight += card.weight / later.length
  }
  return seen.at(-1).age < days && waits > 1e-9 ? null : share
}
const parts = (dimension, period) => {
  let from = period.from
  return [...bucketsOf(dimension, period.from, period.to)].map(([bucket, end]) => {
    const part = [bucket, { from, to: end }]
    from = end
    return part
  })
}
/** Of two ends: a bucket is a period of its own; there are at most 62. */
function endsBy(truth, measure, dimension, period) {
  const rows = (by, within) => (measure.bar ? barRows(truth, measure.bar, by, within) : moveRows(truth, by, within))
  if (!timeDimensions.includes(dimension)) return rows(dimension, period)
  return dimension === 'day' ? new Map([[undefined, []]]) : new Map(parts(dimension, period).map(([bucket, part]) => [bucket, rows(null, part).get('') ?? []]))
}

/** {member id: value} of a measure, as metrics.md says; undefined where the measure's facts lack the dimension. */
export function compute(truth, name, dimension, period) {
  const measure = measures[name]
  if (measure.bar || measure.moves) {
    const keyed = endsBy(truth, measure, dimension, period)
    return keyed.has(undefined) ? undefined : new Map([...keyed].map(([key, rows]) => [key, fold(measure.kind, rows)]))
  }
  if (measure.kind === 'curve') {
    const keyed = rowsBy(truth, madeDeals, dimension, period)
    return new Map([...keyed].map(([key, rows]) => [key, curveOf(truth, rows.map((row) => row.card), measure.days)]))
  }
  if (measure.kind !== 'ratio') {
    const keyed = rowsBy(truth, measure.of, dimension, period)
    if (keyed.has(undefined)) return undefined
    return new Map([...keyed].map(([key, rows]) => [key, fold(measure.kind, rows)]))
  }
  const [numerator, denominator] = [measure.numerator, measure.denominator].map((parts) => parts.map((part) => rowsBy(truth, part, dimension, period)))
  if ([...numerator, ...denominator].some((keyed) => keyed.has(undefined))) return undefined
  const total = (parts, key) => parts.reduce((n, keyed) => n + (keyed.get(key)?.length ?? 0), 0)
  const keys = new Set([...numerator, ...denominator].flatMap((keyed) => [...keyed.keys()]))
  return new Map([...keys].map((key) => [key, total(denominator, key) === 0 ? null : total(numerator, key) / total(denominator, key)]))
}
export const emptyOf = (name) => ({ count: 0, sum: '0.00' })[measures[name].kind] ?? null
