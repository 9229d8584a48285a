import { ModelgateError, type Place } from '../../base/error.ts'

/** An error about a data file, with the place in it. */
export function dataError(code: string, message: string, place: Place, help?: string, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: `data/${code}`,
    message,
    place,
    ...(help === undefined ? {} : { help }),
    ...(cause === undefined ? {} : { cause }),
  })
}
