import { afterAll, beforeAll } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { openPostgres, type PostgresEngine } from '../../../src/data/engine/postgres.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTable } from '../../../src/data/source/postgres.ts'
import { openTestEngine, relationOf } from '../relation.ts'
import { type Server, startServer } from './server.ts'

/** The same rows in both databases. */

/** Types of DuckDB, and what they are called in PostgreSQL where that is not the same. */
const otherTypes: Record<string, string> = { DOUBLE: 'double precision', FLOAT: 'real', BLOB: 'bytea', VARCHAR: 'text' }

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
