// A random company: what is true, before anybody writes it into files.
import { dayNumber, dayOf, momentOf } from './calendar.mjs'

/** Mulberry32: the same numbers for the same seed on every machine. */
export class Dice {
  constructor(seed) { this.state = seed >>> 0 }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  below(n) { return Math.floor(this.next() * n) }
  between(a, b) { return a + this.below(b - a + 1) }
  chance(p) { return this.next() < p }
  pick(list) { return list[this.below(list.length)] }
  maybe(list, p = 0.85) { return this.chance(p) ? this.pick(list) : null }
}

const people = ['Анна Иванова', 'Борис «Бобр» Петров', "Conor O'Brien", 'Дарья 😀 Смирнова', 'Егор, младший', 'Женя; старший', 'Zoë "Z" Müller']
const sources = ['Сайт', 'Звонок', 'Выставка "Мебель"', 'Рекомендация', 'E-mail']
const reasons = ['Дорого', 'Нет бюджета', 'Выбрали других, ближе']
const types = ['Продажа', 'Сервис']
const titles = ['Стол', 'Стул «Уют»', 'Шкаф; большой', 'Кровать, 2 шт', 'Офис\nвторой этаж', 'Комод "Ретро"', '😀 Диван', ' край ']

export const first = dayNumber('2024-01-01'), last = dayNumber('2025-06-30')

export const pipelines = {
  deal: [
    { name: 'Продажи', stages: [['Новая', 'P'], ['Предложение', 'P'], ['Договор', 'P'], ['Успех', 'S'], ['Отказ', 'F']] },
    { name: 'Опт', stages: [['Новая', 'P'], ['Отгрузка', 'P'], ['Оплачено', 'S'], ['Отказ', 'F'], ['Спам', 'F']] },
  ],
  // Its first stage is called as that of the deals: two kinds of cards, two stages.
  lead: [
    { name: 'Лиды', stages: [['Новая', 'P'], ['В работе', 'P'], ['Перезвонить', 'P'], ['Качественный', 'S'], ['Брак', 'F', true], ['Не дозвонились', 'F']] },
  ],
}
export const stageOf = (entity, pipeline, stage) => pipelines[entity].find((p) => p.name === pipeline).stages.find((s) => s[0] === stage)
export const semanticOf = (entity, visit) => visit.stage === null ? 'P' : stageOf(entity, visit.pipeline, visit.stage)[1]

