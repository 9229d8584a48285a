import { afterAll, beforeAll } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { openPostgres, type PostgresEngine } from '../../../src/data/engine/postgres.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTable } from '../../../src/data/source/postgres.ts'
import type { CheckResult } from '../../../src/record/data-report.ts'
import { openTestEngine, relationOf } from '../relation.ts'
import { type Server, startServer } from './server.ts'

/** The same rows in both databases. */

/** Types of DuckDB, and what they are called in PostgreSQL where that is not the same. */
const otherTypes: Record<string, string> = {
  DOUBLE: 'double precision',
  FLOAT: 'real',
  BLOB: 'bytea',
  VARCHAR: 'text',
  TINYINT: 'smallint',
}

/** A relation of DuckDB as a table of PostgreSQL. Values go over as text: what is NULL stays so, and nothing is rounded. */
export async function copyTable(duck: Engine, relation: Relation, server: Server, table: string): Promise<void> {
  const quoted = relation.columns.map(({ name }) => duck.dialect.identifier(name))
  const types = relation.columns.map(({ kind, nativeType }) => (kind === 'nested' ? 'json' : typeFor(nativeType)))
  const texts = relation.columns.map(({ sql, kind }, index) => {
    const text = kind === 'nested' ? `to_json(${sql})` : sql
    return `CAST(${text} AS VARCHAR) AS v${index}`
  })
  const rows = await duck.query(`SELECT ${texts.join(', ')} FROM ${relation.sql}`)
  const list = quoted.map((name, index) => `${name} ${types[index]}`)
  const values = rows.map((row) => quoted.map((_, index) => row[`v${index}`] ?? null))
  await server.load(table, list, types, values)
}

function typeFor(type: string): string {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)
  if (decimal !== null) return `numeric(${decimal[1]}, ${decimal[2]})`
  if (/^(U?(BIG|HUGE)INT|UINTEGER)$/.test(type))
    return type.includes('HUGE') || type === 'UBIGINT' ? 'numeric(38, 0)' : 'bigint'
  return otherTypes[type] ?? type
}

export type SameData = { columns: Record<string, string>; rows: readonly string[] }
export type Side = { engine: Engine; relations: Map<string, Relation> }
export type BothSides = { duck: Side; postgres: Side & { engine: PostgresEngine }; server: Server }

/** Starts both, with data under their names, before the tests of a file. */
export function withBoth(data: Record<string, SameData>): () => BothSides {
  let sides: BothSides | undefined
  let server: Server | undefined
  beforeAll(async () => {
    server = await startServer()
    for (const [name, { columns, rows }] of Object.entries(data)) {
      const list = Object.entries(columns).map(
        ([column, type]) => `"${column.replaceAll('"', '""')}" ${otherTypes[type] ?? type}`,
      )
      await server.run('postgres', `CREATE TABLE "${name}" (${list.join(', ')})`)
      if (rows.length > 0)
        await server.run('postgres', `INSERT INTO "${name}" VALUES ${rows.map((row) => `(${row})`).join(', ')}`)
    }
    const duck = await openTestEngine()
    const postgres = await openPostgres({ connection: 'URL', environment: { URL: server.url('postgres') } })
    sides = {
      server,
      duck: { engine: duck, relations: new Map() },
      postgres: { engine: postgres, relations: new Map() },
    }
    for (const [name, { columns, rows }] of Object.entries(data)) {
      const list = Object.entries(columns).map(([column, type]) => `${duck.dialect.identifier(column)} ${type}`)
      await duck.run(`CREATE TABLE "${name}" (${list.join(', ')})`)
      for (const row of rows) await duck.run(`INSERT INTO "${name}" VALUES (${row})`)
      // Without its order, as a table of PostgreSQL has none: samples are the same then too.
      const { row: _row, ...unordered } = await relationOf(duck, `SELECT * FROM "${name}"`, name)
      sides.duck.relations.set(name, unordered)
      sides.postgres.relations.set(name, await openTable(postgres, { name, table: `public."${name}"` }))
    }
  })
  afterAll(async () => {
    await sides?.duck.engine.close()
    await sides?.postgres.engine.close()
    server?.close()
  })
  return () => {
    if (sides === undefined) throw new Error('the databases are not up')
    return sides
  }
}

/** What may differ: the names of types, and what a database says of its own accord. */
export function comparable(results: readonly CheckResult[]): unknown[] {
  return results.map((result) => {
    const observed = result.observed
      .replace(
        /\((BIGINT|bigint|INTEGER|integer|(?:DECIMAL|numeric)\(\d+,\d+\)|DOUBLE|double precision|FLOAT|real|BOOLEAN|boolean|VARCHAR|text|DATE|date|TIMESTAMP|timestamp without time zone)\)/g,
        '(type)',
      )
      .replace(/names nothing, which is no column of.*|cannot be evaluated on.*/s, 'names no column')
      .replace(/refused a query.*/s, 'refused a query')
    const { type: _type, ...figures } = result.figures
    return { ...result, observed, figures }
  })
}
