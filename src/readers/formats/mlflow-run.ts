import { oneLine, truncate } from '../../base/escape.ts'
import { plural } from '../../base/number-text.ts'
import type { Fault } from '../reading.ts'

/** A run in an MLflow store, whichever kind of store it is. */
export type MlflowRun = {
  id: string
  name: string
  /** `FINISHED`, `FAILED`, ... */
  status: string
  /** Milliseconds since 1970. */
  started: number
  deleted: boolean
  /** Belongs to another run: a trial of a search, a fold. */
  child: boolean
}

/**
 * The run that a store was written for: the newest that is neither deleted nor a part of another run. An older one is never taken instead,
 * for it would be evidence about another model. Throws `metrics/empty` or `metrics/ambiguous`.
 */
export function newestRun(runs: readonly MlflowRun[], fault: Fault): { run: MlflowRun; notes: string[] } {
  const candidates = runs.filter(({ deleted, child }) => !deleted && !child)
  let run = candidates[0]
  for (const other of candidates) if (run === undefined || other.started > run.started) run = other
  if (run === undefined) throw fault('empty', 'The MLflow store holds no run.')
  const latest = run.started
  if (candidates.filter(({ started }) => started === latest).length > 1) {
    throw fault('ambiguous', 'Two runs of the MLflow store began at the same time: it is not known which is meant.')
  }
  const shown = `"${truncate(oneLine(run.name), 60)}" (${truncate(oneLine(run.id), 40)})`
  return {
    run,
    notes: [
      ...(runs.length === 1 ? [] : [`Run ${shown} was read: the newest of ${plural(candidates.length, 'run')}.`]),
      ...(run.status === 'FINISHED'
        ? []
        : [`Run ${shown} is not finished: its status is ${truncate(oneLine(run.status), 20)}.`]),
    ],
  }
}

/** One logged value, as both kinds of store keep it. */
export type LoggedValue = { step: number; timestamp: number; value: number }

/**
 * Orders values as MLflow does to find the last one: by step, then by time, then by value. NaN, which has no order, comes last, so that it
 * is not hidden by a number of the same moment.
 */
export function byStepTimeValue(one: LoggedValue, other: LoggedValue): number {
  if (one.step !== other.step) return one.step - other.step
  if (one.timestamp !== other.timestamp) return one.timestamp - other.timestamp
  if (Number.isNaN(one.value) || Number.isNaN(other.value))
    return Number(Number.isNaN(one.value)) - Number(Number.isNaN(other.value))
  return one.value < other.value ? -1 : one.value > other.value ? 1 : 0
}
