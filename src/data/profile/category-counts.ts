import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'

/** Exact counts of the values of a column, each by itself. Values are texts in the form that samples show. */
export type CategoryCounts = {
  /** The most frequent values; among equally frequent ones the smallest text first. */
  values: CategoryCount[]
  /** All different values, listed or not. */
  distinct: number
  /** Rows of values that are not listed. */
  otherRows: number
  /** Rows of values that occur fewer than five times: how much of a tail there is, and so how many new values are to be expected. */
  rareRows: number
  nulls: number
  /** Rows whose text is not of the kind of the column. */
  unusable: number
}
export type CategoryCount = { value: string; count: number }

/** Four numbers that are not there. With a type: in a subquery some databases take a bare NULL for text. */
const missing = new Array(4).fill('CAST(NULL AS BIGINT)').join(', ')

/** A value that occurs more often is not likely to be missing from other data of the same size by chance. */
export const rareBelow = 5

/** Values of a column that are listed one by one. */
export const mostCategories = 256
/** A longer text is not a category: lists of such values would be as large as the data. */
const longestCategory = 500
/** With at most so many different values, whole numbers are labels or grades rather than amounts. */
export const mostLabels = 20

export function isLabel({ kind }: Pick<RelationColumn, 'kind'>, { distinct }: CategoryCounts): boolean {
  return kind === 'integer' && distinct <= mostLabels
}

export function areCategories({ values }: CategoryCounts): boolean {
  return values.every(({ value }) => value.length <= longestCategory)
}

/** One pass over the column, with memory for its different values. */
export async function countCategories(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  most: number,
): Promise<CategoryCounts> {
  const { dialect } = engine
  const rows = await engine.query(
    `WITH mg_counts AS (SELECT ${groupSql(dialect, column)} AS mg_value, count(*) AS mg_count FROM ${relation.sql} GROUP BY 1)
    SELECT 'all' AS mg_part, NULL AS mg_value, sum(mg_count) AS mg_count, count(mg_value) AS mg_distinct,
      sum(mg_count) FILTER (WHERE mg_value IS NOT NULL) AS mg_usable, sum(mg_count) FILTER (WHERE mg_value IS NOT NULL AND mg_count < ${rareBelow}) AS mg_rare FROM mg_counts
    UNION ALL
    SELECT 'value', ${dialect.text('mg_value')}, mg_count, NULL, NULL, NULL FROM (SELECT mg_value, mg_count FROM mg_counts WHERE mg_value IS NOT NULL ORDER BY mg_count DESC, mg_value LIMIT ${most}) AS mg_top`,
  )
  const total = rows.find((row) => row.mg_part === 'all') ?? {}
  const values = rows
    .filter((row) => row.mg_part === 'value')
    .map(categoryOf)
    .sort(byFrequency)
  const usable = numberOf(total.mg_usable)
  const without = numberOf(total.mg_count) - usable
  const nulls = column.badText === undefined ? without : await countNulls(engine, relation, column)
  return {
    values,
    distinct: numberOf(total.mg_distinct),
    otherRows: usable - values.reduce((sum, { count }) => sum + count, 0),
    rareRows: numberOf(total.mg_rare),
    nulls,
    unusable: without - nulls,
  }
}

/** What rows are grouped by. Texts take longer than the values themselves, but decimals may be written in more than one way, and so may zero. */
function groupSql(dialect: Dialect, { kind, sql }: RelationColumn): string {
  if (kind === 'number') return `CASE WHEN ${sql} = 0 THEN 0 ELSE ${sql} END`
  return kind === 'decimal' || kind === 'string' ? dialect.text(sql) : sql
}

/** Rows without a value, in one scan. */
export async function countNulls(engine: Engine, relation: Relation, { isNull }: RelationColumn): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) FILTER (WHERE ${isNull}) AS mg_nulls FROM ${relation.sql}`)
  return numberOf(row?.mg_nulls)
}

/** Counts of known values, and of all others together with the most frequent of them. */
export type KnownCounts = {
  counts: number[]
  others: { values: CategoryCount[]; distinct: number; rows: number }
  nulls: number
  unusable: number
}

/** How often each of the given values occurs, and what else there is. */
export async function countKnown(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  known: readonly string[],
  mostOthers: number,
): Promise<KnownCounts> {
  const { dialect } = engine
  const isKnown =
    known.length === 0 ? 'FALSE' : `mg_value IN (${known.map((value) => dialect.literal(value)).join(', ')})`
  const rows = await engine.query(
    `WITH mg_counts AS (SELECT ${dialect.text(column.sql)} AS mg_value, count(*) AS mg_count, count(*) FILTER (WHERE ${column.isNull}) AS mg_nulls FROM ${relation.sql} GROUP BY 1)
    SELECT 'all' AS mg_part, NULL AS mg_value, sum(mg_count) AS mg_count, sum(mg_nulls) AS mg_nulls, sum(mg_count) FILTER (WHERE mg_value IS NOT NULL) AS mg_usable,
      count(*) FILTER (WHERE mg_value IS NOT NULL AND NOT ${isKnown}) AS mg_distinct, sum(mg_count) FILTER (WHERE mg_value IS NOT NULL AND NOT ${isKnown}) AS mg_others FROM mg_counts
    UNION ALL
    SELECT 'known', mg_value, mg_count, ${missing} FROM mg_counts WHERE ${isKnown}
    UNION ALL
    SELECT * FROM (SELECT 'other', mg_value, mg_count, ${missing} FROM mg_counts WHERE mg_value IS NOT NULL AND NOT ${isKnown} ORDER BY mg_count DESC, mg_value LIMIT ${mostOthers}) AS mg_top`,
  )
  const total = rows.find((row) => row.mg_part === 'all') ?? {}
  const found = new Map(
    rows.filter((row) => row.mg_part === 'known').map((row) => [String(row.mg_value), numberOf(row.mg_count)]),
  )
  const nulls = numberOf(total.mg_nulls)
  return {
    counts: known.map((value) => found.get(value) ?? 0),
    others: {
      values: rows
        .filter((row) => row.mg_part === 'other')
        .map(categoryOf)
        .sort(byFrequency),
      distinct: numberOf(total.mg_distinct),
      rows: numberOf(total.mg_others),
    },
    nulls,
    unusable: numberOf(total.mg_count) - numberOf(total.mg_usable) - nulls,
  }
}

function categoryOf(row: SqlRow): CategoryCount {
  return { value: String(row.mg_value), count: numberOf(row.mg_count) }
}

/** In the same order whatever the collation of the database. */
function byFrequency(a: CategoryCount, b: CategoryCount): number {
  return b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)
}

function numberOf(value: SqlRow[string] | undefined): number {
  return Number(value ?? 0)
}
