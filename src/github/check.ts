import { readApiError } from './api-error.ts'
import { type CheckOutput, type CheckTarget, closeCheckRun, openCheckRun } from './check-run.ts'
import type { Client } from './client.ts'
import { type StatusState, setCommitStatus } from './commit-status.ts'
import type { Permission, ReadOnlyReason } from './permission.ts'
import { isRateLimit } from './rate-limit.ts'

/** A result on a commit that is open: as a check run, or as a plain status where the token may not write check runs. */
export type OpenCheck = { kind: 'check-run'; id: number; target: CheckTarget } | { kind: 'status'; target: CheckTarget }

/** Gets what GitHub refused: what did not come about, why, and the permission that it takes. */
export type OnRefusal = (refusal: { what: string; error: unknown; needs: Permission }) => void

const notOpened = 'No check run was opened.'

/**
 * Opens a check run, or a pending status where `checks: write` is missing. Undefined when neither is allowed or GitHub does not answer:
 * `refused` then gets the reason. Never throws for an answer of GitHub's.
 */
export async function openCheck(
  client: Client,
  target: CheckTarget,
  reason: ReadOnlyReason | undefined,
  refused: OnRefusal,
): Promise<OpenCheck | undefined> {
  try {
    return { kind: 'check-run', id: await openCheckRun(client, target), target }
  } catch (error) {
    // A personal access token is told that check runs are for apps, a job's token that it lacks the permission.
    const failure = readApiError(error)
    if (failure?.status !== 403 || isRateLimit(failure) || reason !== undefined) {
      refused({ what: notOpened, error, needs: 'checks: write' })
      return undefined
    }
    try {
      await setCommitStatus(client, target, 'pending', 'modelgate runs')
      return { kind: 'status', target }
    } catch {
      refused({ what: notOpened, error, needs: 'checks: write' })
      return undefined
    }
  }
}

const states: Record<CheckOutput['conclusion'], StatusState> = {
  success: 'success',
  // A status knows no neutral; it must not stand in the way.
  neutral: 'success',
  failure: 'failure',
  action_required: 'failure',
  cancelled: 'error',
}

/** GitHub found something in the request that it does not take: a repetition would be refused too. */
const invalid = 422

/**
 * Closes what `openCheck` opened. A text or a place that GitHub does not take must not keep the check open, and so stop the pull request: it
 * is then closed with its conclusion alone. Throws nothing: `refused` gets what GitHub refuses, and the answer is false if the check is open.
 */
export async function closeCheck(
  client: Client,
  open: OpenCheck,
  output: CheckOutput,
  refused: OnRefusal,
): Promise<boolean> {
  const needs = open.kind === 'check-run' ? 'checks: write' : 'statuses: write'
  try {
    await write(client, open, output)
    return true
  } catch (error) {
    if (readApiError(error)?.status !== invalid) {
      refused({ what: notClosed, error, needs })
      return false
    }
    try {
      await write(client, open, plainly(output.conclusion))
      refused({ what: 'The check on the commit has its conclusion only.', error, needs })
      return true
    } catch (again) {
      refused({ what: notClosed, error: again, needs })
      return false
    }
  }
}

const notClosed = 'The result could not be written to the commit.'

async function write(client: Client, open: OpenCheck, output: CheckOutput): Promise<void> {
  if (open.kind === 'check-run') await closeCheckRun(client, open.target, open.id, output)
  else await setCommitStatus(client, open.target, states[output.conclusion], output.title)
}

/** Nothing of it comes from outside. */
function plainly(conclusion: CheckOutput['conclusion']): CheckOutput {
  return {
    conclusion,
    title: `modelgate: ${conclusion.replace('_', ' ')}`,
    summary: 'GitHub did not take the report. It is in the summary of the job.',
    annotations: [],
  }
}
