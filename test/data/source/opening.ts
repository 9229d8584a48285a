import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { formatError } from '../../../src/base/error.ts'
import { readOptions } from '../../../src/config/checks/read-options.ts'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { Engine, SqlRow, SqlValue } from '../../../src/data/engine/engine.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { threadsFor } from '../../../src/data/session.ts'
import { openRelation } from '../../../src/data/source/open.ts'
import { resolveSource } from '../../../src/data/source/resolve.ts'
import type { DeclaredColumn, ResolvedSource } from '../../../src/data/source/source.ts'

export type Opened = {
  engine: Engine
  relation: Relation
  /** Name, kind and type of the columns: `age integer BIGINT`. */
  columns: string[]
  /** Values of all columns in the order of the data; numbers of any size as text. */
  rows(): Promise<(string | null)[][]>
  /** Texts that are not of the type of their column. */
  bad(column: string): Promise<(string | null)[]>
  query(sql: string): Promise<SqlRow[]>
}

export type Settings = {
  read?: Record<string, unknown>
  declared?: DeclaredColumn[]
  within?: string
  onProgress?: (message: string) => void
  columns?: readonly string[]
}

/** An empty folder that goes with the test. */
export async function folder(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'modelgate-source-')))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A folder with these files. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const root = await folder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return root
}

export function resolveIn(
  root: string,
  path: string,
  { read = {}, declared = [], within }: Settings = {},
): Promise<ResolvedSource> {
  return resolveSource({
    name: 'data',
    path,
    root,
    read: readOptions.parse(read),
    declared,
    ...(within === undefined ? {} : { within }),
  })
}

export async function open(root: string, path: string, settings: Settings = {}): Promise<Opened> {
  const source = await resolveIn(root, path, settings)
  const engine = await openDuckDb({ ...threadsFor(source.files), allowedPaths: source.files.map((file) => file.path) })
  onTestFinished(() => engine.close())
  const { onProgress, columns } = settings
  const relation = await openRelation(engine, source, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(columns === undefined ? {} : { columns }),
  })
  const inOrder = async (items: readonly string[]): Promise<(string | null)[][]> => {
    const order = relation.row === undefined ? '' : ` ORDER BY ${relation.row}`
    const list = items.map((item, index) => `CAST(${item} AS VARCHAR) AS v${index}`).join(', ')
    const found = await engine.query(`SELECT ${list} FROM ${relation.sql}${order}`)
    return found.map((row) => items.map((_, index) => textOf(row[`v${index}`])))
  }
  return {
    engine,
    relation,
    columns: relation.columns.map(({ name, kind, nativeType }) => `${name} ${kind} ${nativeType}`),
    rows: () => inOrder(relation.columns.map(({ sql }) => sql)),
    bad: async (name) => {
      const column = relation.columns.find((each) => each.name === name)
      const rows = await inOrder([column?.badText ?? 'NULL'])
      return rows.map(([text]) => text ?? null)
    },
    query: (sql) => engine.query(sql),
  }
}

/** A single file. */
export async function openText(
  content: string | Uint8Array,
  settings: Settings = {},
  name = 'data.csv',
): Promise<Opened> {
  return await open(await folderWith({ [name]: content }), name, settings)
}

/** The error as the user reads it. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return formatError(error)
  }
  return 'no error'
}

function textOf(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** Writes Parquet files with the engine itself, before it is locked: pairs of path and query. */
export async function writeParquet(files: Record<string, string>, options = ''): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const [path, query] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true })
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet${options})`)
  }
  connection.closeSync()
  instance.closeSync()
}
