import { type Action, readAction } from './action.ts'
import { checkout } from './checkout.ts'
import { textIn, textsIn, type Value } from './expression.ts'
import { StepFailure, Unsupported } from './failure.ts'
import { type JobState, type Level, type StepView, scopeOf, type Use } from './job-state.ts'
import { inputsOf, runNode, stageHolds } from './node-action.ts'
import type { StepRecord } from './process-stage.ts'
import { type Reference, resolveUses } from './reference.ts'
import { handlerEnv } from './script.ts'
import { runExtra } from './step-end.ts'
import type { StepSpec } from './step-spec.ts'

/** The runner's limit for composite actions in composite actions. */
const maxDepth = 9

/** How the inner steps of a composite action are run. */
type RunInner = (job: JobState, level: Level, steps: StepSpec[], record: StepRecord) => Promise<void>

type FolderReference = Extract<Reference, { kind: 'folder' }>

/** Runs the main stage of a step of kind `uses`; its outputs. */
export async function runUses(
  job: JobState,
  level: Level,
  step: StepSpec,
  view: StepView,
  record: StepRecord,
  signal: AbortSignal,
  runInner: RunInner,
): Promise<Record<string, string>> {
  const uses = step.uses ?? ''
  const reference = resolveUses(uses, job, level)
  const scope = scopeOf(job, level, view)
  const { output } = record
  output.write(`##[group]Run ${uses}`)
  output.write('##[endgroup]')
  if (reference.kind === 'checkout') {
    const inputs = textsIn(step.with, scope)
    const env = handlerEnv(job, level, view)
    const { outputs, removeCredentials } = await checkout({ job, inputs, env, output, signal })
    if (removeCredentials !== undefined) {
      job.posts.push(() =>
        runExtra(job, step, 'post', async () => {
          await removeCredentials()
          return 'run'
        }),
      )
    }
    return outputs
  }
  if (reference.kind === 'handler') {
    const call = { uses, inputs: textsIn(step.with, scope), env: handlerEnv(job, level, view) }
    const log = (line: string): void => output.write(line)
    const { workspace } = job.machine
    return (await reference.handler({ ...call, workspace, token: job.token, log })).outputs ?? {}
  }
  const prepared = job.prepared.get(step)
  const action = prepared?.action ?? (await readAction(reference.folder))
  const inner: StepView = { ...view, repository: reference.repository, ref: reference.ref }
  const inputs = inputsOf(action, step, scope, output)
  if (action.runs.using === 'composite') {
    return runComposite(job, level, action, reference, inner, inputs, record, signal, runInner)
  }
  const use = prepared ?? newUse(action, step, level, inner)
  use.inputs = inputs
  const { scripts } = action.runs
  if (scripts.pre !== undefined && prepared === undefined) refusePre(reference, uses, record)
  registerPost(job, use)
  return runNode(job, use, 'main', scripts.main, record, signal)
}

/** Runs the `pre` of the actions that the workflow's own steps use, before its first step. */
export async function runPres(job: JobState, level: Level, steps: StepSpec[]): Promise<void> {
  for (const step of steps) {
    if (step.uses === undefined || step.uses.startsWith('./')) continue
    // What GitHub would fetch at the job's start has to be there, even when the step is skipped later.
    const reference = resolveUses(step.uses, job, level)
    if (reference.kind !== 'folder' || reference.origin !== 'remote') continue
    const action = await readAction(reference.folder)
    const { runs } = action
    if (runs.using !== 'node24' || runs.scripts.pre === undefined) continue
    const { pre, preIf } = runs.scripts
    const view: StepView = { id: step.id, env: {}, files: {}, repository: reference.repository, ref: reference.ref }
    const use = newUse(action, step, level, view)
    job.prepared.set(step, use)
    await runExtra(job, step, 'pre', async (record) => {
      use.view = { ...view, env: textsIn(step.env, scopeOf(job, level, view)) }
      if (!stageHolds(job, use, preIf)) return 'skipped'
      use.inputs = inputsOf(action, step, scopeOf(job, level, use.view))
      registerPost(job, use)
      await runNode(job, use, 'pre', pre, record, level.signal)
      return 'run'
    })
  }
}

async function runComposite(
  job: JobState,
  outer: Level,
  action: Action,
  reference: FolderReference,
  view: StepView,
  inputs: Record<string, Value>,
  record: StepRecord,
  signal: AbortSignal,
  runInner: RunInner,
): Promise<Record<string, string>> {
  if (action.runs.using !== 'composite') throw new Error('not a composite action')
  if (outer.depth + 1 > maxDepth) throw new StepFailure(`Composite action depth exceeded max depth ${maxDepth}`)
  const level: Level = {
    steps: {},
    env: { ...outer.env, ...view.env },
    self: reference.root,
    composite: { folder: action.folder, inputs, status: 'success', repository: view.repository, ref: view.ref },
    depth: outer.depth + 1,
    signal,
  }
  await runInner(job, level, action.runs.steps, record)
  const outputs: Record<string, string> = {}
  for (const { name, value } of action.outputs) {
    if (value !== undefined) outputs[name] = textIn(value, scopeOf(job, level))
  }
  record.output.failed = level.composite?.status === 'failure'
  return outputs
}

function newUse(action: Action, step: StepSpec, level: Level, view: StepView): Use {
  return { action, step, level, view, inputs: {}, state: {}, postRegistered: false }
}

function refusePre(reference: FolderReference, uses: string, record: StepRecord): void {
  if (reference.origin !== 'workspace')
    throw new Unsupported(`\`pre\` of ${uses} inside a composite action or behind $/`)
  record.output.annotate('warning', `\`pre\` execution is not supported for local action from '${uses}'`)
}

/** The post stage is due from the moment that an earlier stage starts, however that ends. */
function registerPost(job: JobState, use: Use): void {
  if (use.action.runs.using !== 'node24' || use.postRegistered) return
  const { post, postIf } = use.action.runs.scripts
  if (post === undefined) return
  use.postRegistered = true
  const signal = new AbortController().signal
  job.posts.push(() =>
    runExtra(job, use.step, 'post', async (record) => {
      if (!stageHolds(job, use, postIf)) return 'skipped'
      await runNode(job, use, 'post', post, record, signal)
      return 'run'
    }),
  )
}
