import type { Engine, SqlValue } from '../engine/engine.ts'
import { type Moments, momentAggregates, momentsFrom, rangeAggregates, rangeFrom } from '../moments.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { both, CannotRun, isMeasured } from './context.ts'
import { selectRows } from './rows.ts'

/** Statistics of a column that are the same in every run, whatever the order of the rows and the number of threads. */

export type ColumnOf = { engine: Engine; relation: Relation; column: RelationColumn; where?: string | undefined }

/**
 * Mean, sum and standard deviation of the finite numbers, and how many numbers are not finite. Throws CannotRun for a column that holds no
 * numbers, and where there are none to look at.
 */
export async function momentsOf(of: ColumnOf): Promise<{ moments: Moments; notFinite: number }> {
  const { engine, relation, column, where } = of
  requireNumbers(column)
  const ask = async (aggregates: Record<string, string>): ReturnType<Engine['query']> =>
    Object.keys(aggregates).length === 0 ? [] : await engine.query(selectRows(relation, quotedNames(aggregates), where))
  const [first = {}] = await ask(rangeAggregates(engine.dialect, column))
  const range = rangeFrom(first)
  const [second = {}] = await ask(momentAggregates(engine.dialect, column, range))
  const moments = momentsFrom(column, range, second)
  if (moments === null) throw withoutValues(column)
  return { moments, notFinite: range.notFinite }

  /** Names in upper and lower case stay as they are. */
  function quotedNames(aggregates: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(aggregates).map(([name, sql]) => [engine.dialect.identifier(name), sql]))
  }
}

/** The standard deviation of a sample. Throws CannotRun for fewer than two numbers. */
export function stdevOf({ stdev }: Moments, column: RelationColumn): number {
  if (stdev !== null) return stdev
  throw new CannotRun(`Column "${column.name}" has fewer than two numbers to look at, and so no standard deviation.`)
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
  const nan = column.kind === 'number' ? engine.dialect.isNaN(column.sql) : 'FALSE'
  const present = both(where, `${column.sql} IS NOT NULL`)
  const [row] = await engine.query(
    selectRows(relation, { mg_rows: 'count(*)', mg_nan: `count(*) FILTER (WHERE ${nan})` }, present),
  )
  const rows = Number(row?.mg_rows ?? 0)
  if (rows === 0) throw withoutValues(column)
  if (Number(row?.mg_nan ?? 0) > 0) {
    throw new CannotRun(`Column "${column.name}" holds NaN, which has no place in an order. Check it with \`finite\`.`)
  }
  const found = selectedValue(engine, relation, column, present, q, rows)
  const asked = conditions.map((condition, index) => `, ${condition('mg_value')} AS mg_${index}`)
  const [result] = await engine.query(`SELECT mg_value${asked.join('')} FROM (${found}) AS mg_found`)
  const value = result?.mg_value ?? null
  return {
    // Narrow whole numbers come as numbers, wide ones do not: they are shown alike.
    value: column.kind === 'integer' && typeof value === 'number' ? BigInt(value) : value,
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
  if (q === 0 || q === 1)
    return selectRows(relation, { mg_value: `${q === 0 ? 'min' : 'max'}(${column.sql})` }, present)
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

/** The reason of a check that needs values and finds none. */
export function withoutValues(column: RelationColumn): CannotRun {
  return new CannotRun(`No row to look at has a value in column "${column.name}".`)
}
