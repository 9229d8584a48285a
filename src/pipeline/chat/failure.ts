import { exitCodeOf, exitCodes, ModelgateError } from '../../base/error.ts'
import { readApiError } from '../../github/api-error.ts'
import { explainApiError, isMissingPermission, type Permission } from '../../github/permission.ts'
import { isRateLimit } from '../../github/rate-limit.ts'

/**
 * A failure for the log and the exit code. What a line in the workflow mends is the user's, everything else of GitHub's is not; a defect of ours
 * stays as it is.
 */
export function failureOf(cause: unknown, needs: Permission, what = ''): Error {
  if (cause instanceof ModelgateError) return cause
  const failure = readApiError(cause)
  if (failure === undefined) return cause instanceof Error ? cause : new Error(String(cause))
  const missing = failure.status === 401 || isMissingPermission(cause)
  const message = `${what}${explainApiError(cause, needs, false)}`
  return new ModelgateError({ code: 'chat/github', kind: missing ? 'user' : 'tool', message, cause })
}

/** True when GitHub itself says no to what was asked, and neither a permission nor the rate limit is the reason. */
export function isForbidden(error: unknown): boolean {
  const failure = readApiError(error)
  return failure?.status === 403 && !isMissingPermission(error) && !isRateLimit(failure)
}

/** True for what only says that a command cannot be carried out as things stand: nothing is wrong with us or the workflow. */
export function isRefusal(error: unknown): error is ModelgateError {
  return error instanceof ModelgateError && exitCodeOf(error) === exitCodes.user
}
