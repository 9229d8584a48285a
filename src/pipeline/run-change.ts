import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { formatError, ModelgateError } from '../base/error.ts'
import { explainStoredBaseline } from '../compare/baseline.ts'
import type { Comparison, Mismatch } from '../compare/comparison.ts'
import { type LoadedConfig, loadConfig, locateConfig } from '../config/load.ts'
import { openRepository, type Repository } from '../record/repository.ts'
import { readRecord } from '../record/store.ts'
import { type Judgement, type JudgementFiles, judgeRuns, type StoredRun, writeJudgement } from '../report/judgement.ts'
import { type BaseCommit, type BaseTree, checkOutBase, findBaseCommit } from './base-run.ts'
import type { RunObserver } from './observer.ts'
import { choosePolicy, readConfigAt } from './policy.ts'
import { newRunId, runPipeline } from './run-pipeline.ts'
import { runFolder } from './state-folder.ts'

export type ChangeRequest = {
  workingDirectory: string
  /** modelgate.yaml or its folder; found from the working directory upwards without it. */
  config?: string
  /** A commit, branch or tag: the pipeline is also run at its merge base with HEAD. */
  base?: string
  /** Like `base`, but the exact commit to compare with: no merge base is sought. */
  baseCommit?: BaseCommit
  /** A stored record to compare with, instead of running the base. */
  baseline?: string
  /** Folder for the record, the judgement and the copies of predictions; `.modelgate/runs/<id>` without it. */
  out?: string
  /** Only these stages and what they need. A run that leaves stages out is recorded, but not judged. */
  stages?: readonly string[]
  /** A record of the same sources to go on from. */
  continued?: string
  /** Record only; judge nothing. */
  recordOnly?: boolean
  env: NodeJS.ProcessEnv
  clock: Clock
  signal: AbortSignal
  observer: RunObserver
}

export type ChangeResult = {
  loaded: LoadedConfig
  fresh: StoredRun
  base: StoredRun | null
  /** Folder with everything that was written. */
  folder: string
  /** Null for a run of some stages only. */
  judged: { judgement: Judgement; files: JudgementFiles } | null
}

/** Runs a change, and its base if asked, on this machine, and judges the one against the other. */
export async function runChange(request: ChangeRequest): Promise<ChangeResult> {
  const { workingDirectory, clock, observer } = request
  const loaded = await loadConfig(locateConfig(workingDirectory, request.config), workingDirectory)
  const repository = await openRepository(loaded.root)
  const target = await findTarget(request, repository)
  const continued =
    request.continued === undefined
      ? undefined
      : await readRecord(resolve(workingDirectory, request.continued), 'The record to continue')
  const id = continued?.record.id ?? newRunId(clock)
  const folder =
    continued !== undefined
      ? resolve(continued.file, '..')
      : request.out === undefined
        ? runFolder(loaded.root, id)
        : resolve(workingDirectory, request.out)

  const fresh = await runPipeline({
    ...commonRun(request),
    id,
    loaded,
    repository,
    folder,
    side: 'new',
    notes: [],
    ...(request.stages === undefined ? {} : { stages: request.stages }),
    ...(continued === undefined ? {} : { continued: continued.record }),
  })
  if (request.stages !== undefined && isPartial(loaded, fresh.record))
    return { loaded, fresh, base: null, folder, judged: null }

  const baseline = await findBaseline(request, loaded, repository, target, folder)
  const policyBase = baseline.config ?? (await findBasePolicy(request, loaded, repository, target))
  observer.note(baseline.explanation.explanation)
  const key = loaded.config.data.eval?.key
  const judgement = await judgeRuns({
    fresh,
    base: baseline.run,
    baseline: baseline.explanation,
    ...(baseline.unusable === undefined ? {} : { unusable: baseline.unusable }),
    ...choosePolicy(loaded, policyBase),
    ...(key === undefined ? {} : { key }),
  })
  return {
    loaded,
    fresh,
    base: baseline.run,
    folder,
    judged: { judgement, files: await writeJudgement(folder, judgement) },
  }
}

