import { getState, notice, saveState, warning } from '@actions/core'
import { z } from 'zod'
import { exitCodeOf, exitCodes, ModelgateError } from '../base/error.ts'
import { escapeMarkdown } from '../base/escape.ts'
import { conclusionOf } from '../gate/conclusion.ts'
import type { RuleResult } from '../gate/verdict.ts'
import type { OpenCheck } from '../github/check.ts'
import type { CheckAnnotation, CheckOutput } from '../github/check-run.ts'
import type { GithubContext } from '../github/context.ts'
import { readOnlyReason } from '../github/permission.ts'
import type { Judgement } from '../report/judgement.ts'
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
const stateSchema = z.object({ check: openCheckSchema, apiUrl: z.string() })

/** A check that was opened at the start of a step, to be closed with what came of it. */
export type StepCheck = { close(output: CheckOutput): Promise<void> }

const noCheck: StepCheck = { close: async () => {} }

/** Opens the check of this step on the head of the change. Without a token, a name or permission there is none. */
export async function openStepCheck(
  context: GithubContext | undefined,
  token: string,
  name: string,
): Promise<StepCheck> {
  if (context === undefined || token === '' || name === 'none') return noCheck
  const [{ createClient }, { openCheck, closeCheck }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/check.ts'),
  ])
  const client = await createClient({ token, apiUrl: context.apiUrl })
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
    (sentence) => notice(sentence),
  )
  if (check === undefined) return noCheck
  saveState(stateName, JSON.stringify({ check, apiUrl: context.apiUrl }))
  logLine(`${check.kind === 'check-run' ? 'Check run' : 'Status'} "${name}" opened on ${context.headSha.slice(0, 7)}.`)
  return {
    close: async (output) => {
      await closeCheck(client, check, output, (sentence) => warning(sentence))
      saveState(stateName, '')
    },
  }
}

/** Closes the check that a step left open because it was killed. For the post step. */
export async function closeLeftOpen(token: string): Promise<void> {
  const state = getState(stateName)
  if (state === '' || token === '') return
  const { check, apiUrl } = stateSchema.parse(JSON.parse(state))
  const [{ createClient }, { closeCheck }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/check.ts'),
  ])
  const output: CheckOutput = {
    conclusion: 'cancelled',
    title: 'The step ended before it could report',
    summary: 'modelgate was stopped before it could report. Nothing was judged: run the job again.',
    annotations: [],
  }
  await closeCheck(await createClient({ token, apiUrl }), check as OpenCheck, output, (sentence) => warning(sentence))
}

/** What a judgement writes into its check. `file` is modelgate.yaml relative to the repository. */
export function outputOfJudgement({ verdict, markdown }: Judgement, file: string | undefined): CheckOutput {
  return {
    conclusion: conclusionOf(verdict),
    title: verdict.reason,
    summary: markdown,
    annotations: verdict.rules.flatMap((rule) => annotationOf(rule, file)),
  }
}

function annotationOf(rule: RuleResult, file: string | undefined): CheckAnnotation[] {
  if (rule.consequence === 'none' || rule.line === undefined || file === undefined) return []
  const level = rule.consequence === 'warn' ? 'warning' : rule.consequence === 'info' ? 'notice' : 'failure'
  return [{ path: file, line: rule.line, level, title: `${rule.id}: ${rule.verdict}`, message: rule.reason }]
}

/** What an error writes into its check: its sentence and remedy. */
export function outputOfError(error: unknown): CheckOutput {
  const cancelled = exitCodeOf(error) === exitCodes.cancelled
  const { message, help, place } =
    error instanceof ModelgateError ? error : { message: String(error), help: undefined, place: undefined }
  const inFile =
    place?.line === undefined
      ? []
      : [{ path: place.file, line: place.line, level: 'failure' as const, title: 'modelgate', message }]
  return {
    conclusion: cancelled ? 'cancelled' : 'failure',
    title: cancelled ? 'Cancelled' : message,
    summary: [escapeMarkdown(message), ...(help === undefined ? [] : help.split('\n').map(escapeMarkdown))].join(
      '\n\n',
    ),
    annotations: inFile,
  }
}
