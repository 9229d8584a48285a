import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { endGroups } from './child.ts'
import { isUntrusted } from './event.ts'
import { isRecord, type Scope, textIn, textsIn, type Value, valueIn } from './expression.ts'
import { StepFailure, Unsupported } from './failure.ts'
import { createMachine, type JobState, type Level, scopeOf } from './job-state.ts'
import { membersOf } from './keywords.ts'
import { Masks } from './masks.ts'
import { type Leg, legSuffix } from './matrix.ts'
import type { RunContexts, RunOptions } from './options.ts'
import { tokenPermissions } from './permissions.ts'
import type { Annotation, Concurrency, JobResult } from './result.ts'
import { runSteps } from './step.ts'
import { runPres } from './uses.ts'
import type { JobSpec, WorkflowSpec } from './workflow.ts'

/** GitHub shows so many annotations of a job, and so many summaries. */
const maxAnnotations = 50
const maxSummaries = 20
/** In UTF-16 code units, as GitHub measures them. */
const maxOutputs = 1024 * 1024

/** One job to run: a leg of the matrix when there is one. */
export type JobPlan = {
  spec: JobSpec
  workflow: WorkflowSpec
  options: RunOptions
  contexts: RunContexts
  needs: Record<string, Value>
  leg: Leg | null
  index: number
  total: number
  failFast: boolean
  maxParallel: number
  folder: string
}

const idle = { success: true, failure: false, cancelled: false }

/** The job in its result's form, before it has run. */
export function plannedJob({ spec, leg, index, contexts, needs }: JobPlan): JobResult {
  const scope: Scope = { contexts: { ...contexts, needs, matrix: leg ?? {}, strategy: {} }, status: idle }
  const usesMatrix = /\bmatrix\b/.test(spec.name?.toString() ?? '')
  const name = spec.name === undefined ? spec.id : textIn(spec.name, scope)
  return {
    id: spec.id,
    name: leg === null || usesMatrix || index < 0 ? name : `${name}${legSuffix(leg)}`,
    matrix: leg,
    outcome: 'skipped',
    conclusion: 'skipped',
    outputs: {},
    permissions: {},
    concurrency: null,
    environment: null,
    steps: [],
    annotations: [],
    summary: '',
    log: '',
  }
}

