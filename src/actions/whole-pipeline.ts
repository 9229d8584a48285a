import { dirname } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { formatError } from '../base/error.ts'
import { listFiles } from '../base/files.ts'
import { hasChanged } from '../compare/changes.ts'
import type { CheckOutput } from '../github/check-run.ts'
import { type CommentMode, planComment } from '../github/comment-mode.ts'
import type { GithubContext } from '../github/context.ts'
import { Patience } from '../github/patience.ts'
import { runChange } from '../pipeline/run-change.ts'
import { withFullReportLink } from '../report/full-report-link.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { warning } from './annotate.ts'
import { annotationPath } from './annotation-path.ts'
import { approvalsFinder } from './approvals.ts'
import { findBase, folderOf, readEvent } from './base.ts'
import { openStepCheck } from './check.ts'
import { branchesOf, checkName } from './check-name.ts'
import { outputOfError, outputOfJudgement } from './check-output.ts'
import { reportFailure } from './failure.ts'
import { historyAccess } from './history.ts'
import { logObserver } from './observer.ts'
import { type Dealings, publishComment, writeSummary } from './publish-report.ts'
import type { RecordMode } from './record-mode.ts'
import { recordOwnRun } from './record-run.ts'
import { Refusals } from './refusals.ts'
import { logLine, setOutputs } from './step.ts'
import { storedBaselineFinder } from './stored-baseline.ts'
import { announceVerdict } from './verdict.ts'

export type WholePipelineOptions = {
  config: string | undefined
  base: string
  baselineFile: string | undefined
  /** Where earlier runs are recorded. */
  history: string | undefined
  record: RecordMode
  /** `auto` or `run`. */
  baseline: string
  comment: CommentMode
  commentKey: string
  check: string
  token: string
  artifact: string | undefined
  failOnBlock: boolean
}

/**
 * Runs the pipeline, and its base on a pull request; then summary, artifact, comment, check, outputs and exit code, in this order. The
 * check is opened first and closed whatever happens.
 */
export async function runWholePipeline(options: WholePipelineOptions, signal: AbortSignal): Promise<void> {
  const context = await readEvent()
  const patience = new Patience({ signal, tell: logLine })
  const refusals = new Refusals(context)
  const check = await openStepCheck(context, options.token, nameOfCheck(options, context), patience, refusals)
  try {
    await check.close(await runAndReport(options, context, signal, { patience, refusals }))
  } catch (error) {
    await check.close(outputOfError(error))
    await reportFailure(error, options, context, { patience, refusals })
    throw error
  } finally {
    refusals.tell()
  }
}

function nameOfCheck(
  { check, commentKey, config = '' }: WholePipelineOptions,
  context: GithubContext | undefined,
): string {
  return checkName({ given: check, key: commentKey, config, ...branchesOf(context) })
}

async function runAndReport(
  options: WholePipelineOptions,
  context: GithubContext | undefined,
  signal: AbortSignal,
  dealings: Dealings,
): Promise<CheckOutput> {
  const workingDirectory = process.cwd()
  const base = await findBase(options.base, context, folderOf(options.config))
  const { artifact = 'none', token, baseline: mode } = options
  const findStored = storedBaselineFinder(context, { mode, artifact, token }, options.base, dealings)
  const findApprovals = approvalsFinder(context, token, dealings.patience)
  const access = historyAccess(context, token, dealings.patience, signal)
  const result = await runChange({
    workingDirectory,
    env: process.env,
    clock: systemClock,
    signal,
    observer: logObserver(),
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.baselineFile === undefined ? {} : { baseline: options.baselineFile }),
    ...(options.history === undefined ? {} : { history: options.history }),
    ...(access === undefined ? {} : { historyAccess: access }),
    ...(findStored === undefined ? {} : { findStored }),
    ...(findApprovals === undefined ? {} : { findApprovals }),
    ...(base === undefined ? {} : { baseCommit: base }),
  })
  const { fresh, judged, loaded } = result
  if (judged === null) throw new Error('a run of all stages was not judged')
  const { judgement, files } = judged
  const { comparison, verdict, plots } = judgement
  await writeSummary((room) => renderMarkdown(comparison, verdict, plots, room))
  const key = options.commentKey === '' ? loaded.config.name : options.commentKey
  const plan = planComment(options.comment, {
    blocked: verdict.outcome === 'blocked',
    changed: hasChanged(comparison),
  })
  // Kept first, so that the comment can lead to the full report.
  const kept = options.artifact === undefined ? undefined : await keepRun(options.artifact, dirname(fresh.file))
  const body =
    context === undefined || kept === undefined
      ? judgement.markdown
      : withFullReportLink(
          judgement.markdown,
          `${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${context.runId}/artifacts/${kept}`,
        )
  const url = await publishComment(context, options.token, key, body, plan, undefined, dealings)
  setOutputs({ 'comment-url': url })
  const keptAs = kept === undefined || options.artifact === undefined ? undefined : { name: options.artifact, id: kept }
  await recordOwnRun(
    context,
    result,
    { mode: options.record, token, artifact: keptAs, patience: dealings.patience },
    signal,
  )
  announceVerdict(judgement, files, loaded.file, options.failOnBlock)
  return outputOfJudgement(judgement, annotationPath(loaded.file), undefined, loaded.file)
}

/** Uploads the folder of the run, and gives the number of the artifact. A run that cannot be kept is a warning: its verdict stands. */
async function keepRun(name: string, folder: string): Promise<number | undefined> {
  if ((process.env.ACTIONS_RUNTIME_TOKEN ?? '') === '') {
    logLine('No artifact: this runner offers no artifact service.')
    return undefined
  }
  try {
    const { uploadFolder } = await import('../github/artifact.ts')
    const { id } = await uploadFolder({ name, folder, files: await listFiles(folder) })
    logLine(`Artifact ${name} uploaded (id ${id}).`)
    return id
  } catch (error) {
    warning(`The run could not be kept as an artifact. ${formatError(error)}`)
    return undefined
  }
}
