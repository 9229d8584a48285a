import { ModelgateError } from '../../base/error.ts'

/** Why a statement of a data check did not end by itself, whatever the engine. */

/** `limit` in milliseconds. */
export function timeIsUp(limit: number): ModelgateError {
  return new ModelgateError({
    code: 'data/time-limit',
    message: `The data checks took longer than their limit of ${Math.round(limit / 100) / 10} s, and were stopped.`,
    help: 'Raise the time limit, or simplify the expression that takes so long.',
  })
}

export function cancelled(): ModelgateError {
  return new ModelgateError({ code: 'run/cancelled', kind: 'cancelled', message: 'The data checks were cancelled.' })
}
