import { resolve } from 'node:path'
import { parseBytes } from '../base/byte-size.ts'
import type { Clock } from '../base/clock.ts'
import { digestOfBytes } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { fileIn, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { duration } from '../config/checks/limit.ts'
import { inlineChecks, type LoadedChecks, loadChecks } from '../config/checks/load.ts'
import { type LoadedConfig, shownPath } from '../config/load.ts'
import type { DataStage } from '../config/schema.ts'
import { commandOf } from '../config/stage-command.ts'
import type { NamedData } from '../data/session.ts'
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
  note(text: string): void
}

export type DataStageResult = { record: StageRecord; check: DataCheckRecord }

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
  const own = await checksOf(loaded, name, settings)
  const base = run.baseChecks
  const isSame = base === undefined || (base.checks.digest === own.digest && base.environment === settings.environment)
  const report = await (isSame
    ? check(run, settings, own)
    : check(run, { ...settings, environment: base.environment }, base.checks))
  const proposed = isSame ? undefined : await check(run, settings, own)
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
  }
}

/** The checks of a stage: a file of their own, or inline. Places are those that the user sees. */
async function checksOf(loaded: LoadedConfig, name: string, { checks }: DataStage): Promise<LoadedChecks> {
  if (typeof checks !== 'string') {
    return inlineChecks(checks, loaded.file, (path) => loaded.placeOf(['stages', name, 'with', 'checks', ...path]))
  }
  const found = await loadChecks(resolve(loaded.root, checks), loaded.root)
  const shown = shownPath(loaded, checks)
  return { ...found, file: shown, placeOf: (path) => ({ ...found.placeOf(path), file: shown }) }
}

type CheckSettings = Omit<DataStage, 'environment'> & { environment?: string | undefined }

async function check(run: DataStageRun, settings: CheckSettings, checks: LoadedChecks): Promise<DataReport> {
  const { loaded, name, clock, signal } = run
  const { checkData } = await import('../data/check-data.ts')
  const { environment, reference } = settings
  const memoryLimit = optionOf(loaded, name, settings, 'memory-limit', parseBytes)
  const timeLimit = optionOf(loaded, name, settings, 'time-limit', (text) => {
    const parsed = duration.safeParse(text)
    return parsed.success ? parsed.data * 1000 : undefined
  })
  return await checkData({
    data: dataOf(loaded, settings.dataset),
    checks,
    ...(reference === undefined ? {} : { reference: dataOf(loaded, reference) }),
    dataSets: loaded.config.data,
    root: loaded.root,
    within: loaded.root,
    ...(environment === undefined ? {} : { environment }),
    engine: {
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(timeLimit === undefined ? {} : { timeLimit }),
    },
    clock,
    signal,
    onProgress: run.note,
  })
}

/** A data set of the configuration, or a path. */
function dataOf({ config }: LoadedConfig, name: string): NamedData {
  const known = config.data[name]
  if (known === undefined) return { name, path: name }
  return { name, path: known.path, ...(known.read === undefined ? {} : { read: known.read }) }
}

function optionOf(
  loaded: LoadedConfig,
  name: string,
  settings: CheckSettings,
  key: 'memory-limit' | 'time-limit',
  parse: (text: string) => number | undefined,
): number | undefined {
  const text = settings[key]
  if (text === undefined) return undefined
  const parsed = parse(text)
  if (parsed !== undefined && parsed > 0) return parsed
  const example = key === 'memory-limit' ? '4GB' : '10m'
  throw new ModelgateError({
    code: 'config/invalid-value',
    message: `\`${key}\` of stage "${name}" must be a value such as ${example}.`,
    place: loaded.placeOf(['stages', name, 'with', key]),
    help: `Write \`${key}: ${example}\`.`,
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
