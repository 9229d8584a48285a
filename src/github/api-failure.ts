import { ModelgateError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { readApiError } from './api-error.ts'
import { explainApiError, type Permission } from './permission.ts'

/** What a request takes, by its path below the repository. */
const needs: readonly [RegExp, string, Permission][] = [
  [/\/actions\//, 'GET', 'actions: read'],
  [/\/actions\//, 'POST', 'actions: write'],
  [/\/check-runs/, '', 'checks: write'],
  [/\/statuses\//, 'POST', 'statuses: write'],
  [/\/git\//, 'POST', 'contents: write'],
  [/\/releases\b/, 'GET', 'contents: read'],
  [/\/releases\b/, '', 'contents: write'],
  [/\/(?:pulls|issues)\b/, 'GET', 'pull-requests: read'],
  [/\/(?:pulls|issues)\b/, '', 'pull-requests: write'],
]

/**
 * A failed request to GitHub as an error for the user, with the permission that it takes. Any other error is given back as it is. For requests
 * without which there is nothing to go on with.
 */
export function toApiFailure(error: unknown): unknown {
  if (error instanceof ModelgateError || readApiError(error) === undefined) return error
  const request = isObject(error) && isObject(error.request) ? error.request : {}
  const [path, method] = [String(request.url), String(request.method)]
  const need = needs.find(([pattern, verb]) => pattern.test(path) && (verb === '' || verb === method))?.[2]
  return new ModelgateError({
    code: 'github/request',
    kind: 'tool',
    message: explainApiError(error, need ?? 'contents: read'),
    help: 'Mend that, and run the job again.',
    cause: error,
  })
}
