import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type Clock, compactTimestamp } from '../base/clock.ts'
import { formatError, ModelgateError, withFileNamed } from '../base/error.ts'
import { isRunFact } from '../compare/run-facts.ts'
import { configFileName, type LoadedConfig, shownPath } from '../config/load.ts'
import type { StageConfig } from '../config/schema.ts'
import { commandOf, predictionsOf } from '../config/stage-command.ts'
import { orderStages } from '../config/stage-order.ts'
import { describeArtifact } from '../record/artifact.ts'
import { describeSource, type Repository } from '../record/repository.ts'
import type { DataCheckRecord, MetricRecord, PredictionsRecord, RunRecord, StageRecord } from '../record/run-record.ts'
import { writeRecord } from '../record/store.ts'
import type { BaseChecks } from './base-checks.ts'
import { childEnvironment } from './child-env.ts'
import { describeFactors, describeProducedData, writtenPaths } from './factors.ts'
import type { RunObserver, Side } from './observer.ts'
import { runStage, type StageResult } from './stage.ts'
import { rememberLatestRun } from './state-folder.ts'

export type PipelineRun = {
  id: string
  loaded: LoadedConfig
  repository: Repository | undefined
  /** Where the record and copies of the predictions go. */
  folder: string
  side: Side
  /** Only these stages and what they need; all without it. */
  stages?: readonly string[]
  /** A record of the same sources, whose succeeded stages are not run again. Its id and folder are used on. */
  continued?: RunRecord
  /** Sentences for the record. */
  notes: readonly string[]
  /** What the same pipeline measured when it was run beside this one. */
  reruns?: RunRecord['reruns']
  /** Checks of a data stage as they are at the base, when they are other ones: they judge. */
  baseChecks?: (stage: string) => Promise<BaseChecks | undefined>
  env: NodeJS.ProcessEnv
  clock: Clock
  signal: AbortSignal
  observer: RunObserver
}

/** An id that sorts by time. */
export function newRunId(clock: Clock): string {
  return `${compactTimestamp(clock.now())}-${randomBytes(3).toString('hex')}`
}

/**
 * Runs the stages one after the other. A record is written whatever happens once the inputs could be described; a stage
 * that fails or a cancelled run throws afterwards (`run/stage-failed`, `run/cancelled`).
 */
export async function runPipeline(run: PipelineRun): Promise<{ record: RunRecord; file: string }> {
  const { loaded, clock, observer, side, signal, continued } = run
  const order = orderStages(loaded.config.stages, run.stages)
  const started = { at: clock.now(), monotonic: clock.monotonic() }
  const record: RunRecord = {
    schema: 'modelgate/run@1',
    id: run.id,
    project: { name: loaded.config.name, task: loaded.config.task },
    status: 'succeeded',
    startedAt: continued?.startedAt ?? started.at.toISOString(),
    finishedAt: started.at.toISOString(),
    durationMs: 0,
    source:
      run.repository === undefined ? null : await describeSource(run.repository, loaded.root, writtenPaths(loaded)),
    factors: await describeFactors(loaded, run.repository).catch((error: unknown) => {
      throw withFileNamed(error, (file) => shownPath(loaded, file))
    }),
    stages: [],
    metrics: [],
    predictions: [],
    reruns: [...(run.reruns ?? continued?.reruns ?? [])],
    dataChecks: [],
    notes: [...(continued?.notes ?? []), ...run.notes],
  }
  if (continued !== undefined) await checkUnchanged(continued, record, loaded)
  let failure: unknown
  // Stages whose data checks failed, and those that need them: they do not run.
  const held = new Set<string>()
  try {
    for (const [index, name] of order.entries()) {
      const earlier = continued?.stages.find((stage) => stage.name === name && stage.status === 'succeeded')
      if (earlier !== undefined) {
        keep(record, earlier, continued)
        if (side === 'new' && hasFailedData(record, loaded, name)) held.add(name)
        continue
      }
      const stage = loaded.config.stages[name]
      if (stage === undefined) continue
      if (stage.needs.some((need) => held.has(need))) {
        held.add(name)
        record.stages.push(skippedStage(loaded, name))
        record.stoppedAt ??= stage.needs.find((need) => held.has(need)) ?? name
        continue
      }
      if (signal.aborted) throw cancelled(name)
      const command = commandOf(stage)
      observer.stageStarted({ side, name, command, position: index + 1, total: order.length })
      const result = await (stage.uses === undefined ? commandStage(run, name) : dataStage(run, name)).catch(
        (error: unknown) => {
          observer.stageFinished(side, unfinishedStage(name, command, 'failed'))
          record.stages.push(unfinishedStage(name, command, 'failed'))
          // A stage knows its files relative to modelgate.yaml; the user may stand elsewhere.
          throw withFileNamed(error, (file) => shownPath(loaded, file))
        },
      )
      record.stages.push(result.record)
      observer.stageFinished(side, result.record)
      if (result.record.status === 'cancelled') throw cancelled(name)
      if (result.record.status === 'failed') throw stageFailed(result.record, loaded)
      record.notes.push(...(result.notes ?? []))
      if (result.check !== undefined) {
        record.dataChecks.push(result.check)
        observer.note(`Data of stage "${name}": ${result.check.report.verdict}. ${result.check.report.reason}`)
        // The base is measured whatever its data are like: a change must have something to be compared with.
        if (side === 'new' && hasFailedData(record, loaded, name)) held.add(name)
      }
      addMetrics(record, result.metrics)
      for (const [index, file] of predictionsOf(stage).entries())
        record.predictions.push(await copyPredictions(run, name, file, index, result.record))
    }
    if (run.stages === undefined && record.stoppedAt === undefined)
      Object.assign(record.factors.data, await describeProducedData(loaded))
  } catch (error) {
    failure = error
    record.status = error instanceof ModelgateError && error.kind === 'cancelled' ? 'cancelled' : 'failed'
    const reached = new Set(record.stages.map((stage) => stage.name))
    record.stages.push(...order.filter((name) => !reached.has(name)).map((name) => skippedStage(loaded, name)))
  }
  record.finishedAt = clock.now().toISOString()
  record.durationMs = Math.round(clock.monotonic() - started.monotonic) + (continued?.durationMs ?? 0)
  const file = await writeRecord(run.folder, record)
  if (side === 'new') await rememberLatestRun(loaded.root, file)
  observer.recorded(side, record, file)
  if (failure !== undefined) throw failure
  return { record, file }
}

