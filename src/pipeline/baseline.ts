import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { formatError, ModelgateError } from '../base/error.ts'
import { explainStoredBaseline } from '../compare/baseline.ts'
import type { Comparison, Mismatch } from '../compare/comparison.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import type { Repository } from '../record/repository.ts'
import { readRecord } from '../record/store.ts'
import type { StoredRun } from '../report/judgement.ts'
import { type BaseCommit, type BaseTree, checkOutBase } from './base-run.ts'
import { findMovedConfig, readConfigAt } from './policy.ts'
import { newRunId, type PipelineRun, runPipeline } from './run-pipeline.ts'
import { type FindStored, takeStoredRun } from './stored-baseline.ts'

/** What a change is compared with, and by whose checkpoints. */
export type Baseline = {
  run: StoredRun | null
  explanation: Comparison['baseline']
  /** Set when there should be a baseline, but it cannot be used. */
  unusable?: Mismatch
  /** The configuration at the tip of the base, whose checkpoints judge; undefined when it has none. */
  policy?: LoadedConfig
}

export type BaselineRequest = Pick<PipelineRun, 'env' | 'clock' | 'signal' | 'observer'> & {
  loaded: LoadedConfig
  repository: Repository | undefined
  target: BaseCommit | undefined
  /** A stored record, instead of running the base. */
  stored: string | undefined
  /** Where a base run is recorded. */
  folder: string
  findStored: FindStored | undefined
}

/**
 * Finds or measures the baseline. This comes before the first command of the change runs: a command could otherwise reach what the
 * base is measured with, be it data outside version control, installed packages or git's own state.
 */
export async function findBaseline(request: BaselineRequest): Promise<Baseline> {
  const policy = await readBasePolicy(request)
  const baseline = await findRun(request)
  // The first of two reasons is enough: either way no rule about the change can be decided.
  return { ...policy, ...baseline }
}

async function findRun(request: BaselineRequest): Promise<Omit<Baseline, 'policy'>> {
  const { repository, target, stored } = request
  if (stored !== undefined) return await readStoredBaseline(stored)
  if (target === undefined || repository === undefined)
    return { run: null, explanation: explainStoredBaseline(undefined) }
  if (request.findStored === undefined) return await runBase(request, repository, target)
  const taken = await takeStoredRun({ ...request, repository, target, findStored: request.findStored })
  if (taken.run !== undefined) {
    request.observer.recorded('base', taken.run.record, taken.run.file)
    return { run: taken.run, explanation: taken.explanation }
  }
  request.observer.note(`The base is run here, because ${taken.reason}.`)
  const { explanation, ...measured } = await runBase(request, repository, target)
  if (explanation.kind !== 'base-run') return { ...measured, explanation }
  return {
    ...measured,
    explanation: { ...explanation, explanation: `${explanation.explanation}, because ${taken.reason}` },
  }
}

/** A stored record as the baseline. One of a run that did not finish is no evidence. */
export async function readStoredBaseline(path: string): Promise<Omit<Baseline, 'policy'>> {
  const run = await readRecord(resolve(path), 'The baseline record')
  const explanation = explainStoredBaseline(run.record)
  const { status, stoppedAt } = run.record
  if (status === 'succeeded' && stoppedAt === undefined) return { run, explanation }
  const ended =
    status === 'succeeded' ? 'was stopped by its data checks' : status === 'failed' ? 'failed' : 'was cancelled'
  const message = `The baseline run ${run.record.id} ${ended}.`
  return {
    run: null,
    explanation: { kind: 'none', explanation: message },
    unusable: {
      what: 'baseline',
      message,
      remedy: 'Run the baseline again, or give the record of a run that succeeded.',
    },
  }
}

/**
 * The configuration at the tip of the base, and not where the change left it: a change from an old commit is judged by today's rules. One
 * that cannot be read leaves the rules about the change undecided; it is never replaced by the change's own in silence.
 */
async function readBasePolicy({
  loaded,
  repository,
  target,
}: BaselineRequest): Promise<Pick<Baseline, 'policy' | 'unusable'>> {
  if (target === undefined || repository === undefined) return {}
  try {
    const policy = await readConfigAt(repository, target.tip, loaded)
    if (policy !== undefined) return { policy }
    const moved = await findMovedConfig(repository, target.tip, loaded)
    return moved === undefined ? {} : { policy: moved, unusable: movedConfig(moved) }
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return {
      unusable: {
        what: 'checkpoints of the base',
        message: `The checkpoints of the base cannot be read: ${formatError(error).split('\n')[0]}`,
        remedy: `Mend ${basename(loaded.file)} on the base branch first; until then the checkpoints of this change judge.`,
      },
    }
  }
}

function movedConfig(moved: LoadedConfig): Mismatch {
  return {
    what: 'configuration',
    message: `This change moves the configuration of the pipeline, which the base has as ${moved.file}.`,
    remedy: 'Its checkpoints there judge. Move it in a change of its own that somebody merges knowingly.',
  }
}

/** Runs the pipeline as it was at the base commit. What goes wrong there is no fault of the change, but leaves it without evidence. */
async function runBase(
  request: BaselineRequest,
  repository: Repository,
  target: BaseCommit,
): Promise<Omit<Baseline, 'policy'>> {
  const { loaded, folder, env, clock, signal, observer } = request
  let tree: BaseTree | undefined
  try {
    tree = await checkOutBase(repository, target.commit, loaded)
    const fileName = basename(loaded.file)
    const path = join(tree.root, fileName)
    if (!existsSync(path) && (await readConfigAt(repository, target.commit, loaded)) === undefined) {
      return {
        run: null,
        explanation: {
          kind: 'none',
          explanation: `${target.explanation} has no ${loaded.file}, so the pipeline begins with this change.`,
        },
      }
    }
    const base = await loadConfig(path, tree.root)
    requireSamePipeline(base, loaded)
    const run = await runPipeline({
      env,
      clock,
      signal,
      observer,
      id: newRunId(clock),
      loaded: base,
      repository: tree.repository,
      folder: join(folder, 'base'),
      side: 'base',
      notes: tree.notes,
    })
    return { run, explanation: { kind: 'base-run', explanation: `${target.explanation}, run on this machine` } }
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.kind !== 'user') throw error
    const message = `The base (${target.explanation}) could not be measured: ${error.message}`
    return {
      run: null,
      explanation: { kind: 'none', explanation: message },
      unusable: {
        what: 'baseline',
        message,
        remedy: remedyOf(error),
      },
    }
  } finally {
    await tree?.remove()
  }
}

function remedyOf({ code, message }: ModelgateError): string {
  if (code === 'run/missing-dep')
    return 'If the file is not under version control, declare it under `data:`, so that the base run gets a copy. Otherwise mend the base branch first.'
  // What bash says when there is no such command.
  if (code === 'run/stage-failed' && message.endsWith('exit code 127.'))
    return 'The base runs in a folder of its own, with what is under version control, `node_modules`, `.venv` and `venv`: let the command name a program on the PATH or in one of these, by a path inside the repository.'
  return 'Mend the pipeline on the base branch first, or give a stored record as the baseline.'
}

/** Told before anything is trained: two different pipelines cannot be compared. */
function requireSamePipeline({ config: base }: LoadedConfig, { config: own }: LoadedConfig): void {
  for (const what of ['name', 'task'] as const) {
    if (base[what] === own[what]) continue
    throw new ModelgateError({
      code: 'base/other-pipeline',
      message: `this change alters the ${what} of the pipeline from "${base[what]}" to "${own[what]}".`,
    })
  }
}
