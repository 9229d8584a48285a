import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api'
import { onePath, quoteLiteral } from '../dialect/duckdb.ts'
import { duckDbApi, loadBinding } from './duckdb-api.ts'
import type { DuckDbSettings, EngineReply, EngineRequest, EngineTable, EngineTask } from './duckdb-protocol.ts'
import type { EngineColumn, SqlValue } from './engine.ts'

/** How often the memory of the process is looked at, in milliseconds. */
const memoryInterval = 50

const nothing: EngineTable = { names: [], columns: [] }

type Open = { instance: DuckDBInstance; connection: DuckDBConnection }

/**
 * The process that holds the database. It is one of its own, because a single function over large values heeds neither interrupts nor the limit
 * of memory, and may end the process that it runs in: then the parent still has a sentence to say.
 */
export function serveDuckDb(): void {
  let open: Open | undefined
  let again: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  const reply = (message: EngineReply, then?: () => void): void => void process.send?.(message, undefined, {}, then)

  const forget = (): void => {
    clearInterval(watch)
    open?.connection.closeSync()
    open?.instance.closeSync()
    open = undefined
  }
  const perform = async (task: EngineTask): Promise<EngineTable | EngineColumn[]> => {
    switch (task.do) {
      case 'load':
        return { names: ['version'], columns: [[loadBinding(task.file)]] }
      case 'open':
        forget()
        open = await openDatabase(task.settings)
        watch = watchMemory(task.settings, reply)
        return nothing
      case 'close':
        forget()
        return { names: ['bytes'], columns: [[process.memoryUsage.rss()]] }
      case 'query':
        if (open === undefined) throw new Error('no database is open')
        return tableOf(await open.connection.runAndReadAll(task.sql))
      case 'columns':
        if (open === undefined) throw new Error('no database is open')
        return await columnsOf(open.connection, task.sql)
      case 'run':
        if (open === undefined) throw new Error('no database is open')
        await open.connection.run(task.sql)
        return nothing
    }
  }

  process.on('message', async (message: EngineRequest) => {
    if ('interrupt' in message) {
      // An interrupt between two queries, or before one has begun, is lost: it is repeated until the work has ended.
      open?.connection.interrupt()
      again ??= setInterval(() => open?.connection.interrupt(), 20)
      return
    }
    const { id, task } = message
    try {
      const result = await perform(task)
      reply('names' in result ? { id, table: result } : { id, columns: result })
    } catch (error) {
      reply({ id, refused: error instanceof Error ? error.message : String(error) })
    }
    clearInterval(again)
    again = undefined
  })
  // The parent alone says when this ends: what a terminal sends to both goes through it. Without a parent there is nothing left to do, and a
  // query at work would not let the process end in any other way.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

async function openDatabase({ allowedPaths, spill, memoryLimit, threads }: DuckDbSettings): Promise<Open> {
  const { DuckDBInstance } = await duckDbApi()
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Row numbers are only right when rows stay in the order of the file.
    preserve_insertion_order: 'true',
    temp_directory: spill,
    memory_limit: `${memoryLimit}B`,
    threads: String(threads),
  })
  try {
    const connection = await instance.connect()
    // A pattern must be allowed itself, and then the file that it finds.
    const allowed = new Set(allowedPaths.flatMap((path) => [path, onePath(path)]))
    const paths = [...allowed].map((path) => quoteLiteral(path)).join(', ')
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run(`SET allowed_paths = [${paths}]`)
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
    return { instance, connection }
  } catch (error) {
    instance.closeSync()
    throw error
  }
}

/**
 * What functions make of values is not counted by the database's own limit. Half as much again is given for that, and something for Node and for
 * the buffers of each thread: reading text in a limit of 1 GB was seen to hold 0.5 GB more with two threads.
 */
function watchMemory(
  { memoryLimit, threads }: DuckDbSettings,
  reply: (message: EngineReply, then: () => void) => void,
): NodeJS.Timeout {
  const most = 1.5 * memoryLimit + 128 * 2 ** 20 * Math.max(2, threads)
  const timer = setInterval(() => {
    const bytes = process.memoryUsage.rss()
    if (bytes <= most) return
    clearInterval(timer)
    reply({ overMemory: bytes }, () => process.kill(process.pid, 'SIGKILL'))
  }, memoryInterval)
  timer.unref()
  return timer
}

/** Streamed: a copy of the whole result beside the columns would be the larger part of the memory. */
async function columnsOf(connection: DuckDBConnection, sql: string): Promise<EngineColumn[]> {
  const { DuckDBTypeId } = await duckDbApi()
  const result = await connection.stream(sql)
  const isNumber = Array.from(
    { length: result.columnCount },
    (_, column) => result.columnTypeId(column) === DuckDBTypeId.DOUBLE,
  )
  const texts: (string | null)[][] = isNumber.map(() => [])
  const numbers: Float64Array[][] = isNumber.map(() => [])
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [column, isDouble] of isNumber.entries()) {
      const vector = chunk.getColumnVector(column)
      if (isDouble) {
        const values = new Float64Array(chunk.rowCount)
        for (let row = 0; row < values.length; row++) values[row] = (vector.getItem(row) as number | null) ?? Number.NaN
        numbers[column]?.push(values)
      } else {
        for (let row = 0; row < chunk.rowCount; row++) texts[column]?.push(vector.getItem(row) as string | null)
      }
    }
  }
  return isNumber.map((isDouble, column) => (isDouble ? joined(numbers[column] ?? []) : (texts[column] ?? [])))
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

function tableOf(result: DuckDBResultReader): EngineTable {
  return {
    names: result.deduplicatedColumnNames(),
    columns: result.getColumns().map((column) => column.map(plainValue)),
  }
}

/** Decimals, dates, times and everything nested print themselves as the database would. */
function plainValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== 'object') return value
  if ('items' in value && Array.isArray(value.items)) return value.items.map((item) => plainValue(item as DuckDBValue))
  return String(value)
}
