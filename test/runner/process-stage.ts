import { join } from 'node:path'
import { type ChildOptions, runChild, runnerGraceMs } from './child.ts'
import { FileCommands } from './file-commands.ts'
import { type JobState, type Level, processEnv, type StepView } from './job-state.ts'
import type { StepOutput } from './step-output.ts'

/** What a step of the workflow collects, its inner steps included. */
export type StepRecord = { output: StepOutput; summary: string[] }

export type StageOptions = {
  job: JobState
  level: Level
  view: StepView
  record: StepRecord
  /** INPUT_*, STATE_* and ACTIONS_*. */
  extraEnv: Record<string, string>
  command: Pick<ChildOptions, 'file' | 'args' | 'folder'>
  signal: AbortSignal
}

export type StageResult = { exitCode: number | null; outputs: Record<string, string>; state: [string, string][] }

/** One process of a step with its own set of the runner's files, whose effects come to pass even when it fails. */
export async function runStage(options: StageOptions): Promise<StageResult> {
  const { job, level, record } = options
  const files = await createFiles(job)
  const view = { ...options.view, files: files.paths }
  const result: StageResult = { exitCode: null, outputs: {}, state: [] }
  try {
    result.exitCode = await runChild(
      {
        ...options.command,
        env: { ...processEnv(job, level, view), ...options.extraEnv },
        signal: options.signal,
        graceMs: job.options.graceMs ?? runnerGraceMs,
        onLine: record.output.reader(),
      },
      job.groups,
    )
  } finally {
    await applyFiles(job, record, files, result)
  }
  record.output.check()
  return result
}

export async function createFiles(job: JobState): Promise<FileCommands> {
  job.count += 1
  return FileCommands.create(join(job.machine.temp, '_runner_file_commands', String(job.count)))
}

async function applyFiles(job: JobState, record: StepRecord, files: FileCommands, result: StageResult): Promise<void> {
  const effects = await files.read()
  Object.assign(job.env, Object.fromEntries(effects.env))
  for (const path of effects.path) job.path = [path, ...job.path.filter((other) => other !== path)]
  result.outputs = Object.fromEntries(effects.outputs)
  result.state = effects.state
  if (effects.summary !== '') record.summary.push(job.masks.hide(effects.summary))
  for (const message of effects.complaints) record.output.annotate('error', message)
  for (const message of effects.errors) record.output.fail(message)
}
