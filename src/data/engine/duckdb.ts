import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { portablePath } from '../../base/files.ts'
import { duckDbDialect, onePath, quoteLiteral } from '../dialect/duckdb.ts'
import { type LoadOptions, loadDuckDb } from './duckdb-api.ts'
import { duckDbExpression, duckDbReading } from './duckdb-expression.ts'
import type { Engine, SqlRow, SqlValue } from './engine.ts'
import { cancelled, timeIsUp } from './stopped.ts'

export type DuckDbOptions = LoadOptions & {
  /** Files that may be read, as absolute paths without links. Everything else is closed. */
  allowedPaths: readonly string[]
  /** Most memory of the database in bytes; half of the machine without it. */
  memoryLimit?: number
  /** Threads of the database; as many as there are processors without it. */
  threads?: number
  /** Milliseconds for everything together; none without it. */
  timeLimit?: number
  /** What the database says of values is left out of errors: they may be sensitive. */
  discreet?: boolean
  signal?: AbortSignal
}

/**
 * Opens an empty database in memory that can read the allowed files and nothing else: no other file, no network, no extension, and no way to
 * change that. What does not fit into memory goes to a temporary folder, which `close` removes. Throws `data/engine-…`.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Engine> {
  const api = await loadDuckDb(options)
  const spill = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'modelgate-data-'))
  let instance: DuckDBInstance | undefined
  try {
    instance = await api.DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Row numbers are only right when rows stay in the order of the file.
      preserve_insertion_order: 'true',
      temp_directory: spill,
      memory_limit: `${Math.floor(options.memoryLimit ?? totalmem() / 2)}B`,
      threads: String(options.threads ?? Math.max(1, availableParallelism())),
    })
    const connection = await instance.connect()
    // A pattern must be allowed itself, and then the file that it finds.
    const allowed = new Set(options.allowedPaths.flatMap((path) => [path, onePath(path)]))
    const paths = [...allowed].map((path) => quoteLiteral(path)).join(', ')
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run(`SET allowed_paths = [${paths}]`)
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
    return engineOf(instance, connection, spill, options)
  } catch (error) {
    instance?.closeSync()
    await rm(spill, { recursive: true, force: true })
    throw error
  }
}

function engineOf(
  instance: DuckDBInstance,
  connection: DuckDBConnection,
  spill: string,
  { timeLimit, signal, discreet = false }: DuckDbOptions,
): Engine {
  const deadline = timeLimit === undefined ? undefined : performance.now() + timeLimit
  const isCancelled = (): boolean => signal?.aborted === true
  const guarded = async <Result>(sql: string, work: () => Promise<Result>): Promise<Result> => {
    if (isCancelled()) throw cancelled()
    const left = deadline === undefined ? undefined : deadline - performance.now()
    if (left !== undefined && left <= 0) throw timeIsUp(timeLimit ?? 0)
    let again: NodeJS.Timeout | undefined
    // An interrupt between two queries, or before one has begun, is lost: it is repeated until the work has ended.
    const interrupt = (): void => {
      connection.interrupt()
      again ??= setInterval(() => connection.interrupt(), 20)
    }
    const timer = left === undefined ? undefined : setTimeout(interrupt, left)
    signal?.addEventListener('abort', interrupt)
    try {
      return await work()
    } catch (error) {
      if (isCancelled()) throw cancelled()
      if (deadline !== undefined && performance.now() >= deadline) throw timeIsUp(timeLimit ?? 0)
      throw sqlError(error, sql, discreet)
    } finally {
      clearTimeout(timer)
      clearInterval(again)
      signal?.removeEventListener('abort', interrupt)
    }
  }
  const query = (sql: string): Promise<SqlRow[]> =>
    guarded(sql, async () => (await connection.runAndReadAll(sql)).getRowObjects().map(plainRow))
  return {
    dialect: duckDbDialect,
    query,
    run: (sql) => guarded(sql, async () => void (await connection.run(sql))),
    expression: (sql, relation, place) => duckDbExpression(query, sql, relation, place),
    reading: (sql, place) => duckDbReading(query, sql, place),
    close: async () => {
      connection.closeSync()
      instance.closeSync()
      await rm(spill, { recursive: true, force: true })
    },
  }
}

function plainRow(row: Record<string, DuckDBValue>): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))
}

/** Decimals, dates, times and everything nested print themselves as the database would. */
function plainValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== 'object') return value
  if ('items' in value && Array.isArray(value.items)) return value.items.map((item) => plainValue(item as DuckDBValue))
  return String(value)
}

function sqlError(error: unknown, sql: string, discreet: boolean): ModelgateError {
  const message = error instanceof Error ? error.message : String(error)
  if (/^Out of Memory/i.test(message)) {
    return new ModelgateError({
      code: 'data/memory-limit',
      message: 'The data do not fit into the memory limit, even with help of the disk.',
      help: 'Raise the memory limit, or use a larger runner.',
      cause: error,
    })
  }
  const path = /file "([^"]+)"/.exec(message)?.[1]
  // The reader of Parquet finds damage in the pages of a file only when it comes there; most of its errors have no kind.
  if (/^Invalid Error: (?!Unsupported)|Failed to read file|Parquet file/.test(message)) {
    return new ModelgateError({
      code: 'data/corrupt',
      message: 'A data file is damaged: its contents cannot be read.',
      help: 'Write or copy it again.',
      ...(path === undefined ? {} : { place: { file: portablePath(process.cwd(), path) } }),
      cause: new Error(sql, { cause: error }),
    })
  }
  // These come before any value is looked at.
  const said =
    !discreet || /^(?:Parser|Binder|Catalog) Error/.test(message)
      ? `: ${truncate(oneLine(message), 400)}`
      : '; what it said is left out, for it may hold values of sensitive columns.'
  return new ModelgateError({
    code: 'data/sql',
    message: `The database refused a query${said}`,
    help: 'Correct the expression, or the name of a column, in the checks file.',
    cause: new Error(sql, { cause: error }),
  })
}
