import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exitCodeOf, ModelgateError } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import { hasChanged } from '../compare/changes.ts'
import { toApiFailure } from '../github/api-failure.ts'
import { findChangedWorkflows } from '../github/changed-workflows.ts'
import { type Client, createClient } from '../github/client.ts'
import { type CommentMode, planComment } from '../github/comment-mode.ts'
import type { GithubContext } from '../github/context.ts'
import { findNewerRun } from '../github/newer-run.ts'
import { Patience } from '../github/patience.ts'
import { getOpenPull } from '../github/pull-request.ts'
import { listArtifactsOfRun, type RepositoryName, type StoredArtifact } from '../github/stored-artifact.ts'
import type { OpenHeadHistory } from '../pipeline/head-beside.ts'
import { type Configs, judgeHead, readConfigs, readPipelineName } from '../pipeline/judge-head.ts'
import { openHistory, remoteIn } from '../pipeline/open-history.ts'
import { type Judgement, writeJudgement } from '../report/judgement.ts'
import { renderNoVerdict } from '../report/no-verdict.ts'
import { withFailedRunBanner, withOrigin, withOutdatedBanner, withWorkflowBanner } from '../report/notes.ts'
import { notice } from './annotate.ts'
import { readEvent } from './base.ts'
import { openStepCheck } from './check.ts'
import { checkName } from './check-name.ts'
import { outputOfError, outputOfJudgement } from './check-output.ts'
import { historyAccess } from './history.ts'
import { asList } from './inputs.ts'
import { type Dealings, publishComment, writeSummary } from './publish-report.ts'
import { Refusals } from './refusals.ts'
import { logLine, setOutputs } from './step.ts'
import { findReported, type Reported } from './triggering-run.ts'
import { announceVerdict } from './verdict.ts'

export type ReportOptions = {
  token: string
  artifact: string
  config: string
  /** Where earlier runs are recorded: `refs`, or `refs:` and an address. */
  history: string
  comment: CommentMode
  check: string
  failOnBlock: boolean
}

/** Most artifacts of one run that are reported: one per leg of a matrix. */
const mostLegs = 20

/**
 * Reports the run that a `workflow_run` event names. Everything in its artifact is taken for hostile: who it is about is asked from GitHub, it is
 * judged anew, and every text of the report is made here.
 */
export async function reportRun(options: ReportOptions, signal: AbortSignal): Promise<void> {
  try {
    await report(options, signal)
  } catch (error) {
    throw toApiFailure(error)
  }
}

async function report(options: ReportOptions, signal: AbortSignal): Promise<void> {
  const context = await readEvent()
  if (context === undefined) throw outsideOfActions()
  const dealings = { patience: new Patience({ signal, tell: logLine }), refusals: new Refusals(context) }
  const client = await createClient({ token: options.token, apiUrl: context.apiUrl, patience: dealings.patience })
  const [name = ''] = asList(options.artifact) ?? []
  const reported = await findReported(client, context, name, (sentence) => notice(sentence))
  setOutputs({ 'pull-request': reported === undefined ? '' : String(reported.pull.number) })
  if (reported === undefined) return
  const openHistory = historyOpener(options, context, dealings.patience, signal)
  const scene = { client, context, options, dealings, openHistory, ...reported }
  try {
    const results: LegResult[] = []
    for (const leg of await findLegs(scene)) results.push(await reportLeg(scene, leg))
    setOutputs(outputsOf(results))
    const failure = results.find((result) => result.failure !== undefined)?.failure
    if (failure !== undefined) throw failure
  } finally {
    dealings.refusals.tell()
  }
}

type Scene = Reported & {
  openHistory: OpenHeadHistory
  client: Client
  context: GithubContext
  options: ReportOptions
  dealings: Dealings
}

/** One artifact that should be there; `artifact` is undefined when the run kept none. `suffix` tells the legs of a matrix apart. */
type Leg = { name: string; artifact: StoredArtifact | undefined; suffix: string }

/** What came of a leg. `failure` is what has to fail the step, once every leg was reported. */
type LegResult = { outputs: Record<string, string>; failure?: unknown }

