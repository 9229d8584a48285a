import { resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { ModelgateError } from '../base/error.ts'
import { portablePath } from '../base/files.ts'
import type { Check } from '../config/checks/check.ts'
import { expandChecks } from '../config/checks/expand.ts'
import { type LoadedChecks, sensitiveColumns } from '../config/checks/load.ts'
import type { ReadOptions } from '../config/checks/read-options.ts'
import type { DataReport } from '../record/data-report.ts'
import { runChecks } from './checks/run-checks.ts'
import { verdictOf } from './checks/status.ts'
import { describeColumns } from './describe-columns.ts'
import type { Engine } from './engine/engine.ts'
import type { Relation } from './relation.ts'
import { openRelation } from './source/open.ts'
import { resolveSource } from './source/resolve.ts'
import type { DeclaredColumn, ResolvedSource, SourceRequest } from './source/source.ts'

/** Data as somebody named them: on the command line, in modelgate.yaml, or in a checks file. */
export type NamedData = {
  name: string
  path: string
  read?: { [Key in keyof ReadOptions]?: ReadOptions[Key] | undefined }
}

export type EngineOptions = {
  enginePath?: string
  registry?: string
  /** Bytes. */
  memoryLimit?: number
  /** Milliseconds for all queries together. */
  timeLimit?: number
}

export type DataCheckRequest = {
  data: NamedData
  checks: LoadedChecks
  reference?: NamedData
  /** Data sets of modelgate.yaml, which checks may name. */
  dataSets?: Readonly<Record<string, { path: string }>>
  /** Folder that paths are relative to, and shown relative to. */
  root: string
  /** Nothing outside of this folder is read, whatever links say. */
  within?: string
  environment?: string
  /** Columns that are sensitive whatever these checks say of them. */
  sensitive?: readonly string[]
  engine: EngineOptions
  clock: Clock
  signal?: AbortSignal
  onProgress?: (message: string) => void
}

/**
 * Checks one data set. A failing check is a result; what makes checking impossible throws: an unreadable file, a mistake in the checks file,
 * or an engine that cannot be had.
 */
export async function checkData(request: DataCheckRequest): Promise<DataReport> {
  const { checks: loaded, root, clock } = request
  const progress = request.onProgress ?? (() => undefined)
  const [started, startedAt] = [clock.monotonic(), clock.now()]
  const environment = request.environment ?? loaded.checks.environment
  const checks = expandChecks(loaded.checks, environment, loaded.placeOf)
  if (checks.length === 0 && loaded.checks.drift === undefined) throw nothingToCheck(loaded)

  const sources = await resolveAll(request, checks)
  const engine = await openEngine(request, [...sources.values()])
  try {
    const relations = new Map<string, Relation>()
    for (const [name, source] of sources) {
      progress(
        `Reading ${source.files.length === 1 ? (source.files[0]?.shown ?? name) : `${source.files.length} files of ${name}`}`,
      )
      relations.set(name, await openRelation(engine, source))
    }
    const data = needed(relations, dataKey)
    const reference = relations.get(referenceKey)
    const sensitive = new Set([...sensitiveColumns(loaded), ...(request.sensitive ?? [])])
    progress(`Checking ${data.rows} rows`)
    const results = await runChecks({
      engine,
      checks,
      samples: loaded.checks.defaults.samples,
      context: {
        dialect: engine.dialect,
        data,
        ...(reference === undefined ? {} : { reference }),
        others: relations,
        now: startedAt,
        sensitive,
      },
    })
    const { verdict, reason } = verdictOf(checks, results, { malformed: data.malformed.count, drift: undefined })
    return {
      schema: 'modelgate/data@1',
      name: data.name,
      ...(environment === undefined ? {} : { environment }),
      engine: engine.dialect.name,
      files: data.files,
      bytes: data.bytes,
      rows: data.rows,
      malformed: data.malformed,
      columns: await describeColumns(engine, data, sensitive),
      verdict,
      reason,
      checks: results,
      drift: null,
      notes: [],
      checksFile: { file: portablePath(root, resolve(root, loaded.file)), digest: loaded.digest },
      profile: null,
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(clock.monotonic() - started),
    }
  } finally {
    await engine.close()
  }
}

const dataKey = ' data'
const referenceKey = ' reference'

/** Every file is found before the database opens: afterwards it can reach no other. */
async function resolveAll(request: DataCheckRequest, checks: readonly Check[]): Promise<Map<string, ResolvedSource>> {
  const { checks: loaded, data, reference } = request
  const declared = declaredColumns(loaded)
  const of = (named: NamedData, columns: readonly DeclaredColumn[]): Promise<ResolvedSource> =>
    resolveSource(sourceOf(request, named, columns))
  const sources = new Map([[dataKey, await of(data, declared)]])
  if (reference !== undefined) sources.set(referenceKey, await of(reference, declared))
  for (const name of namesOfOthers(checks)) {
    const known = loaded.checks.datasets[name] ?? request.dataSets?.[name]
    const { path = name, ...read } = known ?? {}
    // Data of the same shape are read alike, so that their values can be compared.
    sources.set(name, await of({ name, path, read }, declared))
  }
  return sources
}

function sourceOf(request: DataCheckRequest, named: NamedData, declared: readonly DeclaredColumn[]): SourceRequest {
  const { root, within, checks } = request
  return {
    name: named.name,
    path: named.path,
    root,
    ...(within === undefined ? {} : { within }),
    read: { ...checks.checks.read, ...given(named.read) },
    declared,
  }
}

/** Without what is not said. */
function given(read: NamedData['read']): Partial<ReadOptions> {
  return Object.fromEntries(Object.entries(read ?? {}).filter(([, value]) => value !== undefined))
}

function declaredColumns({ checks }: LoadedChecks): DeclaredColumn[] {
  return Object.entries(checks.schema?.columns ?? {}).map(([name, spec]) => ({
    name,
    ...(spec?.type === undefined ? {} : { type: spec.type }),
    ...(spec?.['date-format'] === undefined ? {} : { dateFormat: spec['date-format'] }),
  }))
}

/** Names of other data sets in the words of checks. */
function namesOfOthers(checks: readonly Check[]): Set<string> {
  const named = checks.flatMap(({ args }) => {
    const { of, with: other } = args as { of?: unknown; with?: unknown }
    return [of, other].filter((name) => typeof name === 'string')
  })
  return new Set(named)
}

async function openEngine(request: DataCheckRequest, sources: readonly ResolvedSource[]): Promise<Engine> {
  const { openDuckDb } = await import('./engine/duckdb.ts')
  const { signal, onProgress } = request
  return await openDuckDb({
    ...request.engine,
    allowedPaths: sources.flatMap((source) => source.files.map((file) => file.path)),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined
      ? {}
      : {
          onProgress: ({ bytes, total }) =>
            onProgress(
              `Fetching the data engine: ${Math.round(bytes / 1e6)}${total === undefined ? '' : ` of ${Math.round(total / 1e6)}`} MB`,
            ),
        }),
  })
}

function needed(relations: ReadonlyMap<string, Relation>, key: string): Relation {
  const relation = relations.get(key)
  if (relation === undefined) throw new Error(`no relation${key}`)
  return relation
}

/** A file that checks nothing would always pass. */
function nothingToCheck({ file }: LoadedChecks): ModelgateError {
  return new ModelgateError({
    code: 'data/no-checks',
    message: 'This file holds no check for this environment.',
    place: { file },
    help: 'Add columns under `schema`, or checks under `checks`; `modelgate data suggest FILE` writes a first version.',
  })
}
