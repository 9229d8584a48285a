import { type ChildProcess, fork } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileIn } from '../../base/files.ts'
import { isBundled } from './bundled.ts'
import type { EngineReply, EngineTable, EngineTask } from './duckdb-protocol.ts'
import type { EngineColumn, SqlRow } from './engine.ts'

/** The process that holds the database, as its parent sees it. Tasks are answered in the order in which they were given. */
export type DuckDbProcess = {
  /** Throws `Refused` with the words of the database, or `Ended` when there is no process to answer any more. */
  ask(task: Exclude<EngineTask, { do: 'columns' }>): Promise<SqlRow[]>
  /** The columns of a query, for many rows. Throws as `ask`. */
  columns(sql: string): Promise<readonly EngineColumn[]>
  /** Asks the database to stop what it does; functions at work do not hear it. */
  interrupt(): void
  /** Ends it at once. */
  kill(): void
  /** Ends it, and keeps this process until it has ended. */
  end(): void
  readonly isAlive: boolean
}

export class Refused extends Error {}

export class Ended extends Error {
  /** What ended it: a signal, an exit code, or why it could not be started. */
  readonly how: string
  /** Bytes, when it was ended for needing too many of them. */
  readonly overMemory: number | undefined

  constructor(how: string, overMemory?: number) {
    super(`the process of the database ended (${how})`)
    this.how = how
    this.overMemory = overMemory
  }
}

/** A process that holds more than this when its database is closed is not used again: it would count against the next one's limit. */
const mostKept = 512 * 2 ** 20

const idle: DuckDbProcess[] = []
let willEnd = false

/** A process that waits for work, or a new one. */
export function takeProcess(): DuckDbProcess {
  // Whoever measures this process, or waits for it, has to see what its children took.
  if (!willEnd) process.once('beforeExit', () => idle.splice(0).map((each) => each.end()))
  willEnd = true
  for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) if (kept.isAlive) return kept
  return startProcess()
}

/** Starts a process for data that will be asked for soon: it starts while this one still loads its own code. */
export function startAhead(): void {
  if (idle.length === 0) idle.push(takeProcess())
}

/** Keeps a process for the next data, or ends it. */
export async function giveBack(engine: DuckDbProcess): Promise<void> {
  const [closed] = engine.isAlive ? await engine.ask({ do: 'close' }).catch(() => []) : []
  if (closed !== undefined && Number(closed.bytes) <= mostKept) idle.push(engine)
  else engine.end()
}

type Waiting = { resolve: (reply: Answer) => void; reject: (error: Error) => void }
type Answer = { table: EngineTable } | { columns: readonly EngineColumn[] }

function startProcess(): DuckDbProcess {
  const child = fork(entry(), [], {
    // 64-bit integers, NaN and infinity cross as they are.
    serialization: 'advanced',
    execArgv: [],
    env: environment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const waiting = new Map<number, Waiting>()
  let last = 0
  let overMemory: number | undefined
  let ended: Ended | undefined
  // Waiting for an answer keeps this process alive; the mere database does not.
  const hold = (): void => {
    for (const each of [child, child.channel]) waiting.size > 0 ? each?.ref() : each?.unref()
  }
  const end = (how: string): void => {
    ended ??= new Ended(how, overMemory)
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  child.on('message', (reply: EngineReply) => {
    if ('overMemory' in reply) {
      overMemory = reply.overMemory
      return
    }
    const task = waiting.get(reply.id)
    waiting.delete(reply.id)
    hold()
    if ('refused' in reply) task?.reject(new Refused(reply.refused))
    else task?.resolve(reply)
  })
  child.on('error', (error) => end(error.message))
  whenGone(child, end)
  hold()
  const send = (task: EngineTask): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      const id = last++
      waiting.set(id, { resolve, reject })
      hold()
      // A failure to send shows in the end of the process.
      child.send({ id, task }, () => undefined)
    })
  return {
    ask: async (task) => {
      const answer = await send(task)
      return 'table' in answer ? rowsOf(answer.table) : []
    },
    columns: async (sql) => {
      const answer = await send({ do: 'columns', sql })
      return 'columns' in answer ? answer.columns : []
    },
    interrupt: () => void (child.connected && child.send({ interrupt: true }, () => undefined)),
    kill: () => void child.kill('SIGKILL'),
    end: () => {
      child.ref()
      child.kill('SIGKILL')
    },
    get isAlive() {
      return ended === undefined && child.connected
    },
  }
}

function rowsOf({ names, columns }: EngineTable): SqlRow[] {
  return (columns[0] ?? []).map((_, row) =>
    Object.fromEntries(names.map((name, column) => [name, columns[column]?.[row] ?? null])),
  )
}

/** Calls back when a process has ended and all that it had said has arrived. */
function whenGone(child: ChildProcess, then: (how: string) => void): void {
  let how: string | undefined
  const check = (): void => {
    if (how !== undefined && !child.connected) then(how)
  }
  child.once('exit', (code, signal) => {
    how = signal ?? `exit code ${code}`
    check()
  })
  child.once('disconnect', check)
}

function entry(): string {
  const here = fileURLToPath(import.meta.url)
  return isBundled(here)
    ? fileIn(resolve(dirname(here), 'engine'), 'index.js')
    : fileIn(dirname(here), 'duckdb-process.ts')
}

/** Tokens and addresses are no business of the database; what finds libraries and temporary folders is. */
function environment(): NodeJS.ProcessEnv {
  const passed = ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR']
  return Object.fromEntries(passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
