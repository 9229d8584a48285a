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
import { type EngineOptions, type NamedData, openSession } from './session.ts'
import type { DeclaredColumn } from './source/source.ts'

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

  const sensitive = new Set([...sensitiveColumns(loaded), ...(request.sensitive ?? [])])
  const wanted = wantedData(request, checks, sensitive)
  const session = await openSession({
    data: wanted,
    root,
    engine: { ...request.engine, discreet: sensitive.size > 0 },
    ...(request.within === undefined ? {} : { within: request.within }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
  })
  try {
    const { engine } = session
    const data = session.relation(dataKey)
    const reference = wanted.has(referenceKey) ? session.relation(referenceKey) : undefined
    const others = new Map([...wanted.keys()].map((key) => [key, session.relation(key)]))
    progress(`Checking ${data.rows} rows`)
    const results = await runChecks({
      engine,
      checks,
      samples: loaded.checks.defaults.samples,
      context: {
        dialect: engine.dialect,
        data,
        ...(reference === undefined ? {} : { reference }),
        others,
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
      notes: data.notes,
      checksFile: { file: portablePath(root, resolve(root, loaded.file)), digest: loaded.digest },
      profile: null,
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(clock.monotonic() - started),
    }
  } finally {
    await session.close()
  }
}

const dataKey = ' data'
const referenceKey = ' reference'

/** The data themselves, the reference, and whatever checks name. */
function wantedData(
  request: DataCheckRequest,
  checks: readonly Check[],
  sensitive: ReadonlySet<string>,
): Map<string, NamedData> {
  const { checks: loaded, data, reference } = request
  // Data of the same shape are read alike, so that their values can be compared.
  const declared = declaredColumns(loaded, sensitive)
  const alike = (named: NamedData): NamedData => ({
    ...named,
    read: { ...loaded.checks.read, ...given(named.read) },
    declared,
  })
  const wanted = new Map([[dataKey, alike(data)]])
  if (reference !== undefined) wanted.set(referenceKey, alike(reference))
  for (const name of namesOfOthers(checks)) {
    const known = loaded.checks.datasets[name] ?? request.dataSets?.[name]
    const { path = name, ...read } = known ?? {}
    wanted.set(name, alike({ name, path, read }))
  }
  return wanted
}

/** Without what is not said. */
function given(read: NamedData['read']): Partial<ReadOptions> {
  return Object.fromEntries(Object.entries(read ?? {}).filter(([, value]) => value !== undefined))
}

function declaredColumns({ checks }: LoadedChecks, sensitive: ReadonlySet<string>): DeclaredColumn[] {
  const columns = checks.schema?.columns ?? {}
  return [...new Set([...Object.keys(columns), ...sensitive])].map((name) => {
    const spec = Object.hasOwn(columns, name) ? columns[name] : undefined
    return {
      name,
      ...(spec?.type === undefined ? {} : { type: spec.type }),
      ...(spec?.['date-format'] === undefined ? {} : { dateFormat: spec['date-format'] }),
      ...(sensitive.has(name) ? { sensitive: true } : {}),
    }
  })
}

/** Names of other data sets in the words of checks. */
function namesOfOthers(checks: readonly Check[]): Set<string> {
  const named = checks.flatMap(({ args }) => {
    const { of, with: other } = args as { of?: unknown; with?: unknown }
    return [of, other].filter((name) => typeof name === 'string')
  })
  return new Set(named)
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
