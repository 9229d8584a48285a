import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'
import { portablePath } from '../../base/files.ts'
import { duckDbDialect } from '../dialect/duckdb.ts'
import {
  type Binding,
  type BindingOptions,
  type BindingSource,
  bindingSource,
  discardDamaged,
  foreignVersion,
  locateBinding,
} from './binding.ts'
import { type DuckDbProcess, Ended, giveBack, Refused, takeProcess } from './duckdb-client.ts'
import { duckDbAggregate, duckDbExpression, duckDbReading } from './duckdb-expression.ts'
import type { Engine, SqlRow } from './engine.ts'
import { cancelled, timeIsUp } from './stopped.ts'

export type DuckDbOptions = BindingOptions & {
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

/** How long a query has to heed an interrupt, in milliseconds, before its process is killed. */
const grace = 2000

/**
 * Opens an empty database in memory that can read the allowed files and nothing else: no other file, no network, no extension, and no way to
 * change that. It lives in a process of its own, which no query can keep from ending in time. What does not fit into memory goes to a
 * temporary folder, which `close` removes. Throws `data/engine-…`.
 */
export async function openDuckDb(options: DuckDbOptions, source: BindingSource = bindingSource()): Promise<Engine> {
  const database = takeProcess()
  let spill: string | undefined
  try {
    await loadEngine(database, options, source)
    spill = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'modelgate-data-'))
    const settings = {
      allowedPaths: options.allowedPaths,
      spill,
      memoryLimit: Math.floor(options.memoryLimit ?? totalmem() / 2),
      threads: options.threads ?? Math.max(1, availableParallelism()),
    }
    await database.ask({ do: 'open', settings })
    return engineOf(database, spill, options)
  } catch (error) {
    database.kill()
    if (spill !== undefined) await rm(spill, { recursive: true, force: true })
    throw error instanceof Ended ? endedError(error) : error
  }
}

/** Throws the errors of `locateBinding`, `data/engine-load` and `data/engine-version`. */
async function loadEngine(database: DuckDbProcess, options: BindingOptions, source: BindingSource): Promise<void> {
  const binding = await locateBinding(options, source)
  try {
    await loadBinding(database, binding, source)
  } catch (error) {
    if (error instanceof Ended || !(await discardDamaged(binding, source))) throw error
    await loadBinding(database, await locateBinding(options, source), source)
  }
}

async function loadBinding(database: DuckDbProcess, { file, origin }: Binding, source: BindingSource): Promise<void> {
  const [loaded] = await database.ask({ do: 'load', file }).catch((cause: unknown) => {
    if (!(cause instanceof Refused)) throw cause
    throw new ModelgateError({
      code: 'data/engine-load',
      kind: origin === 'engine-path' ? 'user' : 'tool',
      message: `The data engine could not be loaded: ${oneLine(cause.message)}.`,
      place: { file },
      help: `Its files must lie side by side, and must be those for ${source.platform}.`,
      cause,
    })
  })
  const version = String(loaded?.version)
  // `v1.5.5` of the library, `1.5.5-r.5` of the package.
  if (version === `v${source.pins.version.replace(/-.*$/, '')}`) return
  throw foreignVersion(file, version === '' ? 'unknown' : version, source)
}

function engineOf(
  database: DuckDbProcess,
  spill: string,
  { timeLimit, signal, discreet = false }: DuckDbOptions,
): Engine {
  const deadline = timeLimit === undefined ? undefined : performance.now() + timeLimit
  const isCancelled = (): boolean => signal?.aborted === true
  const within = async <Answer>(sql: string, work: () => Promise<Answer>): Promise<Answer> => {
    if (isCancelled()) throw cancelled()
    const left = deadline === undefined ? undefined : deadline - performance.now()
    if (left !== undefined && left <= 0) throw timeIsUp(timeLimit ?? 0)
    let killing: NodeJS.Timeout | undefined
    const stop = (): void => {
      database.interrupt()
      killing ??= setTimeout(() => database.kill(), grace)
    }
    const timer = left === undefined ? undefined : setTimeout(stop, left)
    signal?.addEventListener('abort', stop)
    try {
      return await work()
    } catch (error) {
      if (isCancelled()) throw cancelled()
      if (deadline !== undefined && performance.now() >= deadline) throw timeIsUp(timeLimit ?? 0)
      throw error instanceof Ended ? endedError(error) : sqlError(error, sql, discreet)
    } finally {
      clearTimeout(timer)
      clearTimeout(killing)
      signal?.removeEventListener('abort', stop)
    }
  }
  const query = (sql: string): Promise<SqlRow[]> => within(sql, () => database.ask({ do: 'query', sql }))
  return {
    dialect: duckDbDialect,
    query,
    columns: (sql) => within(sql, () => database.columns(sql)),
    run: async (sql) => void (await within(sql, () => database.ask({ do: 'run', sql }))),
    expression: (sql, relation, place) => duckDbExpression(query, sql, relation, place),
    aggregate: (sql, relation, place) => duckDbAggregate(query, sql, relation, place),
    reading: (sql, place) => duckDbReading(query, sql, place),
    close: async () => {
      await giveBack(database)
      await rm(spill, { recursive: true, force: true })
    },
  }
}

function endedError(error: Ended): ModelgateError {
  if (error.overMemory !== undefined) {
    return new ModelgateError({
      code: 'data/memory-limit',
      message: `The data checks took ${(error.overMemory / 1e9).toFixed(1)} GB, far more than their memory limit, in a place where the disk cannot help, and were stopped.`,
      help: 'Simplify the expression that makes large values, or raise the memory limit.',
      cause: error,
    })
  }
  return new ModelgateError({
    code: 'data/engine-ended',
    kind: 'tool',
    message: `The process of the data engine ended unexpectedly (${error.how}).`,
    help:
      error.how === 'SIGKILL'
        ? 'The machine may have run out of memory: set a memory limit, or use a larger runner.'
        : 'If it happens again, please report it with the checks file, and with data that show it.',
    cause: error,
  })
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
