import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { isObject } from '../base/json.ts'

/** What is known of a request to GitHub that failed. */
export type ApiError = {
  status: number
  /** GitHub's own words, or the network's: on one line, cut, not escaped for Markdown. */
  message: string
  /** Headers of the answer, names in lower case; empty when there was none. */
  headers: Record<string, string>
  /** False when no answer came: connection refused or dropped, time-out, unknown host. */
  answered: boolean
}

const maxMessage = 300

/**
 * Reads an error that Octokit threw; undefined for every other kind. It looks at the shape only: several copies of
 * Octokit's error class can be installed, and loading one to compare would load the network stack.
 */
export function readApiError(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined
  const response = 'response' in error && isObject(error.response) ? error.response : undefined
  const data = isObject(response?.data) ? response.data : undefined
  const message = typeof data?.message === 'string' && data.message !== '' ? data.message : error.message
  const headers = isObject(response?.headers) ? response.headers : {}
  return {
    status: error.status,
    message: truncate(oneLine(message), maxMessage),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    answered: response !== undefined,
  }
}

/**
 * True when the request may have had its effect although it failed: a server error, a lost connection (Octokit gives
 * those the status 500) or an answer that broke off.
 */
export function isUncertain(error: unknown): boolean {
  if (error instanceof ModelgateError) return error.code === 'github/unexpected-answer'
  return (readApiError(error)?.status ?? 0) >= 500
}

/** The error for an answer whose body is not what the API promises: cut off on the way, or not GitHub's at all. */
export function unexpectedAnswer(what: string): ModelgateError {
  return new ModelgateError({
    code: 'github/unexpected-answer',
    kind: 'tool',
    message: `GitHub's answer to "${what}" is incomplete or not in the expected form.`,
    help: 'Run the job again; if it persists, check that GITHUB_API_URL and a proxy in between lead to GitHub.',
  })
}
