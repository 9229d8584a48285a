import { getState, saveState } from '@actions/core'
import { z } from 'zod'
import { truncate } from '../base/escape.ts'
import type { OpenCheck } from '../github/check.ts'
import type { CheckOutput } from '../github/check-run.ts'
import type { GithubContext } from '../github/context.ts'
import { Patience } from '../github/patience.ts'
import { readOnlyReason } from '../github/permission.ts'
import { Refusals } from './refusals.ts'
import { logLine } from './step.ts'

/** The open check of this step, kept in the state of the step so that its post step can close it whatever happens. */
const stateName = 'check'

const target = z.object({
  owner: z.string(),
  repo: z.string(),
  headSha: z.string(),
  name: z.string(),
  externalId: z.string(),
  detailsUrl: z.string(),
})
const openCheckSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('check-run'), id: z.number(), target }),
  z.object({ kind: z.literal('status'), target }),
])
const outcomeSchema = z.object({
  conclusion: z.enum(['success', 'neutral', 'failure', 'action_required', 'cancelled']),
  title: z.string(),
})
const stateSchema = z.object({ check: openCheckSchema, apiUrl: z.string(), outcome: outcomeSchema.optional() })

/** A check that was opened at the start of a step, to be closed with what came of it. */
export type StepCheck = { close(output: CheckOutput): Promise<void> }

const noCheck: StepCheck = { close: async () => {} }

/** Opens the check of this step on the head of the change. Without a token, a name or permission there is none. */
export async function openStepCheck(
  context: GithubContext | undefined,
  token: string,
  name: string,
  patience: Patience,
  refusals: Refusals,
): Promise<StepCheck> {
  if (context === undefined || token === '' || name === 'none') return noCheck
  const [{ createClient }, { openCheck, closeCheck }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/check.ts'),
  ])
  const client = await createClient({ token, apiUrl: context.apiUrl, patience })
  const reason = readOnlyReason(context)
  const check = await openCheck(
    client,
    {
      owner: context.owner,
      repo: context.repo,
      headSha: context.headSha,
      name,
      externalId: `${context.runId}-${context.runAttempt}-${context.job}`,
      detailsUrl: context.runUrl,
    },
    reason,
    (refusal) => refusals.add(refusal),
  )
  if (check === undefined) return noCheck
  const { apiUrl } = context
  saveState(stateName, JSON.stringify({ check, apiUrl }))
  logLine(`${check.kind === 'check-run' ? 'Check run' : 'Status'} "${name}" opened on ${context.headSha.slice(0, 7)}.`)
  return {
    close: async (output) => {
      const closed = await closeCheck(client, check, output, (refusal) => refusals.add(refusal))
      // What GitHub refused now, the post step tries again: a check that stays open blocks the pull request. Without the report, for a
      // state is handed on as one variable of the environment, which cannot be long.
      const outcome = { conclusion: output.conclusion, title: truncate(output.title, 255) }
      saveState(stateName, closed ? '' : JSON.stringify({ check, apiUrl, outcome }))
    },
  }
}

/** Closes the check that a step left open because it was killed, or could not close. For the post step. */
export async function closeLeftOpen(token: string): Promise<void> {
  const state = getState(stateName)
  if (state === '' || token === '') return
  const { check, apiUrl, outcome } = stateSchema.parse(JSON.parse(state))
  const [{ createClient }, { closeCheck }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/check.ts'),
  ])
  const output: CheckOutput =
    outcome === undefined
      ? {
          conclusion: 'cancelled',
          title: 'The step ended before it could report',
          summary: 'modelgate was stopped before it could report. Nothing was judged: run the job again.',
          annotations: [],
        }
      : { ...outcome, summary: 'The report is in the summary of the job.', annotations: [] }
  // Whoever cancelled the job does not want to wait for its end.
  const client = await createClient({ token, apiUrl, patience: new Patience({ budget: 0 }) })
  const refusals = new Refusals(undefined)
  await closeCheck(client, check as OpenCheck, output, (refusal) => refusals.add(refusal))
  refusals.tell()
}
