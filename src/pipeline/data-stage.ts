import { basename, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { digestOfBytes } from '../base/digest.ts'
import { fileIn, writeFileAtomic } from '../base/files.ts'
import { canonicalJson, prettyJson } from '../base/json.ts'
import { inlineChecks, type LoadedChecks, loadChecks, sensitiveColumns } from '../config/checks/load.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config, DataStage } from '../config/schema.ts'
import { commandOf } from '../config/stage-command.ts'
import type { DataCheckResult } from '../data/check-data.ts'
import { type DataProfile, profileDigest, profileJson } from '../data/profile/data-profile.ts'
import type { EngineOptions } from '../data/session.ts'
import { dataNamed } from '../data/wanted-data.ts'
import { describeArtifact } from '../record/artifact.ts'
import type { DataReport } from '../record/data-report.ts'
import type { DataCheckRecord, StageRecord } from '../record/run-record.ts'
import type { BaseChecks } from './base-checks.ts'
import { shortenReport } from './data-record.ts'

export type DataStageRun = {
  name: string
  loaded: LoadedConfig
  /** Where the whole report goes. */
  folder: string
  /** The checks of the base, when it has other ones for this stage: they judge. */
  baseChecks?: BaseChecks
  clock: Clock
  signal: AbortSignal
  /** Where connections to databases are looked up. */
  variables: Readonly<Record<string, string | undefined>>
  note(text: string): void
}

export type DataStageResult = {
  record: StageRecord
  check: DataCheckRecord
  /** Sentences for the record of the run. */
  notes: string[]
}

/**
 * Checks the data of a stage with `uses: validate-data`. Checks that fail are a result, not an error; what makes checking impossible throws
 * like `checkData`.
 */
export async function runDataStage(run: DataStageRun): Promise<DataStageResult> {
  const { name, loaded, clock } = run
  const stage = loaded.config.stages[name]
  const settings = stage?.with
  if (stage === undefined || settings === undefined) throw new Error(`stage "${name}" checks no data`)
  const [startedAt, started] = [clock.now(), clock.monotonic()]
  const own: Expectation = { settings, checks: await checksOf(loaded, name, settings), data: loaded.config.data }
  const base = run.baseChecks === undefined ? undefined : expectationOfBase(run.baseChecks, own)
  // What either side calls sensitive is: neither may show what the other hides.
  const sensitive = [...sensitiveColumns(own.checks), ...(base === undefined ? [] : sensitiveColumns(base.checks))]
  const isSame = base === undefined || keyOf(base) === keyOf(own)
  const { report, profile } = await check(run, isSame ? own : base, sensitive, true)
  const proposed = isSame ? undefined : (await check(run, own, sensitive, false)).report
  if (profile !== undefined) report.profile = await keepProfile(run, profile)
  const path = `data-${name}.json`
  const json = prettyJson(report)
  await writeFileAtomic(fileIn(run.folder, path), json)
  const { verdict, reason } = proposed ?? report
  return {
    record: {
      name,
      status: 'succeeded',
      command: commandOf(stage),
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(clock.monotonic() - started),
      exitCode: null,
      signal: null,
      peakMemoryBytes: null,
      deps: await describeDeps(loaded, name, settings, stage.deps),
      outs: {},
    },
    check: {
      stage: name,
      path,
      digest: digestOfBytes(json),
      bytes: Buffer.byteLength(json),
      ...shortenReport(report),
      ...(proposed === undefined ? {} : { proposed: { verdict, reason } }),
    },
    notes: base === undefined || run.baseChecks === undefined ? [] : movedData(name, run.baseChecks, base),
  }
}

/** A data set may move, and other data may be laid under its name: nobody but a reader of the change can tell one from the other. */
function movedData(stage: string, { settings: before, data }: BaseChecks, now: Expectation): string[] {
  const pairs = [
    [before.dataset, now.settings.dataset],
    [before.reference, now.settings.reference],
    ...Object.keys(data)
      .filter((name) => name !== before.dataset && name !== before.reference)
      .map((name) => [name, name]),
  ] as const
  return pairs.flatMap(([old, name]) => {
    if (old === undefined || name === undefined) return []
    const [was, is] = [data[old]?.path ?? old, now.data[name]?.path ?? name]
    if (was === is || (old === name && now.data[name] === undefined)) return []
    return [`The data set "${old}" of stage "${stage}" is ${is} here, but ${was} in the base.`]
  })
}

/** The profile goes along with the record: later runs can be compared with it when the data are gone. */
async function keepProfile({ name, folder }: DataStageRun, profile: DataProfile): Promise<DataReport['profile']> {
  const path = `data-${name}.profile.json`
  await writeFileAtomic(fileIn(folder, path), profileJson(profile))
  return { path, digest: profileDigest(profile) }
}

/** What is expected of which data. */
type Expectation = { settings: DataStage; checks: LoadedChecks; data: Config['data'] }

/**
 * What the base expects of the data of the change: its checks, its environment, its way to read. Where the data lie the change says, for a data
 * set may move; one that it no longer has by that name is the one that its own stage names.
 */
function expectationOfBase({ checks, settings, data }: BaseChecks, own: Expectation): Expectation {
  const known = (name: string, instead: string | undefined): string | undefined =>
    data[name] === undefined || own.data[name] !== undefined ? name : instead
  const { reference, environment } = settings
  const renamed = known(settings.dataset, own.settings.dataset) ?? own.settings.dataset
  return {
    checks,
    settings: {
      ...own.settings,
      dataset: renamed,
      reference: reference === undefined ? undefined : known(reference, own.settings.reference),
      environment,
    },
    data: Object.fromEntries(
      Object.entries(own.data).map(([name, set]) => {
        const base = data[renamed === name ? settings.dataset : name]
        return [name, base === undefined ? set : { ...set, read: base.read }]
      }),
    ),
  }
}

/** Equal for two that expect the same. */
function keyOf({ settings, checks, data }: Expectation): string {
  const { dataset, reference = null, environment = null } = settings
  // Of all data sets: checks name others than these two.
  const readings = Object.entries(data).map(([name, set]) => [name, set.read ?? null])
  return canonicalJson([checks.digest, dataset, reference, environment, JSON.stringify(readings)])
}

/** The checks of a stage: a file of their own, or inline. Their places are relative to modelgate.yaml, like every path in a record. */
async function checksOf(loaded: LoadedConfig, name: string, { checks }: DataStage): Promise<LoadedChecks> {
  if (typeof checks === 'string') return await loadChecks(resolve(loaded.root, checks), loaded.root)
  const file = basename(loaded.file)
  return inlineChecks(checks, file, (path) => ({
    ...loaded.placeOf(['stages', name, 'with', 'checks', ...path]),
    file,
  }))
}

/** What `checkStage` needs to know. */
export type StageCheck = Pick<DataStageRun, 'name' | 'loaded' | 'clock' | 'signal' | 'note'> & {
  /** Goes before what the stage says. */
  engine?: EngineOptions
  variables?: DataStageRun['variables']
}

/** Checks the data of a stage as the configuration says it, outside of a run. */
export async function checkStage(run: StageCheck): Promise<DataReport> {
  const { config } = run.loaded
  const settings = config.stages[run.name]?.with
  if (settings === undefined) throw new Error(`stage "${run.name}" checks no data`)
  const checks = await checksOf(run.loaded, run.name, settings)
  return (await check(run, { settings, checks, data: config.data }, [], false)).report
}

async function check(
  run: StageCheck,
  { settings, checks, data }: Expectation,
  sensitive: readonly string[],
  profile: boolean,
): Promise<DataCheckResult> {
  const { loaded, clock, signal } = run
  const { checkData } = await import('../data/check-data.ts')
  const { environment, reference, 'memory-limit': memoryLimit, 'time-limit': timeLimit } = settings
  return await checkData({
    data: dataNamed(settings.dataset, { checks, dataSets: data }),
    checks,
    sensitive,
    ...(reference === undefined ? {} : { reference: dataNamed(reference, { checks, dataSets: data }) }),
    dataSets: data,
    profile,
    ...(run.variables === undefined ? {} : { variables: run.variables }),
    root: loaded.root,
    within: loaded.root,
    ...(environment === undefined ? {} : { environment }),
    engine: {
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(timeLimit === undefined ? {} : { timeLimit }),
      ...run.engine,
    },
    clock,
    signal,
    onProgress: run.note,
  })
}

async function describeDeps(
  loaded: LoadedConfig,
  name: string,
  { checks }: DataStage,
  deps: readonly string[],
): Promise<StageRecord['deps']> {
  const described: StageRecord['deps'] = {}
  for (const path of new Set([...deps, ...(typeof checks === 'string' ? [checks] : [])])) {
    described[path] = await describeArtifact(loaded.root, path, {
      what: `"${path}", a dep of stage "${name}",`,
      code: 'run/missing-dep',
      help: 'Create it, or correct the path in modelgate.yaml.',
    })
  }
  return described
}
