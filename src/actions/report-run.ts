import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { notice } from '@actions/core'
import { ModelgateError } from '../base/error.ts'
import { hasChanged } from '../compare/changes.ts'
import { configFileName } from '../config/load.ts'
import { toApiFailure } from '../github/api-failure.ts'
import { findChangedWorkflows } from '../github/changed-workflows.ts'
import { type Client, createClient } from '../github/client.ts'
import { type CommentMode, planComment } from '../github/comment-mode.ts'
import type { GithubContext } from '../github/context.ts'
import { findNewerRun } from '../github/newer-run.ts'
import { Patience } from '../github/patience.ts'
import { getOpenPull } from '../github/pull-request.ts'
import { listArtifactsOfRun, type RepositoryName, type StoredArtifact } from '../github/stored-artifact.ts'
import { type Configs, judgeHead, readConfigs } from '../pipeline/judge-head.ts'
import { type Judgement, writeJudgement } from '../report/judgement.ts'
import { renderNoVerdict } from '../report/no-verdict.ts'
import { withOrigin, withOutdatedBanner, withWorkflowBanner } from '../report/notes.ts'
import { readEvent } from './base.ts'
import { openStepCheck } from './check.ts'
import { checkName } from './check-name.ts'
import { outputOfError, outputOfJudgement } from './check-output.ts'
import { type Dealings, publishComment, writeSummary } from './publish-report.ts'
import { Refusals } from './refusals.ts'
import { logLine, setOutputs } from './step.ts'
import { findReported, type Reported } from './triggering-run.ts'
import { announceVerdict } from './verdict.ts'

export type ReportOptions = {
  token: string
  artifact: string
  config: string
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
  const reported = await findReported(client, context, (sentence) => notice(sentence))
  setOutputs({ 'pull-request': reported === undefined ? '' : String(reported.pull.number) })
  if (reported === undefined) return
  const scene = { client, context, options, dealings, ...reported }
  try {
    for (const leg of await findLegs(scene)) await reportLeg(scene, leg)
  } finally {
    dealings.refusals.tell()
  }
}

type Scene = Reported & { client: Client; context: GithubContext; options: ReportOptions; dealings: Dealings }

/** One artifact to report; `artifact` is undefined when the run kept none. `suffix` tells the legs of a matrix apart. */
type Leg = { artifact: StoredArtifact | undefined; suffix: string }

async function findLegs({ client, context, options, run }: Scene): Promise<Leg[]> {
  const { owner, repo } = context
  const isPattern = options.artifact.endsWith('*')
  const prefix = isPattern ? options.artifact.slice(0, -1) : options.artifact
  const listed = (await listArtifactsOfRun(client, { owner, repo }, run.id)).filter(({ name }) =>
    isPattern ? name.startsWith(prefix) : name === prefix,
  )
  // A run that was started again can list the artifact of each attempt: the last one counts.
  const newest = new Map(listed.sort((one, other) => one.id - other.id).map((artifact) => [artifact.name, artifact]))
  const kept = [...newest.values()]
  if (kept.length > mostLegs) notice(`Only ${mostLegs} of ${kept.length} artifacts are reported.`)
  const legs = kept.slice(0, mostLegs).map((artifact) => ({
    artifact,
    suffix: isPattern ? artifact.name.slice(prefix.length) : '',
  }))
  return legs.length === 0 ? [{ artifact: undefined, suffix: '' }] : legs
}

async function reportLeg(scene: Scene, { artifact, suffix }: Leg): Promise<void> {
  const { context, options, run, dealings } = scene
  const { patience, refusals } = dealings
  const config = options.config === configFileName ? '' : options.config
  const name =
    options.check === '' || options.check === 'none' || suffix === ''
      ? checkName(options.check, { key: suffix, config })
      : `${options.check} (${suffix})`
  const check = await openStepCheck(context, options.token, name, patience, refusals)
  let body: string
  let result = { blocked: true, changed: true }
  let pipeline: string | undefined
  try {
    const about = { client: scene.client, where: whereOf(context), pull: measuredHead(scene), config: options.config }
    const configs = await readConfigs(about)
    // Not what the record says: a refused one must not leave an older report standing under the name of the pipeline.
    pipeline = (configs.base ?? configs.own)?.config.name
    if (artifact === undefined) throw noEvidence(run.conclusion, options.artifact)
    const { judgement, decorate } = await judge(scene, artifact, configs)
    body = judgement.markdown
    result = { blocked: judgement.verdict.outcome === 'blocked', changed: hasChanged(judgement.comparison) }
    await check.close(outputOfJudgement(judgement, options.config, decorate))
    await announce(judgement, options.failOnBlock)
  } catch (thrown) {
    const error = toApiFailure(thrown)
    await check.close(outputOfError(error))
    // What GitHub or the machine refused says nothing about the evidence: the step fails, and can be run again.
    if (!(error instanceof ModelgateError) || error.kind === 'tool') throw error
    body = renderNoVerdict(error, pipeline)
    notice(error.message, { title: `modelgate: ${error.code}` })
  }
  await writeSummary(() => body)
  logLine(`The run that is reported: ${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${run.id}`)
  const key = [pipeline ?? 'modelgate', suffix].filter((part) => part !== '').join(' ')
  setOutputs({ 'comment-url': await comment(scene, key, body, result) })
}

function whereOf({ owner, repo }: GithubContext): RepositoryName {
  return { owner, repo }
}

/** The head that GitHub names for the run: the pull request may stand somewhere else by now. */
function measuredHead({ context, pull }: Scene): { headSha: string; baseRef: string } {
  return { headSha: context.headSha, baseRef: pull.baseRef }
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
  })
  const changed = await findChangedWorkflows(client, whereOf(context), pull.number)
  const decorate = (markdown: string): string =>
    withWorkflowBanner(withOrigin(markdown, { run: run.id, baseRef: pull.baseRef }), changed)
  return { judgement: { ...judgement, markdown: decorate(judgement.markdown) }, decorate }
}

/** The files go to the temporary folder of the runner: this job has no checkout. */
async function announce(judgement: Judgement, failOnBlock: boolean): Promise<void> {
  const folder = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'modelgate-report-'))
  announceVerdict(judgement, await writeJudgement(folder, judgement), undefined, failOnBlock)
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

function noEvidence(conclusion: string | null, artifact: string): ModelgateError {
  const cancelled = conclusion === 'cancelled' || conclusion === 'skipped'
  return new ModelgateError({
    code: 'report/no-evidence',
    kind: cancelled ? 'cancelled' : 'user',
    message: `The run of this pull request ended as ${conclusion ?? 'unknown'} and kept no artifact "${artifact}", so there is nothing to judge.`,
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
