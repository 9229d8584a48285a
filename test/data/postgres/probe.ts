import { formatError } from '../../../src/base/error.ts'
import { openPostgres } from '../../../src/data/engine/postgres.ts'
import { openTable } from '../../../src/data/source/postgres.ts'

/** A program that reads a table, and stops a statement: run as a bundle by the tests beside it. */
try {
  const engine = await openPostgres({ connection: 'PROBE_URL', environment: process.env, timeLimit: 1000 })
  const relation = await openTable(engine, { name: 't', table: 't' })
  const rows = await engine.query(`SELECT v::text AS v FROM ${relation.sql}`)
  const error = await engine
    .query('SELECT count(*) AS n FROM generate_series(1, 1000000000000) AS t(v)')
    .catch(formatError)
  await engine.close()
  process.stdout.write(JSON.stringify({ rows, error }))
} catch (error) {
  process.stderr.write(formatError(error))
  process.exitCode = 2
}
