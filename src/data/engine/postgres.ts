import type { Client, QueryConfig } from 'pg'
import { ModelgateError } from '../../base/error.ts'
import { postgresDialect } from '../dialect/postgres.ts'
import type { Engine, SqlRow } from './engine.ts'
import { type PostgresAddress, postgresAddress } from './postgres-address.ts'
import { connectionError, openingError, statementError } from './postgres-error.ts'
import { postgresExpression } from './postgres-expression.ts'
import { postgresReading } from './postgres-reading.ts'
import { valueParser } from './postgres-values.ts'
import { cancelled, timeIsUp } from './stopped.ts'

export type PostgresOptions = {
  /** Name of the environment variable that holds the URL. The URL itself is a secret: it stands in no file and no message. */
  connection: string
  environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds for everything together; none without it. */
  timeLimit?: number
  /** What the database says of values is left out of errors: they may be sensitive. */
  discreet?: boolean
  signal?: AbortSignal
}

export type PostgresEngine = Engine & {
  /** A query under a name, which stands behind FROM in every later statement: no right to create anything is needed. */
  define(select: string): string
  /** The connection, as messages call it. */
  readonly connection: string
}

type Pg = Pick<typeof import('pg'), 'Client' | 'types'>

/** The number of the type `text[]`, which pg's own types leave out. */
const listOfTexts = 1009

const connectTimeout = 20_000
/** How long the server has to stop by itself before the connection is cut. */
const grace = 3000

/** What checks rely on. `search_path` without any schema of users: no function of theirs can stand in for one of PostgreSQL's own. */
const settings = [
  'SET LOCAL search_path = pg_catalog, pg_temp',
  'SET LOCAL standard_conforming_strings = on',
  "SET LOCAL client_encoding = 'UTF8'",
  "SET LOCAL TimeZone = 'UTC'",
  "SET LOCAL DateStyle = 'ISO, YMD'",
  "SET LOCAL IntervalStyle = 'postgres'",
  'SET LOCAL extra_float_digits = 1',
  'SET LOCAL bytea_output = hex',
  // Rows that a policy hides must not be missing without a word.
  'SET LOCAL row_security = off',
  // Scans begin at the beginning.
  'SET LOCAL synchronize_seqscans = off',
  'SET LOCAL transform_null_equals = off',
  // Compiling hundreds of aggregates takes longer than running them.
  'SET LOCAL jit = off',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
]

