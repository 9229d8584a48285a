import { ModelgateError } from '../base/error.ts'
import { type ReadOptions, readOptions } from '../config/checks/read-options.ts'
import type { Engine } from './engine/engine.ts'
import type { Relation } from './relation.ts'
import { openRelation } from './source/open.ts'
import { resolveSource } from './source/resolve.ts'
import type { DeclaredColumn, ResolvedSource } from './source/source.ts'

/** Data as somebody named them: on the command line, in modelgate.yaml, or in a checks file. */
export type NamedData = {
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
  signal?: AbortSignal
  onProgress?: (message: string) => void
}

/** Data in an engine, until `close`. */
export type Session<Key extends string> = {
  engine: Engine
  /** The relation of a key of the request. */
  relation(key: Key): Relation
  close(): Promise<void>
}

/**
 * Finds all files, opens an engine that can read these and nothing else, and loads them. Throws `data/…` errors that name file and line.
 */
export async function openSession<Key extends string>(request: SessionRequest<Key>): Promise<Session<Key>> {
  const progress = request.onProgress ?? (() => undefined)
  const sources = new Map<Key, ResolvedSource>()
  for (const [key, data] of request.data) sources.set(key, await resolveSource(sourceOf(request, data)))
  const engine = await openEngine(request, [...sources.values()])
  try {
    const relations = new Map<Key, Relation>()
    for (const [key, source] of sources) {
      const columns = request.data.get(key)?.columns
      relations.set(
        key,
        await openRelation(engine, source, { onProgress: progress, ...(columns === undefined ? {} : { columns }) }),
      )
    }
    return {
      engine,
      relation: (key) => {
        const found = relations.get(key)
        if (found === undefined) throw new Error(`no data were asked for under "${key}"`)
        return found
      },
      close: async () => await engine.close(),
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

function sourceOf<Key extends string>(
  { root, within }: SessionRequest<Key>,
  { name, path, read, declared = [], anywhere = false }: NamedData,
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

async function openEngine<Key extends string>(
  { engine, signal, onProgress }: SessionRequest<Key>,
  sources: readonly ResolvedSource[],
): Promise<Engine> {
  const { openDuckDb } = await import('./engine/duckdb.ts')
  return await openDuckDb({
    ...engine,
    allowedPaths: sources.flatMap((source) => source.files.map((file) => file.path)),
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
