import { formatCount, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { describeLimit, isBroken } from '../../config/checks/limit.ts'
import type { CheckResult, CheckStatus, DataVerdict, DriftReport } from '../../record/data-report.ts'
import type { Outcome } from './plan.ts'

/** Turns what was found into the result of a check. */
export function judgeOutcome(check: Check, expected: string, outcome: Outcome): CheckResult {
  const { name, owner, reason, url, where } = check
  const columns = columnsOfCheck(check)
  return {
    id: check.id,
    type: check.type,
    columns,
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    ...(reason === undefined ? {} : { reason }),
    ...(url === undefined ? {} : { url }),
    ...(where === undefined ? {} : { where }),
    status: statusOf(check, outcome),
    expected: expected + tolerated(check, outcome),
    observed: outcome.notRun ?? outcome.observed,
    failing: outcome.counts?.failing ?? null,
    tested: outcome.counts?.tested ?? null,
    samples: [],
    figures: outcome.figures ?? {},
    place: check.place,
  }
}

/** Names of the columns that a check is about. */
export function columnsOfCheck({ args }: Check): string[] {
  const { columns, column, label, group } = args as {
    columns?: unknown
    column?: string
    label?: string
    group?: string
  }
  if (Array.isArray(columns)) return columns.filter((name) => typeof name === 'string')
  return [column ?? label ?? group].filter((name) => name !== undefined)
}

function statusOf(check: Check, outcome: Outcome): CheckStatus {
  if (outcome.notRun !== undefined) return 'not-run'
  const failure = ({ error: 'fail', warn: 'warn', info: 'info' } as const)[check.severity]
  const { level, counts } = outcome
  if (level !== undefined) return level === 'warn' && failure === 'fail' ? 'warn' : level === 'pass' ? 'pass' : failure
  if (counts === undefined) return outcome.holds === true ? 'pass' : failure
  const { failing, tested } = counts
  if (check.warn === undefined && check.error === undefined) return failing > 0 ? failure : 'pass'
  // A limit says itself what it leads to, whatever the severity.
  if (check.error !== undefined && isBroken(check.error, failing, tested)) return 'fail'
  return check.warn !== undefined && isBroken(check.warn, failing, tested) ? 'warn' : 'pass'
}

/** What the limits accept, where they accept anything. */
function tolerated(check: Check, { counts }: Outcome): string {
  if (counts === undefined) return ''
  const limits = [
    ...(check.warn === undefined ? [] : [`warns above ${describeLimit(check.warn)}`]),
    ...(check.error === undefined ? [] : [`fails above ${describeLimit(check.error)}`]),
  ]
  return limits.length === 0 ? '' : ` (${limits.join(', ')})`
}

/** One verdict for all checks, and the reason in a sentence. A check that did not run counts as its `on-not-run` says. */
export function verdictOf(
  checks: readonly Check[],
  results: readonly CheckResult[],
  other: { rows: number; malformed: number; drift: Pick<DriftReport, 'verdict' | 'evaluated'> | undefined },
): { verdict: DataVerdict; reason: string } {
  const notRunFails = new Set(checks.filter((check) => check.onNotRun === 'error').map((check) => check.id))
  const failed = results.filter(({ status, id }) => status === 'fail' || (status === 'not-run' && notRunFails.has(id)))
  const warned = results.filter(({ status, id }) => status === 'warn' || (status === 'not-run' && !notRunFails.has(id)))
  const parts = [
    ...(other.malformed === 0 ? [] : [`${plural(other.malformed, 'row')} could not be read`]),
    ...(other.rows > 0 || other.malformed > 0 || mayBeEmpty(checks) ? [] : ['there are no rows']),
    ...(failed.length === 0 ? [] : [`${failed.length} of ${results.length} checks failed: ${named(failed)}`]),
    ...(other.drift?.verdict === 'fail' ? ['the data drifted from the reference'] : []),
  ]
  if (parts.length > 0) return { verdict: 'fail', reason: `${capital(parts.join('; '))}.` }
  const doubts = [
    ...(warned.length === 0 ? [] : [`${warned.length} of ${results.length} checks warned: ${named(warned)}`]),
    ...(other.drift?.verdict === 'warn' ? [driftDoubt(other.drift)] : []),
  ]
  if (doubts.length > 0) return { verdict: 'warn', reason: `${capital(doubts.join('; '))}.` }
  const passed = results.length === 1 ? 'The one check passed' : `All ${formatCount(results.length)} checks passed`
  const quiet = other.drift === undefined ? '' : ', and nothing drifted'
  if (results.length === 0) return { verdict: 'pass', reason: 'Nothing drifted from the reference.' }
  const unseen = results.filter(({ tested }) => tested === 0).length
  const idle = unseen === 0 ? '' : `, ${formatCount(unseen)} of them without a row to look at`
  return { verdict: 'pass', reason: `${passed}${idle}${quiet}.` }
}

/** Without rows nearly every check holds, and mostly something went wrong before. Whoever expects none says so. */
function mayBeEmpty(checks: readonly Check[]): boolean {
  return checks.some((check) => check.type === 'rows' && (check as Check<'rows'>).args.min === 0)
}

function driftDoubt({ evaluated }: Pick<DriftReport, 'evaluated'>): string {
  return evaluated === 0 ? 'drift could not be evaluated' : 'there are signs of drift from the reference'
}

function named(results: readonly CheckResult[]): string {
  const more = results.length - 3
  return (
    results
      .slice(0, 3)
      .map(({ id }) => id)
      .join(', ') + (more > 0 ? ` and ${more} more` : '')
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
