import type { ApiError } from './api-error.ts'

/** The primary limit counts down in a header; the secondary ones say it in words or with `retry-after`. */
export function isRateLimit({ status, headers, message }: ApiError): boolean {
  if (status === 429) return true
  // A refusal for want of a permission may well be the last request of the hour.
  if (status !== 403 || /not accessible by/i.test(message)) return false
  return headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers || /rate limit/i.test(message)
}

/**
 * Milliseconds until GitHub will answer again; undefined when it does not say. Measured by the clock of the server, for that of the runner
 * may be off.
 */
export function untilReopening({ headers }: ApiError, now: () => number = Date.now): number | undefined {
  const after = headers['retry-after']
  if (after !== undefined && /^\s*\d+\s*$/.test(after)) return Number(after) * 1000
  const sent = Date.parse(headers.date ?? '')
  const here = Number.isNaN(sent) ? now() : sent
  // A proxy may name a time of day instead of seconds.
  const named = Date.parse(after ?? '')
  if (!Number.isNaN(named)) return Math.max(0, named - here)
  if (headers['x-ratelimit-remaining'] !== '0') return undefined
  const reset = Number(headers['x-ratelimit-reset'])
  // Both times are whole seconds: one more, so as not to come too early.
  return Number.isFinite(reset) && reset > 0 ? Math.max(0, reset * 1000 - here) + 1000 : undefined
}
