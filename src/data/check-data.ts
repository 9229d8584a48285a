import { resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { ModelgateError } from '../base/error.ts'
import { portablePath } from '../base/files.ts'
import { type DriftSettings, driftSettings } from '../config/checks/drift-settings.ts'
import { expandChecks } from '../config/checks/expand.ts'
import { type LoadedChecks, sensitiveColumns } from '../config/checks/load.ts'
import type { DataColumn, DataReport, DriftReport } from '../record/data-report.ts'
import { runChecks } from './checks/run-checks.ts'
import { verdictOf } from './checks/status.ts'
import { columnsInScan } from './describe-columns.ts'
import { measureDrift } from './drift/measure-drift.ts'
import type { DataProfile } from './profile/data-profile.ts'
import { profileRelation } from './profile/profile-relation.ts'
import { readProfile } from './profile/read-profile.ts'
import { requireReadable } from './readable.ts'
import { type EngineOptions, type NamedData, openSession } from './session.ts'
import type { Session } from './session-of.ts'
import { dataKey, dataNamed, driftKey, referenceKey, type WantedRequest, wantedData } from './wanted-data.ts'

export type DataCheckRequest = {
  data: NamedData
  checks: LoadedChecks
  reference?: NamedData
  /** Data sets of modelgate.yaml, which checks may name. */
  dataSets?: WantedRequest['dataSets']
  /** Folder that paths are relative to, and shown relative to. */
  root: string
  /** Nothing outside of this folder is read, whatever links say. */
  within?: string
  environment?: string
  /** Columns that are sensitive whatever these checks say of them. */
  sensitive?: readonly string[]
  /** Whether the data are profiled as well. */
  profile?: boolean
  engine: EngineOptions
  /** Where connections to databases are looked up; none can be reached without it. */
  variables?: Readonly<Record<string, string | undefined>>
  clock: Clock
  signal?: AbortSignal
  onProgress?: (message: string) => void
}

export type DataCheckResult = { report: DataReport; profile?: DataProfile }

/**
 * Checks one data set. A failing check is a result; what makes checking impossible throws: an unreadable file, a mistake in the checks file,
 * or an engine that cannot be had.
 */
export async function checkData(request: DataCheckRequest): Promise<DataCheckResult> {
  const { checks: loaded, root, clock } = request
  const progress = request.onProgress ?? (() => undefined)
  const [started, startedAt] = [clock.monotonic(), clock.now()]
  const environment = request.environment ?? loaded.checks.environment
  const checks = expandChecks(loaded.checks, environment, loaded.placeOf)
  if (checks.length === 0 && loaded.checks.drift === undefined) throw nothingToCheck(loaded)

  const drift = loaded.checks.drift === null ? driftSettings.parse({}) : loaded.checks.drift
  const references = await findReferences(request, drift)
  const sensitive = new Set([...sensitiveColumns(loaded), ...(request.sensitive ?? [])])
  const session = await openSession({
    data: wantedData({
      data: request.data,
      checks: loaded,
      expanded: checks,
      sensitive,
      drift,
      dataSets: request.dataSets ?? {},
      ...(references.reference === undefined ? {} : { reference: references.reference }),
      ...(references.drift.data === undefined ? {} : { driftReference: references.drift.data }),
    }),
    root,
    engine: { ...request.engine, discreet: sensitive.size > 0 },
    ...(request.variables === undefined ? {} : { environment: request.variables }),
    ...(request.within === undefined ? {} : { within: request.within }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
  })
  try {
    const { engine } = session
    const data = session.relation(dataKey)
    const reference = session.has(referenceKey) ? session.relation(referenceKey) : undefined
    const others = session.relations()
    // Those of the data themselves are a result; what others leave out would be missed in every comparison with them.
    for (const [key, relation] of others) if (key !== dataKey) requireReadable(relation)
    progress(`Checking ${data.rows} rows`)
    let columns: DataColumn[] = []
    const { results, placed } = await runChecks({
      engine,
      alongside: (scan) => {
        const describe = columnsInScan(scan, data, sensitive)
        return (values) => {
          columns = describe(values)
        }
      },
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
    const drifted = drift === undefined ? null : await driftOf(request, session, drift, references.drift, sensitive)
    const { verdict, reason } = verdictOf(checks, results, {
      rows: data.rows,
      malformed: data.malformed.count,
      drift: drifted ?? undefined,
    })
    const profile = request.profile === true ? await profileRelation(engine, data, { sensitive }) : undefined
    await placed
    const report: DataReport = {
      schema: 'modelgate/data@1',
      name: data.name,
      ...(environment === undefined ? {} : { environment }),
      engine: engine.dialect.name,
      files: data.files,
      bytes: data.bytes,
      rows: data.rows,
      malformed: data.malformed,
      columns,
      verdict,
      reason,
      checks: results,
      drift: drifted,
      notes: data.notes,
      checksFile: { file: portablePath(root, resolve(root, loaded.file)), digest: loaded.digest },
      profile: null,
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(clock.monotonic() - started),
    }
    return { report, ...(profile === undefined ? {} : { profile }) }
  } finally {
    await session.close()
  }
}

/** The reference of drift: data of their own, those that the other checks compare with too, or a profile. */
type DriftReference = { data?: NamedData; profile?: DataProfile; name?: string }

/** A reference that is a profile serves drift alone: there are no rows in it to compare with. */
async function findReferences(
  request: DataCheckRequest,
  settings: DriftSettings | undefined,
): Promise<{ reference: NamedData | undefined; drift: DriftReference }> {
  const { reference, root, within, checks, dataSets = {} } = request
  const profile = reference === undefined ? undefined : await readProfile(reference, root, within)
  const main = profile === undefined ? reference : undefined
  const named = settings?.reference
  if (named === undefined) {
    return { reference: main, drift: profile === undefined ? {} : { profile, name: reference?.name ?? 'profile' } }
  }
  const other = dataNamed(named, { checks, dataSets })
  const otherProfile = await readProfile(other, root, within)
  return {
    reference: main,
    drift: otherProfile === undefined ? { data: other } : { profile: otherProfile, name: named },
  }
}

async function driftOf(
  request: DataCheckRequest,
  session: Session<string>,
  settings: DriftSettings,
  { data, profile, name }: DriftReference,
  sensitive: ReadonlySet<string>,
): Promise<DriftReport> {
  const key = data === undefined ? referenceKey : driftKey
  const reference = profile ?? (session.has(key) ? session.relation(key) : undefined)
  if (reference === undefined) throw noReference(request.checks)
  return await measureDrift(session.engine, {
    current: session.relation(dataKey),
    reference,
    ...(name === undefined ? {} : { referenceName: name }),
    settings,
    sensitive,
    onProgress: (done, total) => {
      if (done % 100 === 0) request.onProgress?.(`Drift: ${done} of ${total} columns`)
    },
  })
}

function noReference({ placeOf }: LoadedChecks): ModelgateError {
  return new ModelgateError({
    code: 'data/no-reference',
    message: 'There is no reference to measure drift against.',
    place: placeOf(['drift']),
    help: 'Give one with --reference, as `reference` of the stage, or as `drift.reference` here; or remove `drift`.',
  })
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
