import { ModelgateError } from '../base/error.ts'
import { type ReadOptions, readOptions } from '../config/checks/read-options.ts'
import type { Engine } from './engine/engine.ts'
import { type Session, sessionOf } from './session-of.ts'
import { connectionOf } from './source/location.ts'
import { openRelation } from './source/open.ts'
import { resolveSource } from './source/resolve.ts'
import type { DeclaredColumn, ResolvedSource } from './source/source.ts'

/** Data as somebody named them: on the command line, in modelgate.yaml, or in a checks file. */
export type NamedData = NamedFiles | NamedTable

export type NamedTable = {
  name: string
  /** A table or view of PostgreSQL. */
  table: string
  /** Name of the environment variable with the URL of the database. */
  connection: string
  /** Columns that name a row in samples. */
  key?: readonly string[]
}

export type NamedFiles = {
  /** How messages call them. */
  name: string
  /** A file, a folder or a pattern. */
  path: string
  read?: { [Key in keyof ReadOptions]?: ReadOptions[Key] | undefined }
  /** What is known of the columns: how their text is to be read. */
  declared?: readonly DeclaredColumn[]
  /** Only these columns are read; all without it. */
  columns?: readonly string[]
  /** They may lie anywhere: who runs modelgate named them, and no file that a change can edit. */
  anywhere?: boolean
}

export type EngineOptions = {
  enginePath?: string
  registry?: string
  /** Bytes. */
  memoryLimit?: number
  /** Milliseconds for all queries together. */
  timeLimit?: number
  /** Nothing that a database says of values is passed on: they may be sensitive. */
  discreet?: boolean
}

export type SessionRequest<Key extends string> = {
  /** The data that are needed, by a key of the caller's. */
  data: ReadonlyMap<Key, NamedData>
  /** Folder that paths are relative to, and shown relative to. */
  root: string
  /** Nothing outside of this folder is read, whatever links say. */
  within?: string
  engine: EngineOptions
  /** Where connections are looked up by name; no database can be reached without it. */
  environment?: Readonly<Record<string, string | undefined>>
  signal?: AbortSignal
  onProgress?: (message: string) => void
}

/**
 * Finds all files, opens an engine that can read these and nothing else, and loads them; or connects to the database that holds the tables.
 * Throws `data/…` errors that name file and line.
 */
export async function openSession<Key extends string>(request: SessionRequest<Key>): Promise<Session<Key>> {
  const connection = connectionOf(request.data.values())
  return connection === undefined ? await openFiles(request) : await openDatabase(request, connection)
}

async function openFiles<Key extends string>(request: SessionRequest<Key>): Promise<Session<Key>> {
  const progress = request.onProgress ?? (() => undefined)
  const sources: { key: Key; source: ResolvedSource; columns: readonly string[] | undefined }[] = []
  for (const [key, data] of request.data) {
    if (!('path' in data)) continue
    sources.push({ key, source: await resolveSource(sourceOf(request, data)), columns: data.columns })
  }
  const engine = await openEngine(
    request,
    sources.map(({ source }) => source),
  )
  return await sessionOf(engine, async (add) => {
    for (const { key, source, columns } of sources) {
      add(
        key,
        await openRelation(engine, source, { onProgress: progress, ...(columns === undefined ? {} : { columns }) }),
      )
    }
  })
}

async function openDatabase<Key extends string>(
  { data, engine, environment = {}, signal, onProgress }: SessionRequest<Key>,
  connection: string,
): Promise<Session<Key>> {
  const { openTables } = await import('./postgres-session.ts')
  return await openTables({
    connection,
    environment,
    tables: new Map([...data].filter((entry): entry is [Key, NamedTable] => 'table' in entry[1])),
    ...(engine.timeLimit === undefined ? {} : { timeLimit: engine.timeLimit }),
    ...(engine.discreet === undefined ? {} : { discreet: engine.discreet }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  })
}

function sourceOf<Key extends string>(
  { root, within }: SessionRequest<Key>,
  { name, path, read, declared = [], anywhere = false }: NamedFiles,
): Parameters<typeof resolveSource>[0] {
  const said = Object.fromEntries(Object.entries(read ?? {}).filter(([, value]) => value !== undefined))
  const parsed = readOptions.safeParse(said)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ModelgateError({
      code: 'data/read-options',
      message: `The \`${issue?.path.join('.')}\` of ${name} ${issue?.message}.`,
      help: 'Correct how the file is read.',
    })
  }
  return { name, path, root, ...(within === undefined || anywhere ? {} : { within }), read: parsed.data, declared }
}

const oneThreadBytes = 2 * 1024 * 1024

/** Small files get one thread of the engine: it is quicker than two, which mostly wait for one another, and takes up to half of the processor. */
export function threadsFor(files: readonly { bytes: number }[]): { threads?: number } {
  return files.reduce((sum, { bytes }) => sum + bytes, 0) > oneThreadBytes ? {} : { threads: 1 }
}

async function openEngine<Key extends string>(
  { engine, signal, onProgress }: SessionRequest<Key>,
  sources: readonly ResolvedSource[],
): Promise<Engine> {
  const { openDuckDb } = await import('./engine/duckdb.ts')
  const files = sources.flatMap((source) => source.files)
  return await openDuckDb({
    ...threadsFor(files),
    ...engine,
    allowedPaths: files.map((file) => file.path),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress: downloadProgress(onProgress) }),
  })
}

/** The engine comes in megabytes: a line for each tenth is enough. */
function downloadProgress(
  say: (message: string) => void,
): (progress: { bytes: number; total: number | undefined }) => void {
  let tenths = -1
  return ({ bytes, total }) => {
    const now = total === undefined ? Math.floor(bytes / 5e6) : Math.floor((10 * bytes) / total)
    if (now === tenths) return
    tenths = now
    say(
      `Fetching the data engine, ${Math.round(bytes / 1e6)}${total === undefined ? '' : ` of ${Math.round(total / 1e6)}`} MB`,
    )
  }
}