/** The artifacts that the workflow names, each whether it is there or not: a leg that is missing must not look as if all had passed. */
async function findLegs({ client, context, options, run }: Scene): Promise<Leg[]> {
  const names = [...new Set(asList(options.artifact))].slice(0, mostLegs)
  const listed = (await listArtifactsOfRun(client, whereOf(context), run.id))
    // What an earlier attempt of the run kept says nothing about this one.
    .filter(({ createdAt }) => !isBefore(createdAt, run.startedAt))
    .sort((one, other) => one.id - other.id)
  const newest = new Map(listed.map((artifact) => [artifact.name, artifact]))
  return names.map((name) => ({ name, artifact: newest.get(name), suffix: names.length === 1 ? '' : name }))
}

/** In whole seconds, which is how finely GitHub tells the time. */
function isBefore(time: string | undefined, other: string | undefined): boolean {
  const seconds = (text: string): number => Math.floor(Date.parse(text) / 1000)
  return time !== undefined && other !== undefined && seconds(time) < seconds(other)
}

async function reportLeg(scene: Scene, { name, artifact, suffix }: Leg): Promise<LegResult> {
  const { context, options, pull, run, dealings } = scene
  const { patience, refusals } = dealings
  const named = options.check === '' || options.check === 'none' || suffix === ''
  const checked = checkName({
    given: named ? options.check : `${options.check} (${suffix})`,
    key: suffix,
    config: options.config,
    base: pull.baseRef,
    defaultBranch: context.defaultBranch,
  })
  const check = await openStepCheck(context, options.token, checked, patience, refusals)
  let result: LegResult
  let body: string
  let told = { blocked: true, changed: true }
  let pipeline: string | undefined
  try {
    const about = { client: scene.client, where: whereOf(context), pull: measuredHead(scene), config: options.config }
    pipeline = await readPipelineName(about)
    const configs = await readConfigs(about)
    if (artifact === undefined || !isFinished(run.conclusion)) throw noEvidence(run.conclusion, name, artifact)
    const { judgement, decorate } = await judge(scene, artifact, configs)
    body = judgement.markdown
    told = { blocked: judgement.verdict.outcome === 'blocked', changed: hasChanged(judgement.comparison) }
    await check.close(outputOfJudgement(judgement, options.config, decorate))
    result = { outputs: await announce(judgement, options.failOnBlock) }
  } catch (thrown) {
    const error = toApiFailure(thrown)
    await check.close(outputOfError(error))
    const shown = error instanceof ModelgateError ? error : unexpected()
    body = renderNoVerdict(shown, pipeline)
    notice(oneLine(shown.message), { title: `modelgate: ${shown.code}` })
    // What GitHub or the machine refused says nothing about the evidence: the step fails, and can be run again.
    const failure = shown.kind === 'tool' ? error : undefined
    if (options.failOnBlock && failure === undefined) process.exitCode = exitCodeOf(shown)
    result = { outputs: { outcome: 'blocked', reason: shown.message }, failure }
  }
  await writeSummary(() => body)
  logLine(`The run that is reported: ${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${run.id}`)
  const key = [pipeline ?? 'modelgate', suffix].filter((part) => part !== '').join(' ')
  return { ...result, outputs: { ...result.outputs, 'comment-url': await comment(scene, key, body, told) } }
}

/** Those of the leg that matters most: one that stops the change, and of these one without a verdict. */
function outputsOf(results: readonly LegResult[]): Record<string, string> {
  const rank = ({ outputs }: LegResult): number =>
    outputs.outcome !== 'blocked' ? 2 : outputs.verdict === undefined ? 0 : 1
  const [worst] = [...results].sort((one, other) => rank(one) - rank(other))
  return { verdict: '', ...worst?.outputs }
}

/** A run that was stopped half-way has no say, whatever it kept. One that failed may have failed because the gate blocks. */
function isFinished(conclusion: string | null): boolean {
  return conclusion === 'success' || conclusion === 'failure'
}

function unexpected(): ModelgateError {
  return new ModelgateError({
    code: 'report/failed',
    kind: 'tool',
    message: 'modelgate failed while it judged this run.',
    help: 'The log of the step says more.',
  })
}

function whereOf({ owner, repo }: GithubContext): RepositoryName {
  return { owner, repo }
}

/** The head that GitHub names for the run: the pull request may stand somewhere else by now. */
function measuredHead({ context, pull }: Scene): { number: number; headSha: string; baseRef: string } {
  return { number: pull.number, headSha: context.headSha, baseRef: pull.baseRef }
}

