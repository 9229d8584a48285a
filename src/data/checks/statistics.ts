import type { Engine, SqlValue } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { both, CannotRun, isMeasured } from './context.ts'
import { divided, parseRational, type Rational, scaledDown, timesPowerOfTwo, toNumber } from './rational.ts'
import { selectRows } from './rows.ts'

/**
 * Statistics of a column that are the same in every run, whatever the order of the rows and the number of threads. Whole numbers and decimals
 * are summed by the database exactly. Doubles are turned into whole multiples of a power of two first (fixed point), because the sum of
 * doubles depends on the order in which they are added.
 */

export type ColumnOf = { engine: Engine; relation: Relation; column: RelationColumn; where?: string | undefined }

export type Sum = {
  /** Rows with a finite number. */
  count: number
  /** Rows with NaN or an infinite number, which are left out. */
  notFinite: number
  /** Exact for whole numbers and decimals; for doubles to within `count` times 2^-90 of the largest. */
  sum: Rational
}

/** Bits of a sum that the database keeps exactly, one less than it has for whole numbers of either sign. */
const sumBits = 126

/** Throws CannotRun for a column that holds no numbers. */
export async function sumOf({ engine, relation, column, where }: ColumnOf): Promise<Sum> {
  requireNumbers(column)
  const { dialect } = engine
  if (column.kind !== 'number') {
    const value = column.kind === 'integer' ? dialect.wide(column.sql) : column.sql
    const [row] = await engine.query(
      selectRows(relation, { mg_count: `count(${column.sql})`, mg_sum: `sum(${value})` }, where),
    )
    return { count: Number(row?.mg_count ?? 0), notFinite: 0, sum: rationalOf(row?.mg_sum ?? 0) }
  }
  const value = dialect.double(column.sql)
  const finite = finiteRows(engine, column, where)
  const [range] = await engine.query(
    selectRows(
      relation,
      {
        mg_all: `count(${value})`,
        mg_count: `count(*) FILTER (WHERE ${dialect.isFinite(column.sql)})`,
        mg_most: `max(abs(${value})) FILTER (WHERE ${dialect.isFinite(column.sql)})`,
      },
      both(where, `${column.sql} IS NOT NULL`),
    ),
  )
  const count = Number(range?.mg_count ?? 0)
  const notFinite = Number(range?.mg_all ?? 0) - count
  const most = Number(range?.mg_most ?? 0)
  const scale = scaleFor(most, sumBits - bitsOf(count))
  const [row] = await engine.query(
    selectRows(relation, { mg_sum: `sum(${dialect.wholeFromDouble(scaled(engine, value, scale))})` }, finite),
  )
  return { count, notFinite, sum: scaledDown(wholeOf(row?.mg_sum ?? 0), scale) }
}

/** Throws CannotRun without rows. */
export function meanOf({ count, sum }: Sum, column: RelationColumn): Rational {
  if (count === 0) throw new CannotRun(`No row to look at has a number in column "${column.name}".`)
  return divided(sum, BigInt(count))
}

/**
 * The standard deviation of a sample (divisor n - 1) of the finite numbers, from deviations from a pivot near the mean in fixed point. The
 * largest deviation keeps at least 45 bits, and it alone makes up 1/n of the variance, so that the result is precise to 1e-12.
 * Throws CannotRun for fewer than two rows.
 */
export async function standardDeviationOf(of: ColumnOf, sum: Sum): Promise<number> {
  const { engine, relation, column, where } = of
  const { count } = sum
  if (count < 2) {
    throw new CannotRun(`Column "${column.name}" has fewer than two numbers to look at, and so no standard deviation.`)
  }
  const deviation = deviationFrom(engine, column, meanOf(sum, column))
  const finite = finiteRows(engine, column, where)
  const [range] = await engine.query(selectRows(relation, { mg_most: `max(abs(${deviation}))` }, finite))
  const most = Number(range?.mg_most ?? 0)
  if (!Number.isFinite(most)) throw new CannotRun(`The numbers of column "${column.name}" lie too far apart.`)
  const scale = scaleFor(most, Math.floor((sumBits - bitsOf(count)) / 2))
  const whole = engine.dialect.wholeFromDouble(scaled(engine, deviation, scale))
  const [row] = await engine.query(
    `SELECT sum(mg_v) AS mg_sum, sum(mg_v * mg_v) AS mg_squares FROM (${selectRows(relation, { mg_v: whole }, finite)}) AS mg_rows`,
  )
  const [first, squares] = [wholeOf(row?.mg_sum ?? 0), wholeOf(row?.mg_squares ?? 0)]
  const rows = BigInt(count)
  // n Σv² − (Σv)² is exact, so nothing cancels.
  const variance: Rational = { numerator: rows * squares - first * first, denominator: rows * (rows - 1n) }
  return timesPowerOfTwo(Math.sqrt(toNumber(variance)), -scale)
}

