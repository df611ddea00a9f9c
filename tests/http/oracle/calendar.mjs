// Days, moments and money of the oracle: its own, by the platform's Intl and BigInt.
const formats = new Map()

function parts(zone, ms) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit',
      day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }))
  }
  const found = {}
  for (const { type, value } of formats.get(zone).formatToParts(ms)) found[type] = Number(value)
  return found
}

const dayMs = 86_400_000
/** Days since 1970-01-01 of `YYYY-MM-DD`. */
export const dayNumber = (text) => Date.parse(`${text}T00:00:00Z`) / dayMs
export const dayText = (day) => new Date(day * dayMs).toISOString().slice(0, 10)

/** The wall clock of a zone at a moment, as if it were UTC. */
export function wallOf(zone, ms) {
  const p = parts(zone, ms)
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second)
}
export const dayOf = (zone, ms) => Math.floor(wallOf(zone, ms) / dayMs)
/** The moment at which the zone's clock shows `wall`; never asked for hours that a clock skips or repeats. */
export function momentOf(zone, wall) {
  let ms = wall
  for (let i = 0; i < 3; ++i) ms += wall - wallOf(zone, ms)
  return ms
}

export function bucketOf(grain, day) {
  const date = new Date(day * dayMs)
  const year = date.getUTCFullYear(), month = date.getUTCMonth()
  const first = { day, month: Date.UTC(year, month) / dayMs, quarter: Date.UTC(year, month - (month % 3)) / dayMs,
    year: Date.UTC(year, 0) / dayMs, week: day - ((date.getUTCDay() + 6) % 7) }[grain]
  return dayText(first)
}
/** First days of the buckets that [from, to) touches, and the ends of their parts inside it. */
export function bucketsOf(grain, from, to) {
  const ends = new Map()
  for (let day = from; day < to; ++day) ends.set(bucketOf(grain, day), day + 1)
  return ends
}

/** Divides rounding half away from zero. */
function divideRounded(value, by) {
  const negative = value < 0n
  const absolute = negative ? -value : value
  const rounded = (absolute * 2n + by) / (by * 2n)
  return negative ? -rounded : rounded
}
/** Cents times a decimal rate. */
export function convert(cents, rate) {
  const [whole, fraction = ''] = rate.split('.')
  return divideRounded(cents * BigInt(whole + fraction), 10n ** BigInt(fraction.length))
}
export function moneyText(cents) {
  const text = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`
}
