import type { Dialect } from './dialect/dialect.ts'
import type { SqlRow, SqlValue } from './engine/engine.ts'
import { minus, plus, powerOfTwo, type Rational, rationalOf, rationalOfText, times, toNumber } from './rational.ts'
import type { RelationColumn } from './relation.ts'

/**
 * Mean and variance that are the same in every run. A database adds doubles in the order in which its threads meet them, and the last digits
 * move. Here every value becomes a whole number first, by a power of two that depends on the range alone; whole numbers add up exactly in any
 * order. Two scans are needed: one for the range, one for the sums.
 */

/** A column of numbers; dates and timestamps after `epochSeconds` count as integers. */
export type MeasuredColumn = Pick<RelationColumn, 'kind' | 'sql'>

/** Over the values that are there and finite. `count` is 0 where there are none. */
export type ValueRange = {
  count: number
  /** NaN and infinities, which nothing else here looks at. */
  notFinite: number
  min: SqlValue
  max: SqlValue
}

export type Moments = {
  count: number
  mean: number
  /** Of the sample: divided by one less than the count. Null with fewer than two values. */
  variance: number | null
  stdev: number | null
  sum: number
  /** The sum to the last digit; only where the values are integers or decimals, whose sum is exact. */
  exactSum?: string
}

/** What the first scan asks for, as SQL aggregates without FILTER. */
export function rangeAggregates(dialect: Dialect, column: MeasuredColumn): Record<keyof ValueRange, string> {
  const finite =
    column.kind === 'number' ? `CASE WHEN ${dialect.isFinite(column.sql)} THEN ${column.sql} END` : column.sql
  return {
    count: `count(${finite})`,
    notFinite: column.kind === 'number' ? `count(${column.sql}) - count(${finite})` : 'count(*) - count(*)',
    min: `min(${finite})`,
    max: `max(${finite})`,
  }
}

/** The answers to `rangeAggregates`, under the same names. */
export function rangeFrom(values: SqlRow): ValueRange {
  return {
    count: Number(values.count ?? 0),
    notFinite: Number(values.notFinite ?? 0),
    min: values.min ?? null,
    max: values.max ?? null,
  }
}

/** What the second scan asks for, as SQL aggregates without FILTER; nothing where there are no values. */
export function momentAggregates(
  dialect: Dialect,
  column: MeasuredColumn,
  range: ValueRange,
): Record<'exact' | 'sum' | 'squares', string> | Record<string, never> {
  const scale = scaleOf(column, range)
  if (scale === undefined) return {}
  const { sql } = column
  const exact = scale.exactSum ? `sum(${sql})` : 'CAST(NULL AS BIGINT)'
  const wide = scale.type === undefined ? sql : `CAST(${sql} AS ${scale.type})`
  const shifted = scale.pivot === undefined ? wide : `(${wide} - ${pivotLiteral(dialect, column, scale.pivot)})`
  if (scale.whole) return { exact, sum: `sum(${shifted})`, squares: `sum(${shifted} * ${shifted})` }
  const at = (exponent: number): string => `${dialect.double(shifted)} * ${doubleLiteral(dialect, 2 ** exponent)}`
  const rounded = (expression: string): string => {
    const whole = `CAST(floor(${expression} + 0.5) AS BIGINT)`
    return `sum(${range.notFinite > 0 ? `CASE WHEN ${dialect.isFinite(sql)} THEN ${whole} END` : whole})`
  }
  const root = at(scale.squareExponent)
  return { exact, sum: rounded(at(scale.sumExponent)), squares: rounded(`(${root}) * (${root})`) }
}

/** Combines the answers to `momentAggregates`, under the same names. Null where there are no values. */
export function momentsFrom(column: MeasuredColumn, range: ValueRange, values: SqlRow): Moments | null {
  const scale = scaleOf(column, range)
  if (scale === undefined) return null
  const { count } = range
  const perRow = { top: 1n, bottom: BigInt(count) }
  // Around the pivot, in the unit of the data.
  const sum = times(rationalOfText(textOf(values.sum)), powerOfTwo(-scale.sumExponent))
  const squares = times(rationalOfText(textOf(values.squares)), powerOfTwo(-2 * scale.squareExponent))
  const pivots = times(scale.pivot?.exact ?? zero, rationalOf(count))
  const total = scale.exactSum ? rationalOfText(textOf(values.exact)) : plus(pivots, sum)
  const spread = minus(squares, times(times(sum, sum), perRow))
  const variance = count < 2 ? null : Math.max(0, toNumber(times(spread, { top: 1n, bottom: BigInt(count - 1) })))
  return {
    count,
    mean: toNumber(times(total, perRow)),
    variance,
    stdev: variance === null ? null : Math.sqrt(variance),
    sum: toNumber(total),
    ...(scale.exactSum ? { exactSum: textOf(values.exact) } : {}),
  }
}

