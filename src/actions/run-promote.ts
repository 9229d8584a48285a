import { systemClock } from '../base/clock.ts'
import { exitCodes, ModelgateError } from '../base/error.ts'
import { toApiFailure } from '../github/api-failure.ts'
import { createClient } from '../github/client.ts'
import type { GithubContext } from '../github/context.ts'
import { Patience } from '../github/patience.ts'
import { readPush } from '../github/push-event.ts'
import type { GithubChange, NamedChange } from '../pipeline/change-on-github.ts'
import { readFreshVerdict } from '../pipeline/fresh-verdict.ts'
import { changeByFiles, changeByJob, type GithubRequest } from '../pipeline/github-promotion.ts'
import { openStateStore } from '../refs/open-state-store.ts'
import { renderPromotion } from '../report/promotion-markdown.ts'
import { changeJson, changeSentence } from '../report/stage-change.ts'
import { annotateError, notice } from './annotate.ts'
import { readEvent } from './base.ts'
import { writeSummary } from './publish-report.ts'
import { logLine, setOutputs } from './step.ts'

export type PromoteOptions = {
  model: string | undefined
  stage: string
  version: string | undefined
  why: string
  rollback: boolean
  verdict: string | undefined
  environment: string | undefined
  tags: boolean
  token: string
  failOnRefusal: boolean
}

/** Carries out what the inputs, or without a model the push, ask for; and tells it as outputs, summary, annotations and exit code. */
export async function runPromote(options: PromoteOptions, signal: AbortSignal): Promise<void> {
  const context = await readEvent()
  if (context === undefined) {
    throw new ModelgateError({
      code: 'github/not-in-actions',
      message: 'This action needs the environment of a GitHub Actions job.',
      help: 'On your own machine use `modelgate promote`.',
    })
  }
  const { changes, notes } = await carryOut(options, context, signal)
  for (const note of notes) logLine(note)
  for (const { change, announced, approval } of changes) {
    for (const sentence of approval.sentences) logLine(sentence)
    if (change.outcome === 'refused')
      annotateError(changeSentence(change), { title: `modelgate: ${change.refusal.code}` }, change.refusal.help)
    else logLine(changeSentence(change))
    for (const note of [...(change.outcome === 'refused' ? [] : change.notes), ...announced.notes]) notice(note)
  }
  setOutputs(outputsOf(changes, notes))
  if (changes.length > 0) await writeSummary(() => changes.map(shown).map(renderPromotion).join('\n'))
  if (options.failOnRefusal && changes.some(({ change }) => change.outcome === 'refused'))
    process.exitCode = exitCodes.blocked
}

async function carryOut(
  options: PromoteOptions,
  context: GithubContext,
  signal: AbortSignal,
): Promise<{ changes: GithubChange[]; notes: string[] }> {
  const { model, token, environment, tags } = options
  const push = model === undefined ? await readPush(process.env) : undefined
  const named = model === undefined ? undefined : await namedChange(options, model)
  if (named === undefined && push === undefined) throw missing('model')
  const client = await createClient({
    token,
    apiUrl: context.apiUrl,
    patience: new Patience({ signal, tell: logLine }),
  })
  const remote = `${context.serverUrl}/${context.owner}/${context.repo}`
  const store = await openStateStore({ workingDirectory: process.cwd(), remote, token, signal })
  const request: GithubRequest = { client, context, store, now: systemClock.now(), environment, tags }
  try {
    if (named !== undefined) return { changes: [await changeByJob(request, named)], notes: [] }
    if (push === undefined) throw missing('model')
    return await changeByFiles(request, push)
  } catch (error) {
    throw toApiFailure(error)
  } finally {
    await store.close()
  }
}

async function namedChange(
  { stage, version, why, rollback, verdict }: PromoteOptions,
  model: string,
): Promise<NamedChange> {
  if (stage === '') throw missing('stage')
  if (why.trim() === '') throw missing('because')
  if (rollback) return { model, stage, why, change: { back: version } }
  if (version === undefined) throw missing('version')
  const fresh = verdict === undefined ? {} : { fresh: await readFreshVerdict(verdict, process.cwd()) }
  return { model, stage, why, change: { to: version, ...fresh } }
}

function missing(input: string): ModelgateError {
  return new ModelgateError({
    code: 'action/missing-input',
    message: `The input "${input}" is needed here and was not given.`,
    help: `Add \`${input}:\` under \`with:\` of this step; only a push onto a branch can do without a model.`,
  })
}

/** The worst first: that is what a later step has to know of. */
const severity = ['refused', 'rolled-back', 'promoted', 'unchanged'] as const

function outputsOf(changes: readonly GithubChange[], notes: readonly string[]): Record<string, string> {
  const [worst] = [...changes].sort((a, b) => severity.indexOf(a.change.outcome) - severity.indexOf(b.change.outcome))
  const all = changes.map(({ change, announced, approval }) => ({
    ...changeJson(change, {
      exitCode: change.outcome === 'refused' ? exitCodes.blocked : exitCodes.pass,
      tags: announced.tags,
      notes: [...(change.outcome === 'refused' ? [] : change.notes), ...announced.notes],
    }),
    approval: approval.path,
  }))
  const outputs = {
    outcome: 'nothing',
    reason: notes.at(-1) ?? '',
    model: '',
    stage: '',
    version: '',
    'previous-version': '',
    record: '',
    'deployment-url': '',
    approval: '',
    changes: JSON.stringify(all),
  }
  if (worst === undefined) return outputs
  const { change, announced, approval, model, stage } = worst
  const stored = change.outcome === 'refused' ? change.incumbent : change.stored
  return {
    ...outputs,
    outcome: change.outcome,
    reason: changeSentence(change),
    model,
    stage,
    version: stored?.record.version ?? '',
    'previous-version': change.outcome === 'refused' ? '' : (change.previous?.record.version ?? ''),
    record: change.outcome === 'refused' ? '' : change.stored.id,
    'deployment-url': announced.deploymentUrl,
    approval: approval.path,
  }
}

function shown({ model, stage, change, announced, approval }: GithubChange): Parameters<typeof renderPromotion>[0] {
  const { tags, deploymentUrl, notes } = announced
  const said = change.outcome === 'refused' ? [] : change.notes
  return { model, stage, change, approval: approval.sentences, notes: [...said, ...notes], tags, deploymentUrl }
}
