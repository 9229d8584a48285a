import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { digestOfFile, digestOfJson } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { portablePath } from '../base/files.ts'
import { compareRuns } from '../compare/compare.ts'
import type { Comparison } from '../compare/comparison.ts'
import { type LoadedConfig, loadConfig, locateConfig } from '../config/load.ts'
import type { Task } from '../config/schema.ts'
import { neededAlphas } from '../gate/judge.ts'
import { describeEnvironment } from '../record/environment.ts'
import type { RunRecord } from '../record/run-record.ts'
import { loadEvidence, type StoredRun } from '../report/evidence.ts'

export type EvaluateRequest = {
  workingDirectory: string
  /** Predictions of the model. */
  predictions: string
  /** Predictions of another model for the same rows. */
  baseline?: string
  /** What the model does; that of the configuration without it. */
  task?: Task
  /** modelgate.yaml or its folder; none is sought without it where the task is given. */
  config?: string
  /** Column that identifies a row, where it is not called `id`. */
  key?: string
  clock: Clock
}

/** Measures predictions, and beside a baseline their difference, without any run. Judges nothing. Throws `predictions/…` and `evaluate/…`. */
export async function evaluateFiles(request: EvaluateRequest): Promise<Comparison> {
  const { workingDirectory, predictions, baseline, clock } = request
  const loaded = await configOf(request)
  const task = request.task ?? loaded?.config.task
  if (task === undefined) {
    throw new ModelgateError({
      code: 'evaluate/no-task',
      message: 'It is not known what the model does.',
      help: 'Say it with --task, such as `--task binary-classification`, or name a modelgate.yaml with --config.',
    })
  }
  const name = loaded?.config.name ?? 'evaluation'
  const key = request.key ?? loaded?.config.data.eval?.key
  const options = { ...(key === undefined ? {} : { key }) }
  const side = async (path: string, id: string): ReturnType<typeof loadEvidence> =>
    await loadEvidence(await standIn(resolve(workingDirectory, path), path, { id, name, task, clock }), {
      ...options,
      what: 'The predictions file',
      ownFile: (source) => source,
    })
  const policy = { checkpoints: loaded?.config.checkpoints ?? {} }
  const comparison = compareRuns({
    fresh: await side(predictions, 'new'),
    base: baseline === undefined ? null : await side(baseline, 'baseline'),
    baseline:
      baseline === undefined
        ? { kind: 'none', explanation: 'none was given with --baseline.' }
        : {
            kind: 'record',
            explanation: `predictions in ${portablePath(workingDirectory, resolve(workingDirectory, baseline))}`,
          },
    metrics: loaded?.config.metrics ?? {},
    alphas: neededAlphas([policy]),
  })
  // The records are made up, and no two of them are the same.
  delete comparison.new.record
  delete comparison.base?.record
  return comparison
}

async function configOf({ task, config, workingDirectory }: EvaluateRequest): Promise<LoadedConfig | undefined> {
  // Whoever says what the model does needs no configuration, and must not get one that happens to lie above.
  if (task !== undefined && config === undefined) return undefined
  try {
    return await loadConfig(locateConfig(workingDirectory, config), workingDirectory)
  } catch (error) {
    if (config === undefined && error instanceof ModelgateError && error.code === 'config/not-found') return undefined
    throw error
  }
}

type StandIn = { id: string; name: string; task: Task; clock: Clock }

/** A record around a file of predictions that no run wrote: comparing takes two records. */
async function standIn(file: string, shown: string, { id, name, task, clock }: StandIn): Promise<StoredRun> {
  const about = await stat(file).catch(() => undefined)
  if (about?.isFile() !== true) {
    throw new ModelgateError({
      code: 'files/not-found',
      message: about === undefined ? 'The predictions file does not exist.' : 'The predictions are no file.',
      place: { file: shown },
      help: 'Name a CSV, JSON Lines or Parquet file.',
    })
  }
  const now = clock.now().toISOString()
  const folder = dirname(file)
  const record: RunRecord = {
    schema: 'modelgate/run@1',
    id,
    project: { name, task },
    status: 'succeeded',
    startedAt: now,
    finishedAt: now,
    durationMs: 0,
    source: null,
    factors: {
      code: { digest: digestOfJson({}), files: {} },
      data: {},
      params: { digest: digestOfJson({}), values: {} },
      // Lock files that lie beside the predictions have no part in them.
      environment: { ...(await describeEnvironment([folder])), dependencies: {} },
    },
    stages: [],
    metrics: [],
    predictions: [
      {
        stage: 'evaluate',
        path: portablePath(folder, file),
        source: shown,
        digest: await digestOfFile(file),
        bytes: about.size,
      },
    ],
    reruns: [],
    dataChecks: [],
    notes: [],
  }
  return { record, file: resolve(folder, 'run.json') }
}