/** A double as a constant that databases read back as the same double: with an exponent it is never taken for a decimal. */
export function doubleLiteral(dialect: Dialect, value: number): string {
  return dialect.double(value < 0 ? `(${value.toExponential()})` : value.toExponential())
}

type Scale = {
  /** What is subtracted first; nothing where the values lie around zero. */
  pivot?: { exact: Rational; text: string }
  /** Type that integers are computed in, so that a difference does not overflow. */
  type?: 'BIGINT' | 'DECIMAL(38, 0)'
  /** Whether values less the pivot are whole numbers whose squares fit into 64 bits. */
  whole: boolean
  /** Powers of two that values are multiplied with, before they are rounded for the sum and for the squares. */
  sumExponent: number
  squareExponent: number
  /** Whether the database can add up the values themselves without overflow. */
  exactSum: boolean
}

/** Bits of a whole number in the sum, and of its root in the sum of squares: 2^62 fits into 64 bits with a sign. */
const sumBits = 62
const rootBits = 31
/** 2^1022 is a double, and so is its inverse. */
const mostExponent = 1022
/** The sums of DuckDB have 127 bits, or 38 decimal digits. */
const mostWhole = 1n << 126n
const mostDecimal = 10n ** 37n

const zero: Rational = { top: 0n, bottom: 1n }

function scaleOf(column: MeasuredColumn, { count, min, max }: ValueRange): Scale | undefined {
  if (count === 0 || min === null || max === null) return undefined
  if (column.kind === 'number') return doubleScale(Number(min), Number(max))
  return exactScale(column.kind === 'integer', count, textOf(min), textOf(max))
}

function doubleScale(min: number, max: number): Scale {
  const size = Math.max(Math.abs(min), Math.abs(max))
  // Near each other and far from zero: the difference to the smallest is exact then, and keeps the digits that differ.
  const isFar = max - min < size / 16
  return {
    ...(isFar ? { pivot: { exact: rationalOf(min), text: min.toExponential() } } : {}),
    whole: false,
    ...exponents(isFar ? max - min : size),
    exactSum: false,
  }
}

function exactScale(isInteger: boolean, count: number, min: string, max: string): Scale {
  const [low, high] = [rationalOfText(min), rationalOfText(max)]
  const range = minus(high, low)
  const size = [low.top, high.top].map((top) => (top < 0n ? -top : top)).reduce((a, b) => (a > b ? a : b))
  // Beyond, the difference might not fit into its type.
  const hasPivot = isInteger
    ? range.top < 1n << 62n && size < mostDecimal
    : range.top * low.bottom < mostDecimal * range.bottom
  const reach = hasPivot ? toNumber(range) : toNumber({ top: size, bottom: low.bottom })
  const isShort = size < 1n << 63n
  const whole = isInteger && isShort && hasPivot && range.top < 1n << BigInt(rootBits)
  return {
    ...(hasPivot ? { pivot: { exact: low, text: min } } : {}),
    ...(isInteger && hasPivot ? { type: isShort ? 'BIGINT' : 'DECIMAL(38, 0)' } : {}),
    whole,
    ...(whole ? { sumExponent: 0, squareExponent: 0 } : exponents(reach)),
    exactSum: size * BigInt(count) < (isInteger ? mostWhole : mostDecimal),
  }
}

function exponents(reach: number): Pick<Scale, 'sumExponent' | 'squareExponent'> {
  if (reach === 0) return { sumExponent: 0, squareExponent: 0 }
  // Room for one more bit than the logarithm says, which is itself rounded.
  const bits = Math.floor(Math.log2(reach)) + 2
  const within = (exponent: number): number => Math.min(mostExponent, Math.max(-mostExponent, exponent))
  return { sumExponent: within(sumBits - bits), squareExponent: within(rootBits - bits) }
}

function pivotLiteral(dialect: Dialect, { kind }: MeasuredColumn, { text }: { text: string }): string {
  const literal = text.startsWith('-') ? `(${text})` : text
  return kind === 'number' ? dialect.double(literal) : literal
}

function textOf(value: SqlValue | undefined): string {
  return String(value ?? 0)
}
