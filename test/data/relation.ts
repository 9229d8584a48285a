import { openDuckDb } from '../../src/data/engine/duckdb.ts'
import type { Engine } from '../../src/data/engine/engine.ts'
import type { ColumnKind, Relation } from '../../src/data/relation.ts'

/** Data as a table of an engine, made by SQL, without a file to read. */

const kinds: [RegExp, ColumnKind][] = [
  [/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/, 'integer'],
  [/^DECIMAL/, 'decimal'],
  [/^(DOUBLE|FLOAT)$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
  [/^BLOB$/, 'binary'],
  [/(\[\]|^STRUCT.*|^MAP.*)$/, 'nested'],
]

let made = 0

/** The rows of a query as a relation, in their order. */
export async function relationOf(engine: Engine, query: string, name = 'data'): Promise<Relation> {
  const table = engine.dialect.identifier(`made_${made++}`)
  await engine.run(
    `CREATE TEMP TABLE ${table} AS SELECT *, row_number() OVER () - 1 AS mg_row FROM (${query}) AS mg_made`,
  )
  const described = await engine.query(`DESCRIBE ${table}`)
  const [counted] = await engine.query(`SELECT count(*) AS rows FROM ${table}`)
  const columns = described
    .map((each) => ({ name: String(each.column_name), nativeType: String(each.column_type) }))
    .filter((each) => each.name !== 'mg_row')
    .map((each) => {
      const sql = engine.dialect.identifier(each.name)
      const kind = kinds.find(([pattern]) => pattern.test(each.nativeType))?.[1] ?? 'string'
      return { ...each, kind, sql, isNull: `${sql} IS NULL` }
    })
  return {
    name,
    sql: table,
    columns,
    rows: Number(counted?.rows),
    malformed: { count: 0, first: [] },
    row: engine.dialect.identifier('mg_row'),
    locate: async (rows) => rows.map((row) => ({ row: row + 1 })),
    files: [],
    bytes: 0,
    notes: [],
  }
}

/** Rows from literals: `['1, NULL', '2, 3']` under these columns with their types. */
export async function relationOfRows(
  engine: Engine,
  columns: Record<string, string>,
  rows: readonly string[],
  name = 'data',
): Promise<Relation> {
  const names = Object.keys(columns).map((each) => engine.dialect.identifier(each))
  const casts = Object.entries(columns).map(
    ([column, type]) => `CAST(${engine.dialect.identifier(column)} AS ${type}) AS ${engine.dialect.identifier(column)}`,
  )
  const empty = `SELECT ${casts.join(', ').replaceAll(/CAST\("[^"]+" AS/g, 'CAST(NULL AS')} WHERE FALSE`
  const values = `SELECT ${casts.join(', ')} FROM (VALUES ${rows.map((row) => `(${row})`).join(', ')}) AS v(${names.join(', ')})`
  return relationOf(engine, rows.length === 0 ? empty : values, name)
}

export function openTestEngine(): Promise<Engine> {
  return openDuckDb({ allowedPaths: [] })
}