/** `history`: `file` (a file of moves), `dates` (a column per stage), `closed` (only a day of closing). */
export function makeCompany(seed, { zone, base, history, deals = 260, leads = 180, plain = false }) {
  const dice = new Dice(seed)
  // Hours that a clock may skip or repeat have no single moment: no event falls into them, midnight is as good as noon.
  const wall = (day) => {
    const hour = dice.pick([0, 5, 9, 10, 12, 15, 18, 22, 23])
    const edge = dice.chance(0.1)
    const minute = edge ? (hour === 23 ? 59 : 0) : dice.below(hour === 0 ? 59 : 60), second = edge && hour === 23 ? 59 : edge ? 0 : dice.below(60)
    return day * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000
  }
  const moment = (day) => momentOf(zone, wall(day))
  const later = (ms, maxDays) => {
    for (;;) {
      const then = moment(dayOf(zone, ms) + dice.below(maxDays + 1))
      if (then > ms) return then
    }
  }
  const cents = () => BigInt(dice.pick([0, 1, 99, 100, dice.below(1_000_00), dice.below(90_000_00), dice.below(5_000_000_00)]))
  const currencies = plain ? [base] : [base, base, base, 'EUR', 'USD']
  const rates = currencies.filter((code) => code !== base).flatMap((code, i) => (i > 1 ? [] : [
    { currency: code, day: dayNumber('2024-03-01'), rate: code === 'EUR' ? '98.5' : '90.1234' },
    { currency: code, day: dayNumber('2024-11-15'), rate: code === 'EUR' ? '105.37' : '97' },
    { currency: code, day: dayNumber('2025-04-02'), rate: code === 'EUR' ? '92.00000001' : '83.5' }]))

  const users = people.map((name, i) => ({ id: String(100 + i), name, region: dice.pick(['Север', 'Юг']), team: dice.pick(['А', 'Б']) }))
  const clients = []
  for (let i = 0; i < 40; ++i) {
    clients.push({ id: `c${i}`, kind: 'company', name: `ООО «Ромашка ${i}»`, type: dice.maybe(['Клиент', 'Партнёр']), region: dice.maybe(['Казань', 'Тула']) })
  }
  for (let i = 0; i < 50; ++i) {
    clients.push({ id: `9${i}`, kind: 'contact', name: `Контакт №${i}`, company: dice.maybe(clients.filter((c) => c.kind === 'company'), 0.4)?.id ?? null })
  }
  const products = ['Стол', 'Стул', 'Шкаф-купе', 'Лампа "Луч"'].map((name, i) => ({ id: `p${i}`, name, category: i < 2 ? 'Мебель' : 'Прочее' }))

  const owners = [...users.map((u) => u.id), 'бывший 404']
  const walk = (entity, created) => {
    let pipeline = dice.pick(pipelines[entity])
    const working = () => pipeline.stages.filter((s) => s[1] === 'P'), final = () => pipeline.stages.filter((s) => s[1] !== 'P')
    const visits = [{ pipeline: pipeline.name, stage: pipeline.stages[0][0], at: created }]
    let at = created
    const go = (stage) => {
      const before = visits.at(-1)
      if (before.stage === stage[0] && before.pipeline === pipeline.name) return
      visits.push({ pipeline: pipeline.name, stage: stage[0], at: (at = later(at, 40)) })
    }
    if (history === 'closed') {
      if (dice.chance(0.7)) {
        go(dice.pick(final()))
        visits[0].stage = null  // in work, in a stage that no file tells
      } else if (dice.chance(0.6)) visits[0].stage = dice.pick(working())[0]
      return visits
    }
    if (history === 'dates') {
      for (const stage of working().slice(1)) if (dice.chance(0.6)) go(stage)
      if (dice.chance(0.6)) go(dice.pick(final()))
      // Where nobody wrote when the first stage began, metrics.md takes the first visit that is written down as the card's first;
      // a closing as the first one leaves the time before it in work, in a stage that no file tells.
      visits[0].written = dice.chance(0.5)
      if (!visits[0].written && visits.length > 1) {
        if (semanticOf(entity, visits[1]) === 'P') visits.splice(0, 2, { ...visits[1], at: created, writtenAt: visits[1].at })
        else visits[0].stage = null
      }
      return visits
    }
    for (let i = dice.below(5); i > 0; --i) {
      if (dice.chance(0.08) && pipelines[entity].length > 1) pipeline = dice.pick(pipelines[entity])
      go(dice.pick(working()))
    }
    if (dice.chance(0.7)) {
      go(dice.pick(final()))
      if (dice.chance(0.15)) go(dice.pick(final()))  // straight from success to failure or back: no new closing
      if (dice.chance(0.15)) {
        go(dice.pick(working()))
        if (dice.chance(0.5)) go(dice.pick(final()))
      }
    }
    return visits
  }
  const card = (entity, id) => {
    const undated = dice.chance(0.03)
    const created = undated ? null : moment(dice.between(first, last - 60))
    const visits = undated ? [{ pipeline: pipelines[entity][0].name, stage: pipelines[entity][0].stages[0][0], at: null }] : walk(entity, created)
    return { entity, id, title: `${dice.pick(titles)} ${id}`, created, visits, stage: visits.at(-1).stage, pipeline: visits.at(-1).pipeline,
      amount: dice.chance(0.85) ? cents() : null, currency: undated ? base : dice.pick(currencies), owner: dice.maybe(owners, 0.95),
      source: dice.maybe(sources), reason: semanticOf(entity, visits.at(-1)) === 'F' ? dice.maybe(reasons) : null, campaign: dice.maybe(['весна', 'осень 2024'], 0.3) }
  }
  const company = { seed, zone, base, history, rates, users, clients, products, leads: [], deals: [], activities: [], calls: [], payments: [] }
  for (let i = 0; i < leads; ++i) company.leads.push(card('lead', `L${i}`))
  const companies = clients.filter((c) => c.kind === 'company'), contacts = clients.filter((c) => c.kind === 'contact')
  for (let i = 0; i < deals; ++i) {
    const deal = card('deal', dice.chance(0.1) ? `900719925474099${3000 + i}` : String(i + 1))
    deal.lead = dice.maybe(company.leads, 0.3)?.id ?? null
    deal.company = dice.maybe(companies, 0.5)?.id ?? null
    deal.contact = dice.maybe(contacts, 0.4)?.id ?? null
    deal.type = dice.maybe(types)
    deal.planned = dice.chance(0.6) ? dice.between(first, last + 90) : null
    deal.product = dice.maybe(products, 0.5)?.id ?? null
    company.deals.push(deal)
  }
  const cards = [...company.deals, ...company.leads].filter((c) => c.created !== null)
  for (let i = 0; i < 300; ++i) {
    const target = dice.chance(0.85) ? dice.pick(cards) : null
    const created = target ? later(target.created, 120) : moment(dice.between(first, last))
    const kind = dice.pick(['call', 'meeting', 'email', 'task', 'message', 'comment', 'task'])
    const planned = kind === 'task' || kind === 'meeting'
    const done = planned ? dice.chance(0.6) : true
    company.activities.push({ id: `a${i}`, kind, direction: ['call', 'email', 'message'].includes(kind) ? dice.pick(['in', 'out']) : null,
      doer: dice.maybe(users, 0.95)?.id ?? null, created, deadline: planned ? later(created, 30) : null, completed: done ? later(created, 20) : null,
      duration: kind === 'call' ? dice.below(600) : null, missed: kind === 'call' ? dice.chance(0.2) : null, card: target })
  }
  for (let i = 0; i < 120; ++i) {
    company.calls.push({ id: `k${i}`, user: dice.maybe(users, 0.95)?.id ?? null, direction: dice.pick(['in', 'out']), started: moment(dice.between(first, last)),
      duration: dice.below(400), missed: dice.chance(0.2), card: dice.chance(0.4) ? dice.pick(cards) : null })
  }
  for (let i = 0; i < 150; ++i) {
    const deal = dice.pick(company.deals)
    const due = dice.between(first, last), paid = dice.chance(0.5)
    company.payments.push({ id: `m${i}`, deal: deal.id, amount: dice.chance(0.1) ? -cents() : cents(), currency: dice.pick(currencies), due: dice.chance(0.9) ? due : null,
      paid: paid ? due + dice.between(-10, 30) : null })
  }
  return company
}
