import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { type ApiError, readApiError } from './api-error.ts'
import type { GithubContext } from './context.ts'
import { isRateLimit } from './rate-limit.ts'

/** Lines under `permissions:` of a job that modelgate has a use for. docs/permissions.md says what each is for. */
export const permissions = [
  'actions: read',
  'actions: write',
  'attestations: write',
  'checks: write',
  'contents: read',
  'contents: write',
  'deployments: write',
  'id-token: write',
  'packages: write',
  'pull-requests: read',
  'pull-requests: write',
  'statuses: write',
] as const
export type Permission = (typeof permissions)[number]

/** Why the token of a run is read-only, whatever the workflow says. */
export type ReadOnlyReason = 'fork' | 'dependabot'

/** Why this run's token is read-only; undefined when it has what `permissions:` gives it. */
export function readOnlyReason(context: GithubContext): ReadOnlyReason | undefined {
  if (context.pullRequest === undefined) return undefined
  if (context.pullRequest.fromFork) return 'fork'
  return context.actor === 'dependabot[bot]' ? 'dependabot' : undefined
}

/**
 * A failed request to GitHub in one sentence that says what to do about it. `needs` are the permissions that it takes, `reason` what is
 * known of the token (see `readOnlyReason`): false when it cannot be read-only, and without it the sentence speaks of both cases.
 * The text holds foreign words: escape it for Markdown.
 */
export function explainApiError(
  error: unknown,
  needs: Permission | readonly Permission[],
  reason?: ReadOnlyReason | false,
): string {
  const lines = [needs].flat().map((line) => `\`${line}\``)
  const named = new Intl.ListFormat('en', { type: 'conjunction' }).format(lines)
  if (error instanceof ModelgateError) return error.message
  const failure = readApiError(error)
  if (failure === undefined) return `The request to GitHub failed: ${messageOf(error)}.`
  if (!failure.answered) return `GitHub could not be reached: ${unstopped(failure.message)}.`
  if (isRateLimit(failure)) return `GitHub's rate limit for this token is used up${reopening(failure)}.`
  switch (failure.status) {
    case 401:
      return 'GitHub did not accept the token, which is mistyped, expired or revoked: pass `github.token`, or renew the one in your secrets.'
    case 403:
      return explainForbidden(failure, named, reason)
    case 404:
      return `GitHub does not find this, or hides it from the token: check the repository and the number, and that the job has ${named} under \`permissions:\`.`
    case 422:
      return `GitHub refused the request as invalid: ${unstopped(failure.message)}.`
  }
  if (failure.status >= 500) {
    return `GitHub answered with the server error ${failure.status}, also after retries where they are safe: run the job again.`
  }
  return `GitHub answered ${failure.status}: ${unstopped(failure.message)}.`
}

const inaccessible = /not accessible by (integration|personal access token)/i

/** True for a refusal that a line under `permissions:` would mend, were the token not read-only for good. */
export function isMissingPermission(error: unknown): boolean {
  const failure = readApiError(error)
  return failure !== undefined && failure.status === 403 && inaccessible.test(failure.message)
}

function explainForbidden(failure: ApiError, named: string, reason?: ReadOnlyReason | false): string {
  if (!inaccessible.test(failure.message)) {
    return `GitHub forbids this (403): ${unstopped(failure.message)}.`
  }
  if (reason !== undefined && reason !== false) {
    const origin = reason === 'fork' ? 'a fork' : 'Dependabot'
    return `For pull requests from ${origin} the token is read-only, whatever \`permissions:\` in the workflow says: the result is in the job summary.`
  }
  if (/personal access token/i.test(failure.message)) {
    return `The personal access token lacks ${named} for this repository: add it to the token, or pass \`github.token\` and add ${named} under \`permissions:\` of this job.`
  }
  const remedy = `The token of this job lacks a permission: add ${named} under \`permissions:\` of the job in the workflow file`
  if (reason === false) return `${remedy}.`
  return `${remedy} (for pull requests from a fork or from Dependabot the token is read-only whatever the workflow says, and the result is in the job summary).`
}

function reopening({ headers }: ApiError): string {
  const seconds = Number(headers['retry-after'])
  if (Number.isFinite(seconds)) return `: try again in ${seconds} s`
  const reset = Number(headers['x-ratelimit-reset'])
  // Later than a Date can hold is a broken header, not a time.
  if (!Number.isFinite(reset) || Math.abs(reset) > 8.64e12) return ': try again later'
  return `: try again after ${new Date(reset * 1000).toISOString().slice(11, 16)} UTC`
}

function messageOf(error: unknown): string {
  return unstopped(truncate(oneLine(error instanceof Error ? error.message : String(error)), 300))
}

function unstopped(text: string): string {
  return text.replace(/[.\s]+$/, '')
}
