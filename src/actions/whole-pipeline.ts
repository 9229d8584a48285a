import { dirname } from 'node:path'
import { info, warning } from '@actions/core'
import { systemClock } from '../base/clock.ts'
import { formatError } from '../base/error.ts'
import { listFiles } from '../base/files.ts'
import { runChange } from '../pipeline/run-change.ts'
import { findBase, readEvent } from './base.ts'
import { logObserver } from './observer.ts'
import { publishComment, writeSummary } from './publish-report.ts'
import { setOutputs } from './step.ts'
import { announceVerdict } from './verdict.ts'

export type WholePipelineOptions = {
  config: string | undefined
  base: string
  baseline: string | undefined
  comment: boolean
  commentKey: string
  token: string
  artifact: string | undefined
  failOnBlock: boolean
}

/** Runs the pipeline, and its base on a pull request; then summary, comment, artifact, outputs and exit code, in this order. */
export async function runWholePipeline(options: WholePipelineOptions, signal: AbortSignal): Promise<void> {
  const workingDirectory = process.cwd()
  const context = await readEvent()
  const base = await findBase(options.base, context, workingDirectory)
  const result = await runChange({
    workingDirectory,
    env: process.env,
    clock: systemClock,
    signal,
    observer: logObserver(),
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
    ...(base === undefined ? {} : { baseCommit: base }),
  })
  const { judged, loaded } = result
  if (judged === null) return
  await writeSummary(judged.judgement.markdown)
  const key = options.commentKey === '' ? loaded.config.name : options.commentKey
  const url =
    options.comment && context !== undefined
      ? await publishComment(context, options.token, key, judged.judgement.markdown)
      : ''
  setOutputs({ 'comment-url': url })
  if (options.artifact !== undefined) await keepRun(options.artifact, dirname(result.fresh.file))
  announceVerdict(judged.judgement, judged.files, loaded.file, options.failOnBlock)
}

/** Uploads the folder of the run. A run that cannot be kept is a warning: its verdict stands. */
async function keepRun(name: string, folder: string): Promise<void> {
  if ((process.env.ACTIONS_RUNTIME_TOKEN ?? '') === '') {
    info('No artifact: this runner offers no artifact service.')
    return
  }
  try {
    const { uploadFolder } = await import('../github/artifact.ts')
    const { id } = await uploadFolder({ name, folder, files: await listFiles(folder) })
    info(`Artifact ${name} uploaded (id ${id}).`)
  } catch (error) {
    warning(`The run could not be kept as an artifact. ${formatError(error)}`)
  }
}