type AnyStageResult = StageResult & { check?: DataCheckRecord; notes?: string[] }

async function commandStage(run: PipelineRun, name: string): Promise<AnyStageResult> {
  const { loaded, signal, clock, observer } = run
  const stage = loaded.config.stages[name]
  if (stage === undefined) throw new Error(`there is no stage "${name}"`)
  return await runStage({
    name,
    stage,
    root: loaded.root,
    env: childEnvironment(run.env, name),
    signal,
    startedAt: clock.now(),
    onOutput: (chunk) => observer.output(chunk),
  })
}

async function dataStage(run: PipelineRun, name: string): Promise<AnyStageResult> {
  const { loaded, folder, clock, signal, observer } = run
  const { runDataStage } = await import('./data-stage.ts')
  const notes: string[] = []
  const baseChecks = await run.baseChecks?.(name).catch((error: unknown) => {
    // The base cannot check with them either; a change that mends them must not be stopped by them.
    if (!(error instanceof ModelgateError) || error.kind !== 'user') throw error
    notes.push(`The data checks of the base cannot be read, so those of this change judge: ${headOf(error)}`)
    return undefined
  })
  const note = (text: string): void => observer.note(text)
  const base = baseChecks === undefined ? {} : { baseChecks }
  const {
    record,
    check,
    notes: said,
  } = await runDataStage({
    name,
    loaded,
    folder,
    clock,
    signal,
    variables: run.env,
    note,
    ...base,
  })
  return { record, metrics: [], check, notes: [...notes, ...said] }
}

function headOf(error: ModelgateError): string {
  return formatError(error).split('\n')[0] ?? ''
}

/** Stages of two different states of the sources must not end up in one record. */
async function checkUnchanged(continued: RunRecord, now: RunRecord, { config, root }: LoadedConfig): Promise<void> {
  const finished = continued.stages.filter((stage) => stage.status === 'succeeded')
  const changed = [
    ...(continued.factors.code.digest === now.factors.code.digest ? [] : ['code']),
    ...(continued.factors.params.digest === now.factors.params.digest ? [] : ['params']),
    ...Object.entries(now.factors.data).flatMap(([name, data]) =>
      continued.factors.data[name]?.digest === data.digest ? [] : [`data set "${name}"`],
    ),
    ...finished.flatMap(({ name, command }) =>
      sameCommand(config.stages[name], command) ? [] : [`the command of stage "${name}"`],
    ),
    ...(await changedOutputs(root, finished)),
  ]
  if (changed.length === 0) return
  throw new ModelgateError({
    code: 'run/changed-since',
    message: `The run cannot be continued: ${changed.join(', ')} changed since it was recorded.`,
    help: 'Run the whole pipeline again.',
  })
}

