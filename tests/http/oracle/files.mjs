// The company written down as people's programs write it: CSV of several dialects, XLSX, HTML called .xls; and the mapping.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { deflateRawSync } from 'node:zlib'

import { dayText, wallOf } from './calendar.mjs'
import { Dice, pipelines } from './company.mjs'

const escapeXml = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c])

// ---- cells: {text} {money, currency} {day} {moment} {number} {flag}; null is an empty cell ------------------------------

const grouped = (digits, by) => digits.replace(/\B(?=(\d{3})+$)/g, by)
const numberStyles = {
  plain: (whole, fraction) => `${whole}.${fraction}`,
  comma: (whole, fraction) => `${whole},${fraction}`,
  russian: (whole, fraction) => `${grouped(whole, '\u00a0')},${fraction}`,
  narrow: (whole, fraction) => `${grouped(whole, '\u202f')},${fraction}`,
  english: (whole, fraction) => `${grouped(whole, ',')}.${fraction}`,
  german: (whole, fraction) => `${grouped(whole, '.')},${fraction}`,
  swiss: (whole, fraction) => `${grouped(whole, "'")}.${fraction}`,
}
const signs = { RUB: ['', ' руб.'], EUR: ['€ ', ''], USD: ['$', ''] }

function moneyCell(cents, currency, style) {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  const number = numberStyles[style.number](digits.slice(0, -2), digits.slice(-2))
  const [before, after] = style.signed ? signs[currency] ?? ['', ''] : ['', '']
  const text = before + number + after
  return cents < 0n ? (style.brackets ? `(${text})` : `-${text}`) : text
}
const two = (n) => String(n).padStart(2, '0')
function dateCell(wall, style, withTime) {
  const d = new Date(wall)
  const [y, m, day] = [d.getUTCFullYear(), two(d.getUTCMonth() + 1), two(d.getUTCDate())]
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
  if (style === 'iso') return `${y}-${m}-${day}${withTime ? `T${time}` : ''}`
  if (style === 'mdy') return `${m}/${day}/${y}${withTime ? ` ${time}` : ''}`
  return `${day}.${m}.${y}${withTime ? ` ${time}` : ''}`
}
function cellText(cell, dialect, zone) {
  if (cell === null || cell === undefined) return dialect.empty
  if (cell.text !== undefined) return cell.text
  if (cell.money !== undefined) return moneyCell(cell.money, cell.currency, dialect)
  if (cell.day !== undefined) return dateCell(cell.day * 86_400_000, dialect.dates === 'utc' ? 'iso' : dialect.dates, false)
  if (cell.moment !== undefined) {
    if (dialect.dates === 'utc') return new Date(cell.moment).toISOString().replace('.000', '')
    return dateCell(wallOf(zone, cell.moment), dialect.dates, true)
  }
  if (cell.number !== undefined) return String(cell.number)
  return cell.flag ? dialect.yes : dialect.no
}

// ---- CSV ------------------------------------------------------------------------------------------------------------

