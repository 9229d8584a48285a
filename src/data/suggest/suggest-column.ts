import { formatCount, formatPercent, plural } from '../../base/number-text.ts'
import type { formats } from '../../config/checks/row-checks.ts'
import type { ProfileColumn } from '../profile/data-profile.ts'
import { type Bounds, suggestBounds, suggestNullShare } from './bounds.ts'
import { looksSensitive } from './sensitive.ts'

/** One line of a column, and where it comes from. */
export type SuggestedLine = { key: string; value: unknown; why: string }

export type ColumnFacts = {
  rows: number
  format: (typeof formats)[number] | undefined
  /** What texts were perhaps meant to be. */
  looks?: string | undefined
  /** The pattern that dates were read by. */
  dateFormat?: string | undefined
  isFirst: boolean
}

/** What is expected of a column from now on, from what it held. Nothing is guessed of what the data cannot show, such as freshness. */
export function suggestColumn(column: ProfileColumn, facts: ColumnFacts): SuggestedLine[] {
  const used = facts.rows - column.nulls - column.invalid
  const isSensitive = column.sensitive || looksSensitive(column.name) || facts.format === 'email'
  const shared = [
    ...typeLine(column, facts, used),
    ...sensitiveLine(isSensitive, column, facts),
    ...nullLines(column, facts),
  ]
  if (used === 0) return shared
  const key = keyLine(column, facts, used)
  if (isSensitive) return [...shared, ...key, ...formatLine(facts, used)]
  const set = setLine(column, used)
  if (set.length > 0) return [...shared, ...key, ...set]
  return [
    ...shared,
    ...key,
    ...rangeLines(column, key.length > 0),
    ...formatLine(facts, used),
    ...lengthLines(column, facts),
  ]
}

function typeLine(
  { kind, invalid }: ProfileColumn,
  { looks, format, dateFormat }: ColumnFacts,
  used: number,
): SuggestedLine[] {
  if (kind === 'binary' || kind === 'nested' || used === 0 || invalid > 0) return []
  const why = format === undefined && looks !== undefined ? looks : `all ${formatCount(used)} values are`
  const isRead = dateFormat !== undefined && (kind === 'date' || kind === 'timestamp')
  return [
    { key: 'type', value: kind, why },
    ...(isRead ? [{ key: 'date-format', value: dateFormat, why: 'as they were read' }] : []),
  ]
}

function sensitiveLine(
  isSensitive: boolean,
  { sensitive, name }: ProfileColumn,
  { format }: ColumnFacts,
): SuggestedLine[] {
  if (!isSensitive) return []
  const why = sensitive
    ? 'as it was named'
    : looksSensitive(name)
      ? 'by its name; remove this line where anybody may see the values'
      : `its values are ${format} addresses`
  return [{ key: 'sensitive', value: true, why }]
}

function nullLines({ nulls, invalid }: ProfileColumn, { rows }: ColumnFacts): SuggestedLine[] {
  if (rows === 0 || nulls === rows) return []
  if (nulls === 0 && invalid === 0)
    return [{ key: 'not-null', value: true, why: `no value of ${formatCount(rows)} is missing` }]
  const most = suggestNullShare(nulls, rows)
  if (most >= 100 || nulls === 0) return []
  const seen = `${formatCount(nulls)} of ${formatCount(rows)} are missing (${formatPercent(Math.round((nulls / rows) * 1e4) / 1e4)})`
  return [{ key: 'nulls', value: { error: `${most}%` }, why: seen }]
}

const keyWords = /(^|[^a-z])(id|ids|key|uuid|guid|hash|code|nr|number)$/
const fewestForKey = 20

/** Every value differs, and the name or the place of the column says that this is meant. */
function keyLine({ name, kind, distinct }: ProfileColumn, { isFirst }: ColumnFacts, used: number): SuggestedLine[] {
  if ((kind !== 'integer' && kind !== 'string') || distinct !== used || used < fewestForKey) return []
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  if (!keyWords.test(words) && !isFirst) return []
  return [{ key: 'unique', value: true, why: `all ${formatCount(used)} values differ` }]
}

const mostInSet = 50
const mostLabels = 10

/** A list where every value was seen often: with a tail of rare ones more are to come. */
function setLine({ kind, categories, distinct }: ProfileColumn, used: number): SuggestedLine[] {
  if (categories === null || distinct === null || distinct === 0 || categories.values.length !== distinct) return []
  const counts = categories.values.map(({ count }) => count)
  const fewest = Math.min(...counts)
  const isSet =
    kind === 'string'
      ? distinct <= mostInSet && used >= 20 * distinct && categories.rareRows === 0
      : kind === 'integer' && distinct > 1 && distinct <= mostLabels && fewest >= Math.max(5, used / 100)
  if (!isSet) return []
  const values = categories.values.map(({ value }) => (kind === 'integer' ? Number(value) : value))
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const why = `${plural(distinct, 'value')} in ${formatCount(used)} rows, the rarest ${formatCount(fewest)} times`
  return [{ key: 'in', value: sorted, why }]
}

function rangeLines(column: ProfileColumn, isKey: boolean): SuggestedLine[] {
  const { kind, min, max } = column
  if (kind === 'date' || kind === 'timestamp') return sinceLine(column)
  if (kind !== 'integer' && kind !== 'decimal' && kind !== 'number') return []
  // Numbers of rows and customers grow without end.
  const bounds = isKey ? keyBounds(column) : suggestBounds(column)
  const lines: SuggestedLine[] = []
  if (bounds.min !== undefined) lines.push({ key: 'min', value: bounds.min, why: `smallest seen: ${min}` })
  if (bounds.max !== undefined) lines.push({ key: 'max', value: bounds.max, why: `largest seen: ${max}` })
  if (kind === 'number' && column.notFinite === 0) {
    lines.push({ key: 'finite', value: true, why: 'neither NaN nor infinity was seen' })
  }
  return lines
}

function keyBounds({ min }: ProfileColumn): Bounds {
  return typeof min === 'number' && min >= 0 ? { min: 0 } : {}
}

/** From the start of the year before: an unset date such as 1970 lies before it. Data of the future are not judged by those of the past. */
function sinceLine({ min }: ProfileColumn): SuggestedLine[] {
  const year = Number(/^(\d{4})-/.exec(String(min))?.[1] ?? Number.NaN)
  if (Number.isNaN(year) || year < 1) return []
  return [{ key: 'min', value: `${String(year - 1).padStart(4, '0')}-01-01`, why: `earliest seen: ${min}` }]
}

function formatLine({ format }: ColumnFacts, used: number): SuggestedLine[] {
  return format === undefined ? [] : [{ key: 'format', value: format, why: `all ${formatCount(used)} values match` }]
}

function lengthLines({ lengths }: ProfileColumn, { format }: ColumnFacts): SuggestedLine[] {
  if (lengths === null || format !== undefined) return []
  const { min, max } = lengths
  if (min === max) {
    const why = `every text has ${plural(max, 'character')}`
    return [
      { key: 'min-length', value: min, why },
      { key: 'max-length', value: max, why },
    ]
  }
  const room = Math.max(10, Math.ceil((2 * max) / 10) * 10)
  return [
    ...(min > 0 ? [{ key: 'min-length', value: 1, why: `shortest seen: ${plural(min, 'character')}` }] : []),
    { key: 'max-length', value: room, why: `longest seen: ${plural(max, 'character')}` },
  ]
}