/** Throws `action/invalid-input` for a folder: nothing is checked out that could hold one. */
function historyOpener(
  { history, token }: ReportOptions,
  context: GithubContext,
  patience: Patience,
  signal: AbortSignal,
): OpenHeadHistory {
  const workingDirectory = process.cwd()
  if (remoteIn(history, workingDirectory) === undefined) {
    throw new ModelgateError({
      code: 'action/invalid-input',
      message: `The input "history" is "${history}", a folder, but nothing is checked out that could hold one.`,
      help: 'Use `refs`, or `refs:` and the address of a repository.',
    })
  }
  const access = historyAccess(context, token, patience, signal)
  return async () => await openHistory({ workingDirectory, history, access, repository: undefined, signal })
}

type Judged = { judgement: Judgement; decorate(markdown: string): string }

async function judge(scene: Scene, artifact: StoredArtifact, configs: Configs): Promise<Judged> {
  const { client, context, options, pull, run } = scene
  const { judgement } = await judgeHead({
    client,
    where: whereOf(context),
    pull: measuredHead(scene),
    artifact,
    config: options.config,
    configs,
    baselineArtifact: artifact.name,
    openHistory: scene.openHistory,
  })
  const changed = await findChangedWorkflows(client, whereOf(context), pull.number)
  const { from } = judgement.verdict.policy
  const decorate = (markdown: string): string => {
    const origin = withOrigin(markdown, { run: run.id, baseRef: pull.baseRef, from })
    // The gate may be what failed it; a pass must not hide that something else did.
    const failed = run.conclusion === 'failure' && judgement.verdict.outcome === 'passed'
    return withWorkflowBanner(failed ? withFailedRunBanner(origin) : origin, changed)
  }
  return { judgement: { ...judgement, markdown: decorate(judgement.markdown) }, decorate }
}

/** The files go to the temporary folder of the runner: this job has no checkout. */
async function announce(judgement: Judgement, failOnBlock: boolean): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'modelgate-report-'))
  return announceVerdict(judgement, await writeJudgement(folder, judgement), undefined, failOnBlock)
}

/** Writes the comment, after a last look at the pull request: a report about a head that has moved on says so, or yields to a newer one. */
async function comment(
  { client, context, options, dealings, pull, run }: Scene,
  key: string,
  body: string,
  result: { blocked: boolean; changed: boolean },
): Promise<string> {
  const { owner, repo, headSha } = context
  let current: Awaited<ReturnType<typeof getOpenPull>>
  try {
    current = await getOpenPull(client, { owner, repo }, pull.number)
    if (current === undefined) {
      logLine('No comment: the pull request was closed.')
      return ''
    }
    if (current.headSha !== headSha && (await findNewerRun(client, { owner, repo }, run.id, current.headSha))) {
      logLine('No comment: the head has moved on, and a run of the new head has finished.')
      return ''
    }
  } catch (error) {
    dealings.refusals.add({ what: 'No comment was written.', error, needs: 'pull-requests: write' })
    return ''
  }
  const text =
    current.headSha === headSha ? body : withOutdatedBanner(body, { reported: headSha, head: current.headSha })
  const plan = planComment(options.comment, result)
  return await publishComment(context, options.token, key, text, plan, pull.number, dealings)
}

function noEvidence(conclusion: string | null, name: string, artifact: StoredArtifact | undefined): ModelgateError {
  const ended = `The run of this pull request ended as ${conclusion ?? 'unknown'}`
  return new ModelgateError({
    code: 'report/no-evidence',
    kind: conclusion === 'cancelled' || conclusion === 'skipped' ? 'cancelled' : 'user',
    message:
      artifact === undefined
        ? `${ended} and kept no artifact "${name}", so there is nothing to judge.`
        : `${ended}, so what it kept is not judged.`,
    help: 'Look at the log of that run. If it succeeded, its artifact has another name: give it as the input `artifact`.',
  })
}

function outsideOfActions(): ModelgateError {
  return new ModelgateError({
    code: 'github/not-in-actions',
    message: 'The report action needs the event of a workflow.',
    help: 'Run it in a step of a workflow on `workflow_run`.',
  })
}