/** The difference from the mean as a double, taken exactly before it becomes one. */
function deviationFrom({ dialect }: Engine, column: RelationColumn, mean: Rational): string {
  if (column.kind === 'number') {
    return `(${dialect.double(column.sql)} - ${doubleLiteral(dialect, toNumber(mean))})`
  }
  // A whole number as pivot: near enough, and of a type that takes part in exact subtraction.
  const pivot = mean.numerator / mean.denominator
  const value = column.kind === 'integer' ? dialect.wide(column.sql) : column.sql
  return dialect.double(`(${value} - (${pivot}))`)
}

function finiteRows({ dialect }: Engine, column: RelationColumn, where: string | undefined): string {
  const finite = column.kind === 'number' ? dialect.isFinite(column.sql) : undefined
  return both(where, `${column.sql} IS NOT NULL`, finite)
}

/** The power of two that makes the largest size a whole number of so many bits. */
function scaleFor(most: number, bits: number): number {
  return most === 0 ? 0 : bits - 2 - Math.floor(Math.log2(most))
}

function bitsOf(count: number): number {
  return count < 2 ? 1 : Math.ceil(Math.log2(count)) + 1
}

/** Times 2^scale: exact but for what falls below the smallest double. In two steps where the power alone is no double. */
function scaled({ dialect }: Engine, double: string, scale: number): string {
  const half = Math.trunc(scale / 2)
  return Math.abs(scale) <= 1000
    ? `${double} * ${doubleLiteral(dialect, 2 ** scale)}`
    : `${double} * ${doubleLiteral(dialect, 2 ** half)} * ${doubleLiteral(dialect, 2 ** (scale - half))}`
}

/** A double as a constant, to the last bit. */
export function doubleLiteral(dialect: Engine['dialect'], value: number): string {
  return dialect.double(dialect.literal(String(value)))
}

/** Beyond so many rows the database would have to hold all values at once for a quantile; a sort can go to disk. */
const mostInMemory = 20_000_000

export type OrderStatistic = {
  /** The value as it comes from the database. */
  value: SqlValue
  /** For each condition asked, whether it is true of the value. */
  holds: boolean[]
}

/**
 * The value of a row of the column in its order: the smallest that at least the share `q` of the rows with a value do not exceed; 0 gives the
 * smallest, 1 the largest. `conditions` are asked of it in the database, so that nothing is rounded: they make SQL from its name.
 * Throws CannotRun without rows, and for NaN among the values, which has no place in an order.
 */
export async function orderStatistic(
  { engine, relation, column, where }: ColumnOf,
  q: number,
  conditions: readonly ((value: string) => string)[] = [],
): Promise<OrderStatistic> {
  const isNaN = column.kind === 'number' ? engine.dialect.isNaN(column.sql) : 'FALSE'
  const present = both(where, `${column.sql} IS NOT NULL`)
  const [row] = await engine.query(
    selectRows(relation, { mg_rows: 'count(*)', mg_nan: `count(*) FILTER (WHERE ${isNaN})` }, present),
  )
  const rows = Number(row?.mg_rows ?? 0)
  if (rows === 0) throw withoutValues(column)
  if (Number(row?.mg_nan ?? 0) > 0) {
    throw new CannotRun(`Column "${column.name}" holds NaN, which has no place in an order. Check it with \`finite\`.`)
  }
  const found = selectedValue(engine, relation, column, present, q, rows)
  const asked = conditions.map((condition, index) => `, ${condition('mg_value')} AS mg_${index}`)
  const [result] = await engine.query(`SELECT mg_value${asked.join('')} FROM (${found}) AS mg_found`)
  return {
    value: result?.mg_value ?? null,
    holds: conditions.map((_, index) => result?.[`mg_${index}`] === true),
  }
}

