import { readApiError } from './api-error.ts'
import { type CheckOutput, type CheckTarget, closeCheckRun, openCheckRun } from './check-run.ts'
import type { Client } from './client.ts'
import { type StatusState, setCommitStatus } from './commit-status.ts'
import { explainApiError, type ReadOnlyReason } from './permission.ts'

/** A result on a commit that is open: as a check run, or as a plain status where the token may not write check runs. */
export type OpenCheck = { kind: 'check-run'; id: number; target: CheckTarget } | { kind: 'status'; target: CheckTarget }

/**
 * Opens a check run, or a pending status where `checks: write` is missing. Undefined when neither is allowed or GitHub does not answer:
 * `tell` then gets one sentence that says why and what to add. Never throws for an answer of GitHub's.
 */
export async function openCheck(
  client: Client,
  target: CheckTarget,
  reason: ReadOnlyReason | undefined,
  tell: (sentence: string) => void,
): Promise<OpenCheck | undefined> {
  try {
    return { kind: 'check-run', id: await openCheckRun(client, target), target }
  } catch (error) {
    if (readApiError(error)?.status !== 403 || reason !== undefined) {
      tell(`No check run was opened. ${explainApiError(error, 'checks: write', reason)}`)
      return undefined
    }
    try {
      await setCommitStatus(client, target, 'pending', 'modelgate runs')
      return { kind: 'status', target }
    } catch {
      tell(`No check run was opened. ${explainApiError(error, 'checks: write')}`)
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

/** Closes what `openCheck` opened. Throws nothing: `tell` gets one sentence when GitHub refuses. */
export async function closeCheck(
  client: Client,
  open: OpenCheck,
  output: CheckOutput,
  tell: (sentence: string) => void,
): Promise<void> {
  try {
    if (open.kind === 'check-run') await closeCheckRun(client, open.target, open.id, output)
    else await setCommitStatus(client, open.target, states[output.conclusion], output.title)
  } catch (error) {
    const needs = open.kind === 'check-run' ? 'checks: write' : 'statuses: write'
    tell(`The result could not be written to the commit. ${explainApiError(error, needs)}`)
  }
}
