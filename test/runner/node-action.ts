import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Action, NodeScripts } from './action.ts'
import { isTrue, type Scope, textIn, textsIn } from './expression.ts'
import { StepFailure } from './failure.ts'
import { type JobState, scopeOf, type Use } from './job-state.ts'
import { runStage, type StepRecord } from './process-stage.ts'
import type { StepOutput } from './step-output.ts'
import type { StepSpec } from './step-spec.ts'

/** The inputs of a use: what the step says, then the defaults of the action. */
export function inputsOf(action: Action, step: StepSpec, scope: Scope, output?: StepOutput): Record<string, string> {
  const given = textsIn(step.with, scope)
  const known = new Map(action.inputs.map((input) => [input.name.toLowerCase(), input]))
  const unexpected = Object.keys(given).filter((name) => !known.has(name.toLowerCase()))
  for (const name of Object.keys(given)) {
    const message = known.get(name.toLowerCase())?.deprecated
    if (message !== undefined)
      output?.annotate('warning', `Input '${name}' has been deprecated with message: ${message}`)
  }
  if (unexpected.length > 0) {
    const valid = action.inputs.map((input) => input.name).join("', '")
    output?.annotate('warning', `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid}']`)
  }
  const values: Record<string, string> = {}
  for (const input of action.inputs) {
    const own = Object.keys(given).find((name) => name.toLowerCase() === input.name.toLowerCase())
    const fallback = input.default === undefined ? '' : textIn(input.default, scope)
    values[input.name] = own === undefined ? fallback : (given[own] ?? '')
  }
  for (const name of unexpected) values[name] = given[name] ?? ''
  return values
}

/** Runs one stage of a JavaScript action; its outputs. */
export async function runNode(
  job: JobState,
  use: Use,
  stage: 'pre' | 'main' | 'post',
  script: string,
  record: StepRecord,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const target = join(use.action.folder, script)
  if (!(await stat(target).catch(() => undefined))?.isFile()) throw new StepFailure(`File not found: '${target}'`)
  const extraEnv: Record<string, string> = { ...job.options.actionEnv?.(job.token) }
  for (const [name, value] of Object.entries(use.inputs)) {
    extraEnv[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value
  }
  for (const [name, value] of Object.entries(use.state)) extraEnv[`STATE_${name}`] = value
  const { exitCode, outputs, state } = await runStage({
    job,
    level: use.level,
    view: use.view,
    record,
    extraEnv,
    command: { file: process.execPath, args: [target], folder: job.machine.workspace },
    signal,
  })
  Object.assign(use.state, Object.fromEntries(state))
  // The runner leaves the message to the action: a bad exit code alone makes no annotation.
  if (exitCode !== 0) {
    record.output.failed = true
    record.output.debug.push(`Node Action ${stage} completed with exit code ${exitCode}`)
  }
  return outputs
}

/** Whether a `pre-if` or `post-if` holds now. */
export function stageHolds(job: JobState, use: Use, condition: NodeScripts['preIf']): boolean {
  return isTrue(condition, scopeOf(job, use.level, use.view))
}
