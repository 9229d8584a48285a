import type { Dialect } from '../dialect/dialect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { classOf, usableSql } from './numeric-column.ts'

/** About so many rows say where bins lie. */
export const sampleRows = 10_000
const wheel = 2 ** 32
/** Knuth's multiplicative hash: 2^32 over the golden ratio. Spreads neighbouring rows over the whole wheel. */
const multiplier = 2_654_435_761

/**
 * The same rows in every run and whatever the format, as an SQL condition: chosen by the number of the row, and by the values of the row
 * where the source has no order. All rows where there are few.
 */
export function sampleCondition(dialect: Dialect, relation: Relation): string {
  if (relation.rows <= sampleRows) return 'TRUE'
  const share = Math.ceil((sampleRows / relation.rows) * wheel)
  if (relation.row !== undefined)
    return `(((${relation.row} & ${wheel - 1}) * ${multiplier}) & ${wheel - 1}) < ${share}`
  const plain = relation.columns.filter(({ kind }) => classOf(kind) !== 'none').map(({ sql }) => sql)
  return `abs(${dialect.hash(plain)} % ${wheel}) < ${share}`
}

/** Values of a column in the sampled rows: numbers and times as doubles, all others as text. */
export type ColumnSample = { values: (number | string)[]; distinct: number }

/** The sampled values of columns, by name; nothing of binary and nested ones. Missing values are left out. */
export async function sampleColumns(
  engine: Engine,
  relation: Relation,
  columns: readonly RelationColumn[],
): Promise<Map<string, ColumnSample>> {
  const { dialect } = engine
  const asked = columns.filter(({ kind }) => classOf(kind) !== 'none')
  if (asked.length === 0) return new Map()
  const list = asked.map((column, index) => {
    const group = classOf(column.kind)
    const isNumeric = group === 'number' || group === 'time'
    return `${isNumeric ? usableSql(dialect, column) : dialect.text(column.sql)} AS mg_${index}`
  })
  const rows = await engine.query(
    `SELECT ${list.join(', ')} FROM ${relation.sql} WHERE ${sampleCondition(dialect, relation)}`,
  )
  return new Map(
    asked.map(({ name }, index) => {
      const values = rows
        .map((row) => row[`mg_${index}`] ?? null)
        .filter((value) => typeof value === 'number' || typeof value === 'string')
      return [name, { values, distinct: new Set(values).size }]
    }),
  )
}
