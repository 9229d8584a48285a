import { stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { type Scope, textIn } from './expression.ts'
import { StepFailure, Unsupported } from './failure.ts'
import { type JobState, type Level, processEnv, type StepView } from './job-state.ts'
import { runStage, type StepRecord } from './process-stage.ts'
import type { StepSpec } from './step-spec.ts'

/** How the runner starts a script. Without `shell` there is no pipefail: that comes with `shell: bash` only. */
const shells: Record<string, { file: string; args: string[]; extension: string }> = {
  '': { file: 'bash', args: ['-e'], extension: 'sh' },
  bash: { file: 'bash', args: ['--noprofile', '--norc', '-eo', 'pipefail'], extension: 'sh' },
  sh: { file: 'sh', args: ['-e'], extension: 'sh' },
  python: { file: 'python3', args: [], extension: 'py' },
}

/** Runs a step of kind `run`; its outputs. A bad exit code throws nothing: it is in the output. */
export async function runScript(
  job: JobState,
  level: Level,
  step: StepSpec,
  view: StepView,
  scope: Scope,
  record: StepRecord,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const optional = (token: TemplateToken | undefined): string => (token === undefined ? '' : textIn(token, scope))
  const defaults = level.composite === undefined ? job.defaults : []
  const firstOf = (own: TemplateToken | undefined, key: 'shell' | 'workingDirectory'): string =>
    optional(own) || defaults.map((one) => optional(one[key])).find((text) => text !== '') || ''

  const name = firstOf(step.shell, 'shell')
  const shell = shells[name]
  if (shell === undefined) throw new Unsupported(`shell: ${name}`)
  if (level.composite !== undefined && name === '') throw new StepFailure('Required property is missing: shell')
  const folder = resolve(job.machine.workspace, firstOf(step.workingDirectory, 'workingDirectory'))
  const text = optional(step.run)
  job.count += 1
  const path = join(job.machine.temp, `script-${job.count}.${shell.extension}`)
  await writeFile(path, `${text}\n`)

  const { output } = record
  output.write(`##[group]Run ${text.trim().split('\n')[0] ?? ''}`)
  output.write(text.trimEnd())
  output.write('##[endgroup]')
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    const message = `An error occurred trying to start process '${shell.file}' with working directory '${folder}'. No such file or directory`
    throw new StepFailure(message)
  }
  // spawn() takes PATH from the environment of the child, as the runner does.
  const command = { file: shell.file, args: [...shell.args, path], folder }
  const { exitCode, outputs } = await runStage({ job, level, view, record, extraEnv: {}, command, signal })
  if (exitCode !== 0) output.fail(`Process completed with exit code ${exitCode ?? endedBySignal}.`)
  return outputs
}

/** What a shell would answer for a process that a signal ended; the runner's own figure differs with the signal. */
const endedBySignal = 130

/** The environment in which a stand-in of the test works. */
export function handlerEnv(job: JobState, level: Level, view: StepView): Record<string, string> {
  return { ...processEnv(job, level, view), ...job.options.actionEnv?.(job.token) }
}