function sameCommand(stage: StageConfig | undefined, command: string): boolean {
  return stage !== undefined && commandOf(stage) === command
}

/** Outputs of finished stages that are no longer what was recorded: a model put in their place must not be judged as theirs. */
async function changedOutputs(root: string, finished: readonly StageRecord[]): Promise<string[]> {
  const changed: string[] = []
  for (const { path, digest } of finished.flatMap((stage) => Object.values(stage.outs))) {
    const role = { what: `"${path}"`, code: 'run/missing-output', help: 'Run the whole pipeline again.' }
    if ((await describeArtifact(root, path, role)).digest !== digest) changed.push(`"${path}"`)
  }
  return changed
}

/** True for a stage whose data checks failed, where that keeps others from running. */
function hasFailedData({ dataChecks }: RunRecord, { config }: LoadedConfig, name: string): boolean {
  const check = dataChecks.find(({ stage }) => stage === name)
  return check?.report.verdict === 'fail' && config.stages[name]?.with?.['on-fail'] === 'stop'
}

/** Takes over a stage of the continued record, with what it measured. */
function keep(record: RunRecord, stage: StageRecord, continued: RunRecord | undefined): void {
  record.stages.push(stage)
  record.metrics.push(...(continued?.metrics ?? []).filter((metric) => metric.stage === stage.name))
  record.dataChecks.push(...(continued?.dataChecks ?? []).filter((check) => check.stage === stage.name))
  record.predictions.push(...(continued?.predictions ?? []).filter((predictions) => predictions.stage === stage.name))
}

function skippedStage({ config }: LoadedConfig, name: string): StageRecord {
  const stage = config.stages[name]
  return unfinishedStage(name, stage === undefined ? '' : commandOf(stage), 'skipped')
}

function unfinishedStage(name: string, command: string, status: 'failed' | 'skipped'): StageRecord {
  return {
    name,
    status,
    command,
    durationMs: 0,
    exitCode: null,
    signal: null,
    peakMemoryBytes: null,
    deps: {},
    outs: {},
  }
}

function cancelled(stage: string): ModelgateError {
  return new ModelgateError({
    code: 'run/cancelled',
    kind: 'cancelled',
    message: `The run was cancelled in stage "${stage}".`,
  })
}

function stageFailed(stage: StageRecord, loaded: LoadedConfig): ModelgateError {
  const how = stage.signal === null ? `ended with exit code ${stage.exitCode}` : `was ended by ${stage.signal}`
  const last = stage.tail ?? []
  const printed =
    last.length === 0
      ? 'It printed nothing.'
      : `The last lines that it printed:\n${last.map((line) => `    ${line}`).join('\n')}`
  return new ModelgateError({
    code: 'run/stage-failed',
    message: `Stage "${stage.name}" failed: its command ${how}.`,
    place: loaded.placeOf(['stages', stage.name, 'run']),
    help: printed,
  })
}

function addMetrics(record: RunRecord, metrics: readonly MetricRecord[]): void {
  for (const metric of metrics) {
    if (isRunFact(metric.name)) {
      throw new ModelgateError({
        code: 'metrics/reserved',
        message: `The metric "${metric.name}" of ${metric.file} is one that modelgate measures itself.`,
        help: 'Give it another name.',
      })
    }
    const twin = record.metrics.find((other) => other.name === metric.name)
    if (twin !== undefined) {
      throw new ModelgateError({
        code: 'metrics/repeated',
        message: `The metric "${metric.name}" stands in ${twin.file} and again in ${metric.file}.`,
        help: 'Give one of them another name: a rule must know which one it judges.',
      })
    }
    record.metrics.push(metric)
  }
}

/** Predictions go along with the record, so that it can be judged later and elsewhere. */
async function copyPredictions(
  run: PipelineRun,
  stage: string,
  source: string,
  index: number,
  record: StageRecord,
): Promise<PredictionsRecord> {
  const written = record.outs[source]
  if (written === undefined || written.files !== 1) {
    throw new ModelgateError({
      code: 'run/missing-output',
      message: `The predictions of stage "${stage}" are not a single file.`,
      place: { file: shownPath(run.loaded, source) },
      help: `Name a CSV, JSON Lines or Parquet file under stages.${stage}.predictions in ${configFileName}.`,
    })
  }
  const path = `predictions-${stage}${index === 0 ? '' : `-${index + 1}`}${extname(source)}`
  await mkdir(run.folder, { recursive: true })
  await copyFile(join(run.loaded.root, source), join(run.folder, path), constants.COPYFILE_FICLONE)
  return { stage, path, source, digest: written.digest, bytes: written.bytes }
}