/**
 * Connects, and begins the one transaction in which everything is read: it is read-only, and all statements see the same state of the data,
 * whatever others write meanwhile. A statement that fails is undone to a savepoint, and the others go on. Throws `data/postgres-…`.
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  const { connection, environment, timeLimit } = options
  const address = await postgresAddress(connection, environment)
  const pg = await import('pg')
  const client = clientOf(pg, address)
  // A connection that breaks while nothing runs would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    const bound = timeLimit === undefined ? [] : [`SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(timeLimit))}`]
    await client.query(
      ['BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY', ...settings, ...bound].join('; '),
    )
    const { rows } = await client.query(
      "SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding",
    )
    const [{ pid, version, encoding }] = rows as [{ pid: number; version: number; encoding: string }]
    requireServer(Math.floor(version / 10_000), encoding, connection)
    await client.query('SAVEPOINT mg')
    return engineOf({ client, pg, address, pid, version: Math.floor(version / 10_000) }, options)
  } catch (error) {
    await client.end().catch(() => {})
    throw error instanceof ModelgateError ? error : openingError(error, connection)
  }
}

function clientOf(pg: Pg, address: PostgresAddress): Client {
  const splitList = pg.types.getTypeParser(listOfTexts as never) as (text: string) => (string | null)[]
  return new pg.Client({
    ...address,
    // Without one here pg would look into files of the user's.
    password: address.password ?? (() => Promise.resolve(undefined as unknown as string)),
    application_name: 'modelgate',
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    types: { getTypeParser: ((type: number) => valueParser(type, splitList)) as Pg['types']['getTypeParser'] },
  })
}

function requireServer(version: number, encoding: string, connection: string): void {
  const refuse = (message: string, help: string): ModelgateError =>
    new ModelgateError({ code: 'data/postgres-server', message: `The database of ${connection} ${message}.`, help })
  if (version < 15) throw refuse(`is PostgreSQL ${version}`, 'Checks need PostgreSQL 15 or newer.')
  if (encoding !== 'UTF8') throw refuse(`is kept in ${encoding}`, 'Checks need a database whose encoding is UTF8.')
}

type Session = { client: Client; pg: Pg; address: PostgresAddress; pid: number; version: number }

function engineOf(session: Session, { connection, timeLimit, signal, discreet }: PostgresOptions): PostgresEngine {
  const { client } = session
  const deadline = timeLimit === undefined ? undefined : performance.now() + timeLimit
  const relations = new Map<string, string>()
  const isCancelled = (): boolean => signal?.aborted === true
  let last: Promise<unknown> = Promise.resolve()
  let broken: ModelgateError | undefined

  const execute = async (sql: string): Promise<SqlRow[]> => {
    if (isCancelled()) throw cancelled()
    if (broken !== undefined) throw broken
    const left = deadline === undefined ? undefined : deadline - performance.now()
    if (left !== undefined && left <= 0) throw timeIsUp(timeLimit ?? 0)
    let isLate = false
    let cut: NodeJS.Timeout | undefined
    const stop = (): void => {
      cut = setTimeout(() => destroy(client), grace)
      cancelStatement(session).catch(() => destroy(client))
    }
    const onLimit = (): void => {
      isLate = true
      stop()
    }
    const timer = left === undefined ? undefined : setTimeout(onLimit, left)
    signal?.addEventListener('abort', stop)
    try {
      // The extended protocol takes one statement, whatever its text.
      const statement = { text: withRelations(sql, relations), queryMode: 'extended' }
      return ((await client.query(statement as QueryConfig)).rows ?? []) as SqlRow[]
    } catch (error) {
      const lost = connectionError(error, connection)
      if (lost === undefined) await client.query('ROLLBACK TO SAVEPOINT mg').catch(() => {})
      else broken = lost
      if (isCancelled()) throw cancelled()
      if (isLate || isTimeout(error, timeLimit)) throw timeIsUp(timeLimit ?? 0)
      throw lost ?? statementError(error, sql, discreet)
    } finally {
      clearTimeout(timer)
      clearTimeout(cut)
      signal?.removeEventListener('abort', stop)
    }
  }
  const query = (sql: string): Promise<SqlRow[]> => {
    const result = last.then(() => execute(sql))
    last = result.catch(() => {})
    return result
  }
  const dialect = postgresDialect({ version: session.version })
  return {
    dialect,
    connection,
    query,
    run: async (sql) => void (await query(sql)),
    expression: (sql, relation, place) => postgresExpression(query, dialect, sql, relation, place),
    reading: (sql, place) => postgresReading(query, sql, place),
    define: (select) => {
      const name = `"mg_relation_${relations.size + 1}"`
      relations.set(name, select)
      return name
    },
    close: async () => {
      await last
      const cut = setTimeout(() => destroy(client), grace)
      await client.end().catch(() => {})
      clearTimeout(cut)
    },
  }
}

/** Those relations that a statement names, before it. PostgreSQL takes them apart again as it does views. */
function withRelations(sql: string, relations: ReadonlyMap<string, string>): string {
  const named = [...relations].filter(([name]) => sql.includes(name))
  if (named.length === 0) return sql
  const list = named.map(([name, select]) => `${name} AS NOT MATERIALIZED (${select})`).join(', ')
  const [whole = '', recursive = ''] = /^\s*WITH\s+(RECURSIVE\s+)?/i.exec(sql) ?? []
  return whole === '' ? `WITH ${list} ${sql}` : `WITH ${recursive}${list}, ${sql.slice(whole.length)}`
}

/** Over a connection of its own: the first one waits for the statement. */
async function cancelStatement({ pg, address, pid }: Session): Promise<void> {
  const client = clientOf(pg, address)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`SELECT pg_cancel_backend(${pid})`)
  } finally {
    await client.end().catch(() => {})
  }
}

function destroy(client: Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}

/** The server stopped by itself: our limit, or one that the role has. */
function isTimeout(error: unknown, timeLimit: number | undefined): boolean {
  return timeLimit !== undefined && error instanceof Error && /statement timeout/.test(error.message)
}