function commonRun(request: ChangeRequest): Pick<ChangeRequest, 'env' | 'clock' | 'signal' | 'observer'> {
  const { env, clock, signal, observer } = request
  return { env, clock, signal, observer }
}

/** True when some stage of the pipeline has not run. */
function isPartial(loaded: LoadedConfig, record: StoredRun['record']): boolean {
  const done = new Set(record.stages.filter((stage) => stage.status === 'succeeded').map((stage) => stage.name))
  return Object.keys(loaded.config.stages).some((name) => !done.has(name))
}

/** The base commit, found before anything runs: a wrong name must not cost a training. */
async function findTarget(request: ChangeRequest, repository: Repository | undefined): Promise<BaseCommit | undefined> {
  if (request.base === undefined && request.baseCommit === undefined) return undefined
  if (repository === undefined) {
    throw new ModelgateError({
      code: 'base/no-repository',
      message: 'A base can be compared with only inside a git repository.',
      help: 'Run inside the repository, or give a stored record with --baseline.',
    })
  }
  return request.baseCommit ?? (await findBaseCommit(repository, request.base ?? ''))
}

type Baseline = {
  run: StoredRun | null
  explanation: Comparison['baseline']
  config?: LoadedConfig
  unusable?: Mismatch
}

async function findBaseline(
  request: ChangeRequest,
  loaded: LoadedConfig,
  repository: Repository | undefined,
  target: BaseCommit | undefined,
  folder: string,
): Promise<Baseline> {
  if (request.baseline !== undefined) {
    const stored = await readRecord(resolve(request.workingDirectory, request.baseline), 'The baseline record')
    return { run: stored, explanation: explainStoredBaseline(stored.record) }
  }
  if (target === undefined || repository === undefined)
    return { run: null, explanation: explainStoredBaseline(undefined) }
  return await runBase(request, loaded, repository, target, folder)
}

/** The checkpoints of the base revision, where no run of the base has read them already. */
async function findBasePolicy(
  request: ChangeRequest,
  loaded: LoadedConfig,
  repository: Repository | undefined,
  target: BaseCommit | undefined,
): Promise<LoadedConfig | undefined> {
  if (target === undefined || repository === undefined) return undefined
  try {
    return await readConfigAt(repository, target.commit, loaded)
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    request.observer.note(
      `The checkpoints of the base revision cannot be read, so those of this change judge: ${formatError(error)}`,
    )
    return undefined
  }
}

/** Runs the pipeline as it was at the base commit. What goes wrong there is no fault of the change, but leaves it without evidence. */
async function runBase(
  request: ChangeRequest,
  loaded: LoadedConfig,
  repository: Repository,
  target: BaseCommit,
  folder: string,
): Promise<Baseline> {
  const tree: BaseTree = await checkOutBase(repository, target.commit, loaded)
  let config: LoadedConfig | undefined
  try {
    const fileName = basename(loaded.file)
    const path = join(tree.root, fileName)
    if (!existsSync(path)) {
      return {
        run: null,
        explanation: {
          kind: 'none',
          explanation: `${target.explanation} has no ${fileName}, so the pipeline begins with this change.`,
        },
      }
    }
    config = await loadConfig(path, tree.root)
    const run = await runPipeline({
      ...commonRun(request),
      id: newRunId(request.clock),
      loaded: config,
      repository: tree.repository,
      folder: join(folder, 'base'),
      side: 'base',
      notes: tree.notes,
    })
    return { run, config, explanation: { kind: 'base-run', explanation: `${target.explanation}, run on this machine` } }
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.kind !== 'user') throw error
    const message = `The base (${target.explanation}) could not be measured: ${error.message}`
    return {
      run: null,
      ...(config === undefined ? {} : { config }),
      explanation: { kind: 'none', explanation: message },
      unusable: {
        what: 'baseline',
        message,
        remedy: 'Mend the pipeline on the base branch first, or give a stored record as the baseline.',
      },
    }
  } finally {
    await tree.remove()
  }
}