/** Runs a job on a machine of its own. */
export async function runJob(plan: JobPlan): Promise<JobResult> {
  const result = plannedJob(plan)
  const { spec, options } = plan
  const timeout = new AbortController()
  const cancel = AbortSignal.any([timeout.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const job = await createJob(plan, result, cancel)
  await options.onToken?.(job.token)
  cancel.addEventListener('abort', () => {
    job.status = 'cancelled'
  })
  const level: Level = {
    steps: {},
    env: {},
    self: options.self,
    composite: undefined,
    depth: 0,
    signal: new AbortController().signal,
  }
  const own: Annotation[] = []
  let timer: NodeJS.Timeout | undefined
  let mayFail = false
  try {
    const scope = (): Scope => scopeOf(job, level)
    mayFail = spec.continueOnError !== undefined && valueIn(spec.continueOnError, scope()) === true
    applyEnvironment(job, spec.environment, scope(), result)
    checkRunner(spec.runsOn, scope())
    result.concurrency = concurrencyOf(spec.concurrency, scope())
    Object.assign(job.env, textsIn(plan.workflow.env, scope()))
    Object.assign(job.env, textsIn(spec.env, scope()))
    const minutes = spec.timeoutMinutes === undefined ? 0 : Number(valueIn(spec.timeoutMinutes, scope()))
    if (minutes > 0) {
      timer = setTimeout(
        () => {
          const message = `The job has exceeded the maximum execution time of ${minutes} minutes.`
          own.push({ level: 'error', message })
          timeout.abort()
        },
        minutes * (options.minuteMs ?? 60_000),
      )
    }
    await runPres(job, level, spec.steps)
    await runSteps(job, level, spec.steps)
    for (const post of job.posts.reverse()) await post()
    result.outputs = outputsOf(job, spec.outputs, scope(), own)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    own.push({ level: 'error', message: job.masks.hide(error.message) })
    if (job.status !== 'cancelled') job.status = 'failure'
  } finally {
    clearTimeout(timer)
    endGroups(job.groups)
  }
  result.outcome = job.status
  result.conclusion = job.status === 'failure' && mayFail ? 'success' : job.status
  result.steps = job.results
  result.annotations = [...job.results.flatMap((step) => step.annotations), ...own].slice(0, maxAnnotations)
  const summaries = job.results.map((step) => step.summary).filter((summary) => summary !== '')
  result.summary = summaries.slice(0, maxSummaries).join('\n')
  result.log = job.results.map((step) => step.log).join('\n')
  return result
}

async function createJob(plan: JobPlan, result: JobResult, cancel: AbortSignal): Promise<JobState> {
  const { spec, workflow, options, contexts, leg } = plan
  const { event, repository } = options
  const machine = await createMachine(plan.folder, repository.name)
  await mkdir(dirname(machine.eventPath), { recursive: true })
  await writeFile(machine.eventPath, JSON.stringify(event.payload))
  const readOnly = isUntrusted(event, repository.name)
  result.permissions = tokenPermissions(
    spec.permissions,
    workflow.permissions,
    options.defaultPermissions ?? 'restricted',
    readOnly,
  )
  const seed = `${contexts.github.run_id}/${contexts.github.run_attempt}/${spec.id}/${plan.index}`
  const value = `ghs_${createHash('sha256').update(seed).digest('hex').slice(0, 36)}`
  const masks = new Masks()
  for (const secret of [value, ...Object.values(contexts.secrets).map(String)]) masks.add(secret)
  const github = {
    ...contexts.github,
    token: value,
    job: spec.id,
    workspace: machine.workspace,
    event_path: machine.eventPath,
  }
  return {
    options,
    machine,
    masks,
    token: { value, job: spec.id, permissions: result.permissions, readOnly },
    contexts: {
      ...contexts,
      github,
      secrets: { ...contexts.secrets, GITHUB_TOKEN: value },
      needs: plan.needs,
      matrix: leg ?? {},
      strategy: {
        'fail-fast': plan.failFast,
        'job-index': Math.max(plan.index, 0),
        'job-total': plan.total,
        'max-parallel': plan.maxParallel,
      },
    },
    defaults: [spec.defaults, workflow.defaults],
    env: {},
    path: [],
    status: cancel.aborted ? 'cancelled' : 'success',
    cancel,
    groups: new Set(),
    prepared: new Map(),
    results: [],
    posts: [],
    count: 0,
  }
}

/** Secrets and variables of the job's environment. A run that is not trusted gets the variables only. */
function applyEnvironment(job: JobState, token: TemplateToken | undefined, scope: Scope, result: JobResult): void {
  if (token === undefined) return
  const name = token.isScalar ? token : membersOf(token, 'environment', 'environment').get('name')
  const named = name === undefined ? '' : textIn(name, scope)
  const environment = job.options.environments?.[named]
  if (environment === undefined) throw new Unsupported(`the environment ${named} without the option \`environments\``)
  result.environment = named
  job.contexts.vars = { ...job.contexts.vars, ...environment.vars }
  if (job.token.readOnly) return
  for (const secret of Object.values(environment.secrets ?? {})) job.masks.add(secret)
  job.contexts.secrets = { ...job.contexts.secrets, ...environment.secrets }
}

function checkRunner(token: TemplateToken | undefined, scope: Scope): void {
  const value = token === undefined ? null : valueIn(token, scope)
  const labels = isRecord(value) ? (value.labels ?? []) : value
  for (const label of [labels].flat()) {
    if (typeof label === 'string' && /^(?:windows|macos)/i.test(label)) throw new Unsupported(`runs-on: ${label}`)
  }
}

export function concurrencyOf(token: TemplateToken | undefined, scope: Scope): Concurrency | null {
  if (token === undefined) return null
  if (token.isScalar) return { group: textIn(token, scope), cancelInProgress: false }
  const members = membersOf(token, 'concurrency', 'concurrency')
  const cancel = members.get('cancel-in-progress')
  const group = members.get('group')
  return {
    group: group === undefined ? '' : textIn(group, scope),
    cancelInProgress: cancel !== undefined && valueIn(cancel, scope) === true,
  }
}

/** The outputs of a job. GitHub drops those that hold a secret, and refuses more than 1 MB. */
function outputsOf(
  job: JobState,
  token: TemplateToken | undefined,
  scope: Scope,
  own: Annotation[],
): Record<string, string> {
  const outputs: Record<string, string> = {}
  let size = 0
  for (const [name, value] of Object.entries(textsIn(token, scope))) {
    if (value === '') continue
    if (job.masks.hide(value) !== value) {
      own.push({ level: 'warning', message: `Skip output '${name}' since it may contain secret.` })
      continue
    }
    size += name.length + value.length
    outputs[name] = value
  }
  if (size > maxOutputs) throw new StepFailure(`The outputs of job '${job.token.job}' exceed 1 MB (${size} characters)`)
  return outputs
}