const cyrillic = new Map()
for (let byte = 128; byte < 256; ++byte) cyrillic.set(new TextDecoder('windows-1251').decode(Uint8Array.of(byte)), byte)
function encode(text, encoding) {
  if (encoding === 'windows-1251') {
    return Buffer.from([...text].map((c) => (c.codePointAt(0) < 128 ? c.codePointAt(0) : cyrillic.get(c) ?? 63)))
  }
  if (encoding === 'utf-16') return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  return Buffer.concat([encoding === 'utf-8-bom' ? Buffer.from([0xef, 0xbb, 0xbf]) : Buffer.alloc(0), Buffer.from(text)])
}
function csv(rows, { delimiter, newline, blankLines }) {
  const quote = (text) => (/["\r\n]/.test(text) || text.includes(delimiter) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = rows.map((row) => row.map(quote).join(delimiter))
  if (blankLines) lines.splice(1, 0, '')
  return lines.join(newline) + newline
}

// ---- XLSX -----------------------------------------------------------------------------------------------------------

const crcTable = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; ++k) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n >>> 0
})
const crc32 = (bytes) => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
export function zip(entries) {
  const files = [], central = []
  let offset = 0
  for (const [name, text] of Object.entries(entries)) {
    const data = Buffer.from(text), packed = deflateRawSync(data)
    const head = Buffer.alloc(30), tail = Buffer.alloc(46)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(8, 8)
    head.writeUInt32LE(crc32(data), 14)
    head.writeUInt32LE(packed.length, 18)
    head.writeUInt32LE(data.length, 22)
    head.writeUInt16LE(name.length, 26)
    tail.writeUInt32LE(0x02014b50, 0)
    tail.writeUInt16LE(20, 4)
    tail.writeUInt16LE(20, 6)
    head.copy(tail, 10, 8, 28)
    tail.writeUInt32LE(offset, 42)
    tail.writeUInt16LE(name.length, 28)
    files.push(head, Buffer.from(name), packed)
    central.push(tail, Buffer.from(name))
    offset += 30 + name.length + packed.length
  }
  const size = central.reduce((sum, piece) => sum + piece.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(entries).length, 8)
  end.writeUInt16LE(Object.keys(entries).length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, ...central, end])
}
const columnName = (i) => (i < 26 ? String.fromCharCode(65 + i) : columnName(Math.floor(i / 26) - 1) + columnName(i % 26))
/** Rows of cells as above; texts shared, dates as serials with a style. */
export function xlsx(rows, zone, dialect = { yes: 'да', no: 'нет' }) {
  const shared = new Map()
  const share = (text) => shared.get(text) ?? (shared.set(text, shared.size), shared.size - 1)
  const serial = (wall) => wall / 86_400_000 + 25569
  const lines = rows.map((row, r) => {
    const cells = row.map((cell, c) => {
      const at = `r="${columnName(c)}${r + 1}"`
      if (cell === null || cell === undefined) return ''
      if (cell.text !== undefined) return `<c ${at} t="s"><v>${share(cell.text)}</v></c>`
      if (cell.money !== undefined) {
        const digits = String(cell.money < 0n ? -cell.money : cell.money).padStart(3, '0')
        return `<c ${at}><v>${cell.money < 0n ? '-' : ''}${Number(`${digits.slice(0, -2)}.${digits.slice(-2)}`)}</v></c>`
      }
      if (cell.day !== undefined) return `<c ${at} s="1"><v>${serial(cell.day * 86_400_000)}</v></c>`
      if (cell.moment !== undefined) return `<c ${at} s="2"><v>${serial(wallOf(zone, cell.moment))}</v></c>`
      if (cell.number !== undefined) return `<c ${at}><v>${cell.number}</v></c>`
      return `<c ${at} t="b"><v>${cell.flag ? 1 : 0}</v></c>`
    })
    return `<row r="${r + 1}">${cells.join('')}</row>`
  })
  const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  return zip({
    '[Content_Types].xml': `${xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
    '_rels/.rels': `${xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${xml}<workbook ${main} xmlns:r="${rel}"><sheets><sheet name="Лист1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${rel}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="${rel}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': `${xml}<styleSheet ${main}><numFmts count="1"><numFmt numFmtId="170" formatCode="dd\\.mm\\.yyyy\\ hh:mm:ss"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${xml}<sst ${main}>${[...shared.keys()].map((text) => `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': `${xml}<worksheet ${main}><sheetData>${lines.join('')}</sheetData></worksheet>`,
  })
}
export const html = (rows) => `<html><head><meta charset="utf-8"></head><body><table border="1">${rows
  .map((row, i) => `<tr>${row.map((text) => `<${i ? 'td' : 'th'}>${escapeXml(text).replaceAll('\n', '<br>')}</${i ? 'td' : 'th'}>`).join('')}</tr>`).join('\n')}</table></body></html>`

// ---- dialects -------------------------------------------------------------------------------------------------------

function pickDialect(dice) {
  const dialect = { format: dice.pick(['csv', 'csv', 'csv', 'xlsx', 'html']), delimiter: dice.pick([';', ',', '\t', '|']), newline: dice.pick(['\n', '\r\n']),
    encoding: dice.pick(['utf-8', 'utf-8-bom', 'windows-1251', 'utf-16']), number: dice.pick(Object.keys(numberStyles)), dates: dice.pick(['dmy', 'iso', 'mdy', 'utc']),
    empty: dice.pick(['', '', '-', 'н/д']), signed: dice.chance(0.5), brackets: dice.chance(0.5), yes: dice.pick(['да', 'Y', 'true', '1']), no: 'нет', blankLines: dice.chance(0.3) }
  dialect.no = { да: 'нет', Y: 'N', true: 'false', 1: '0' }[dialect.yes]
  if (dialect.format === 'xlsx') dialect.empty = ''
  if (dialect.encoding === 'windows-1251' && dialect.number === 'narrow') dialect.number = 'russian'
  return dialect
}

/** Writes rows of cells under `headers` in a random dialect; tells what a mapping must add to read it. */
function write(folder, name, headers, rows, zone, dice) {
  const dialect = pickDialect(dice)
  const all = [headers.map((text) => ({ text })), ...rows]
  const file = `${name}.${{ csv: 'csv', xlsx: 'xlsx', html: 'xls' }[dialect.format]}`
  const target = path.join(folder, file)
  if (dialect.format === 'xlsx') {
    writeFileSync(target, xlsx(all, zone))
  } else {
    let texts = all.map((row) => headers.map((_, i) => cellText(row[i], dialect, zone)))
    if (dialect.format === 'html') {
      writeFileSync(target, html(texts))
    } else {
      if (dialect.encoding === 'windows-1251') texts = texts.map((row) => row.map((text) => text.replace(/\p{Extended_Pictographic}/gu, '?')))
      writeFileSync(target, encode(csv(texts, dialect), dialect.encoding))
    }
  }
  const entry = { file }
  if (dialect.dates === 'mdy') entry.dates = 'mdy'
  if (dialect.empty) entry.empty = [dialect.empty]
  if (['german', 'english', 'swiss', 'plain'].includes(dialect.number) && dice.chance(0.5)) entry.decimal = dialect.number === 'german' ? ',' : '.'
  return { entry, dialect, file: target }
}

const text = (value) => (value === null ? null : { text: value })
const money = (value, currency) => (value === null ? null : { money: value, currency })
const moment = (value) => (value === null ? null : { moment: value })
const day = (value) => (value === null ? null : { day: value })
const number = (value) => (value === null ? null : { number: value })
const flag = (value) => (value === null ? null : { flag: value })

/** Writes all files and the mapping into `folder`; returns their paths and how many rows must be read and rejected. */
export function writeCompany(company, folder) {
  const dice = new Dice(company.seed + 7)
  const { zone } = company
  const mapping = { portal: { name: 'Оракул', zone, currency: company.base }, pipelines: {}, files: [],
    rates: company.rates.map((rate) => ({ ...rate, day: dayText(rate.day), rate: rate.rate })) }
  for (const entity of ['deal', 'lead']) {
    mapping.pipelines[`${entity}s`] = pipelines[entity].map(({ name, stages }) => ({ name, stages: stages.map(([stage, semantic, junk]) => ({ name: stage, semantic, ...(junk ? { junk } : {}) })) }))
  }
  const paths = [], expected = {}
  /** `columns`: [field, header, cell of a row, more of the mapping's source]. `bad`: rows to be rejected, as overrides by field. */
  const add = (entity, columns, items, bad = [], more = {}) => {
    const headers = columns.map(([, header]) => header)
    const rows = items.map((item) => columns.map(([, , cell]) => cell(item)))
    for (const overrides of bad) {
      const row = columns.map(([field, , cell]) => (field in overrides ? overrides[field] : cell(items[0])))
      // A repeated id is a mistake of the later row: it must stand behind the row that it repeats.
      rows.splice(overrides.repeats ? rows.length : dice.between(1, rows.length), 0, row)
    }
    const name = `${entity}-${dice.below(1000)}`
    const { entry, file } = write(folder, name, headers, rows, zone, dice)
    paths.push(file)
    entry.entity = entity
    entry.fields = Object.fromEntries(columns.filter(([field]) => field).map(([field, header, , source]) => [field, source ? { column: header, ...source } : header]))
    Object.assign(entry, more)
    mapping.files.push(entry)
    expected[path.basename(file)] = { read: rows.length, rejected: bad.length }
  }

  add('users', [['id', 'ID', (u) => text(u.id)], ['name', 'Сотрудник', (u) => text(u.name)], [null, 'Филиал', (u) => text(u.region)], [null, 'Отдел', (u) => text(u.team)]],
    company.users, [{ name: null }])
  mapping.files.at(-1).fields.department = { tree: ['Филиал', 'Отдел'] }
  add('clients', [['id', 'Код', (c) => text(c.id)], ['kind', 'Вид', (c) => text(c.kind)], ['name', 'Название', (c) => text(c.name)], ['company', 'Компания', (c) => text(c.company ?? null)],
    ['client_type', 'Тип', (c) => text(c.type ?? null)], ['region', 'Город', (c) => text(c.region ?? null)]], company.clients)
  add('products', [['id', 'Артикул', (p) => text(p.id)], ['name', 'Товар', (p) => text(p.name)], ['category', 'Группа', (p) => text(p.category)]], company.products)

  const cardColumns = (entity) => [
    ['id', entity === 'deal' ? 'ID сделки' : 'ID', (c) => text(c.id)], ['title', 'Название; имя', (c) => text(c.title)], ['pipeline', 'Воронка', (c) => text(c.pipeline)],
    ['stage', 'Этап "сейчас"', (c) => text(c.stage)], ['amount', 'Сумма, план', (c) => money(c.amount, c.currency)], ['currency', 'Валюта', (c) => text(c.amount === null && c.currency === company.base ? null : c.currency)],
    ['owner', 'Кто\nведёт', (c) => text(c.owner)], ['source', 'Источник', (c) => text(c.source)], ['loss_reason', 'Причина', (c) => text(c.reason)],
    ['utm_campaign', 'utm_campaign', (c) => text(c.campaign)], ['created_at', 'Создана', (c) => moment(c.created)]]
  const dated = (entity) => {
    const semantic = Object.fromEntries(pipelines[entity].flatMap((p) => p.stages.map(([name, s]) => [name, s])))
    if (company.history === 'closed') return { columns: [['closed_at', 'Закрыта', (c) => moment(semantic[c.stage] === 'P' ? null : c.visits.at(-1).at)]] }
    if (company.history !== 'dates') return { columns: [] }
    const names = [...new Set(pipelines[entity].flatMap((p) => p.stages.map(([name]) => name)))]
    return { columns: names.map((name) => [null, `Дата: ${name}`, (c) => {
      const visit = c.visits.find((v) => v.written !== false && v.stage === name)
      return moment(visit ? visit.writtenAt ?? visit.at : null)
    }]),
      more: { stage_dates: Object.fromEntries(names.map((name) => [name, `Дата: ${name}`])) } }
  }
  const bad = [{ id: text('bad1'), amount: text('сколько-то') }, { id: text('bad2'), created_at: text('2025-13-45') }, { id: null }, { id: text('bad3'), currency: text('рубль бумажный') }]
  const leadDates = dated('lead'), dealDates = dated('deal')
  add('leads', [...cardColumns('lead'), ...leadDates.columns], company.leads, bad, leadDates.more)
  add('deals', [...cardColumns('deal'), ['lead', 'Лид', (d) => text(d.lead)], ['company', 'Компания', (d) => text(d.company)], ['contact', 'Контакт', (d) => text(d.contact)],
    ['deal_type', 'Тип', (d) => text(d.type)], ['planned_close', 'План закрытия', (d) => day(d.planned)], ['product', 'Товар', (d) => text(d.product)], ...dealDates.columns],
  company.deals, [...bad, { repeats: true, id: text(company.deals[3].id), title: text('другая с тем же номером') }], dealDates.more)
  if (company.history === 'file') {
    for (const entity of ['lead', 'deal']) {
      const moves = company[`${entity}s`].flatMap((card) => card.visits.filter((visit) => visit.at !== null).map((visit) => ({ card, visit })))
      for (let i = moves.length - 1; i > 0; --i) {
        const j = dice.below(i + 1)
        ;[moves[i], moves[j]] = [moves[j], moves[i]]
      }
      add('stage_history', [[entity, 'Карточка', (m) => text(m.card.id)], ['pipeline', 'Воронка', (m) => text(m.visit.pipeline)], ['stage', 'Этап', (m) => text(m.visit.stage)],
        ['moved_at', 'Когда', (m) => moment(m.visit.at)], ['mover', 'Кто', (m) => text(m.card.owner)]], moves, [{ moved_at: text('вчера') }])
    }
  }
  const bound = (entity) => (item) => text(item.card?.entity === entity ? item.card.id : null)
  add('activities', [['id', 'Номер', (a) => text(a.id)], ['kind', 'Вид', (a) => text(a.kind)], ['direction', 'Куда', (a) => text(a.direction)], ['doer', 'Исполнитель', (a) => text(a.doer)],
    ['created_at', 'Поставлено', (a) => moment(a.created)], ['deadline_at', 'Срок', (a) => moment(a.deadline)], ['completed_at', 'Сделано', (a) => moment(a.completed)],
    ['duration', 'Секунд', (a) => number(a.duration)], ['missed', 'Пропущен', (a) => flag(a.missed)], ['deal', 'Сделка', bound('deal')], ['lead', 'Лид', bound('lead')]], company.activities, [{ kind: text('пляска') }])
  add('calls', [['id', 'Номер', (k) => text(k.id)], ['user', 'Кто', (k) => text(k.user)], ['direction', 'Куда', (k) => text(k.direction)], ['started_at', 'Начало', (k) => moment(k.started)],
    ['duration', 'Длительность', (k) => number(k.duration)], ['missed', 'Пропущен', (k) => flag(k.missed)], ['deal', 'Сделка', bound('deal')], ['lead', 'Лид', bound('lead')]], company.calls, [{ started_at: null }])
  add('payments', [['id', 'Номер', (p) => text(p.id)], ['deal', 'Сделка', (p) => text(p.deal)], ['amount', 'Деньги', (p) => money(p.amount, p.currency)], ['currency', 'Валюта', (p) => text(p.currency)],
    ['due_day', 'Срок', (p) => day(p.due)], ['paid_day', 'Оплачено', (p) => day(p.paid)]], company.payments, [{ amount: null }])

  const map = path.join(folder, 'map.yaml')
  writeFileSync(map, JSON.stringify(mapping, null, 1))
  return { paths, map, expected }
}