function selectedValue(
  { dialect }: Engine,
  relation: Relation,
  column: RelationColumn,
  present: string,
  q: number,
  rows: number,
): string {
  if (q === 0 || q === 1) return selectRows(relation, { mg_value: `${q === 0 ? 'min' : 'max'}(${column.sql})` }, present)
  // 7 % of 100 rows is row 7, although 0.07 * 100 is a little more than 7.
  const rank = Math.min(rows, Math.max(1, Math.ceil(Number((q * rows).toPrecision(12)))))
  if (rows <= mostInMemory) {
    // Half a row below the rank: whatever way a database rounds, it is the row of this rank.
    return selectRows(relation, { mg_value: dialect.quantile(column.sql, (rank - 0.5) / rows) }, present)
  }
  return `${selectRows(relation, { mg_value: column.sql }, present)} ORDER BY 1 LIMIT 1 OFFSET ${rank - 1}`
}

export type ValueCounts = {
  /** Rows that are looked at. */
  rows: number
  /** Rows where nothing stands in the data. */
  missing: number
  /** Rows with a value, and how many different ones there are. */
  present: number
  distinct: number
  /** Rows of the most common value. */
  most: number
}

/** How often values occur. NaN is one value. */
export async function valueCountsOf({ engine, relation, column, where }: ColumnOf): Promise<ValueCounts> {
  const [all] = await engine.query(
    selectRows(relation, { mg_rows: 'count(*)', mg_missing: `count(*) FILTER (WHERE ${column.isNull})` }, where),
  )
  const [row] = await engine.query(
    `SELECT count(*) AS mg_distinct, coalesce(sum(mg_n), 0) AS mg_present, coalesce(max(mg_n), 0) AS mg_most FROM (${groups(relation, column, where)}) AS mg_groups`,
  )
  return {
    rows: Number(all?.mg_rows ?? 0),
    missing: Number(all?.mg_missing ?? 0),
    present: Number(row?.mg_present ?? 0),
    distinct: Number(row?.mg_distinct ?? 0),
    most: Number(row?.mg_most ?? 0),
  }
}

/**
 * Shannon entropy of the values of a column in bits: 0 for one value, 1 for two equally frequent ones. Missing values are none.
 * Throws CannotRun without rows.
 */
export async function entropyOf({ engine, relation, column, where }: ColumnOf): Promise<number> {
  // As many rows come back as there are different frequencies, in an order: their sum is the same in every run.
  const rows = await engine.query(
    `SELECT mg_n, count(*) AS mg_values FROM (${groups(relation, column, where)}) AS mg_groups GROUP BY mg_n ORDER BY mg_n`,
  )
  const counts = rows.map((row) => ({ rows: Number(row.mg_n), values: Number(row.mg_values) }))
  const total = counts.reduce((sum, each) => sum + each.rows * each.values, 0)
  if (total === 0) throw withoutValues(column)
  return counts.reduce((sum, each) => sum + each.values * (each.rows / total) * Math.log2(total / each.rows), 0)
}

/** One row for each value: `mg_value`, and `mg_n` for its number of rows. */
export function groups(relation: Relation, column: RelationColumn, where: string | undefined): string {
  const present = selectRows(relation, { mg_value: column.sql }, both(where, `${column.sql} IS NOT NULL`))
  return `SELECT mg_value, count(*) AS mg_n FROM (${present}) AS mg_present GROUP BY mg_value`
}

export function requireNumbers(column: RelationColumn): void {
  if (!isMeasured(column)) throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, not numbers.`)
}

/** A whole number of any size as it comes from a database. */
export function wholeOf(value: SqlValue): bigint {
  return typeof value === 'bigint' ? value : BigInt(String(value))
}

/** A finite number as it comes from a database. */
export function rationalOf(value: SqlValue): Rational {
  return parseRational(String(value))
}


/** The reason of a check that needs values and finds none. */
export function withoutValues(column: RelationColumn): CannotRun {
  return new CannotRun(`No row to look at has a value in column "${column.name}".`)
}
