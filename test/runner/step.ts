import { isTrue, textIn, textsIn, valueIn } from './expression.ts'
import { messageOf, StepFailure } from './failure.ts'
import { type JobState, type Level, noView, type StepView, scopeOf } from './job-state.ts'
import type { StepRecord } from './process-stage.ts'
import { runScript } from './script.ts'
import { newRecord, resultOf, type StepEnd } from './step-end.ts'
import type { StepOutput } from './step-output.ts'
import type { StepSpec } from './step-spec.ts'
import { runUses } from './uses.ts'

/** Runs steps one after the other, and keeps `steps` and the status of the level. */
export async function runSteps(job: JobState, level: Level, steps: StepSpec[], shared?: StepRecord): Promise<void> {
  for (const step of steps) {
    if (level.composite !== undefined && level.signal.aborted) return
    const record = shared ?? newRecord(job)
    const end = await runStep(job, level, step, record)
    if (!step.id.startsWith('__')) {
      level.steps[step.id] = { outputs: end.outputs, outcome: end.outcome, conclusion: end.conclusion }
    }
    if (shared === undefined) job.results.push(resultOf(step.id, 'main', end, record))
    if (end.conclusion !== 'failure') continue
    if (level.composite !== undefined) level.composite.status = 'failure'
    else if (job.status !== 'cancelled') job.status = 'failure'
  }
}

async function runStep(job: JobState, level: Level, step: StepSpec, record: StepRecord): Promise<StepEnd> {
  const end: StepEnd = { name: rawName(step), outcome: 'failure', conclusion: 'failure', outputs: {} }
  const { output } = record
  let view: StepView = { ...noView, id: step.id }
  const scope = () => scopeOf(job, level, view)
  await guarded(job, end, output, async () => {
    view = { ...view, env: textsIn(step.env, scope()) }
    if (!isTrue(step.condition, scope())) {
      end.outcome = 'skipped'
      return
    }
    if (step.name !== undefined) end.name = job.masks.hide(textIn(step.name, scope()))
    const minutes = step.timeoutMinutes === undefined ? 0 : Number(valueIn(step.timeoutMinutes, scope()))
    const watch = watchStep(job, level, minutes, () => isTrue(step.condition, scope()))
    try {
      end.outputs =
        step.uses === undefined
          ? await runScript(job, level, step, view, scope(), record, watch.signal)
          : await runUses(job, level, step, view, record, watch.signal, runSteps)
    } finally {
      end.outcome = watch.outcome() ?? (output.failed ? 'failure' : 'success')
      watch.stop()
    }
    if (watch.outcome() === 'failure') {
      output.annotate('error', `The action '${end.name}' has timed out after ${Math.floor(minutes)} minutes.`)
    }
  })
  end.conclusion = end.outcome
  if (end.outcome === 'failure' && step.continueOnError !== undefined) {
    await guarded(job, end, output, async () => {
      if (step.continueOnError !== undefined && valueIn(step.continueOnError, scope()) === true)
        end.conclusion = 'success'
    })
  }
  // The steps of a composite action share this output: the next one begins without the failure of this one.
  output.failed = false
  return end
}

/** A `StepFailure` ends the step with an error annotation; anything else is an error of the test and passes. */
async function guarded(job: JobState, end: StepEnd, output: StepOutput, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    if (job.status !== 'cancelled' || end.outcome !== 'cancelled') end.outcome = 'failure'
    output.annotate('error', messageOf(error))
  }
}

function rawName(step: StepSpec): string {
  if (step.name !== undefined) return step.name.toString()
  const text = step.uses ?? step.run?.toString().trim().split('\n')[0] ?? ''
  return `Run ${text}`
}

type Watch = { signal: AbortSignal; outcome(): 'cancelled' | 'failure' | undefined; stop(): void }

/** Ends a step when its time is over, or when the job is cancelled and the step's condition does not hold any more. */
function watchStep(job: JobState, level: Level, minutes: number, stillHolds: () => boolean): Watch {
  const controller = new AbortController()
  let outcome: 'cancelled' | 'failure' | undefined
  const abort = (how: 'cancelled' | 'failure'): void => {
    outcome ??= how
    controller.abort()
  }
  const onCancel = (): void => {
    if (!stillHolds()) abort('cancelled')
  }
  const onLevel = (): void => abort('cancelled')
  // The runner counts whole minutes; less than one is no limit.
  const time = Math.floor(minutes) * (job.options.minuteMs ?? 60_000)
  const timer = time > 0 ? setTimeout(() => abort('failure'), time) : undefined
  // What starts after the cancellation is not cancelled again.
  if (!job.cancel.aborted) job.cancel.addEventListener('abort', onCancel)
  if (level.signal.aborted) onLevel()
  else level.signal.addEventListener('abort', onLevel)
  return {
    signal: controller.signal,
    outcome: () => outcome,
    stop: () => {
      clearTimeout(timer)
      job.cancel.removeEventListener('abort', onCancel)
      level.signal.removeEventListener('abort', onLevel)
    },
  }
}
