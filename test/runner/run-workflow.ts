import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dispatchInputs, eventContext, isUntrusted } from './event.ts'
import { isRecord, isTrue, type Scope, type Value, valueIn } from './expression.ts'
import { StepFailure } from './failure.ts'
import { concurrencyOf, type JobPlan, plannedJob, runJob } from './job.ts'
import { expandMatrix, type Leg } from './matrix.ts'
import type { RunContexts, RunOptions } from './options.ts'
import type { Conclusion, JobResult, RunResult } from './result.ts'
import { type JobSpec, readWorkflow, type WorkflowSpec } from './workflow.ts'

/** What a finished job is to the jobs that need it. */
type Finished = { result: Conclusion; outputs: Record<string, string>; ancestors: Set<string> }

/**
 * Runs a workflow to its end, one job after the other in the order of `needs`. It rejects for what it does not model; a
 * workflow that fails resolves, with its results.
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  const workflow = await readWorkflow(options.workflow.path, options.workflow.text)
  requireStart(workflow, options)
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'runner-')))
  try {
    return await runJobs(workflow, options, folder)
  } finally {
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** The activity types of a pull request that start a workflow which names none. */
const pullRequestTypes = ['opened', 'synchronize', 'reopened']

/** Events and their types are checked; filters of branches, tags and paths are left to the test, which says that the run starts. */
function requireStart(workflow: WorkflowSpec, { event }: RunOptions): void {
  const token = workflow.events.get(event.name)
  const names = [...workflow.events.keys()].join(', ')
  if (token === undefined) throw new Error(`${workflow.path} is not started by ${event.name}: ${names}`)
  const { action } = event.payload
  const configured = valueIn(token, { contexts: {}, status: { success: true, failure: false, cancelled: false } })
  const listed = isRecord(configured) ? configured.types : undefined
  const types = listed ?? (/^pull_request(?:_target)?$/.test(event.name) ? pullRequestTypes : undefined)
  if (typeof action !== 'string' || types === undefined || [types].flat().includes(action)) return
  throw new Error(`${workflow.path} is not started by ${event.name} of type ${action}: ${[types].flat().join(', ')}`)
}

async function runJobs(workflow: WorkflowSpec, options: RunOptions, folder: string): Promise<RunResult> {
  const contexts = runContexts(workflow, options)
  const jobs: JobResult[] = []
  const finished = new Map<string, Finished>()
  const waiting = [...workflow.jobs]
  while (waiting.length > 0) {
    const index = waiting.findIndex((spec) => spec.needs.every((id) => finished.has(id)))
    const [spec] = waiting.splice(index, 1)
    if (index === -1 || spec === undefined) throw new Error('`needs` has a circle')
    const ancestors = new Set(spec.needs.flatMap((id) => [id, ...(finished.get(id)?.ancestors ?? [])]))
    const legs = await runLegs(workflow, spec, options, contexts, finished, ancestors, folder)
    jobs.push(...legs)
    const outputs = Object.assign({}, ...legs.map((leg) => leg.outputs)) as Record<string, string>
    finished.set(spec.id, { result: combined(legs.map((leg) => leg.conclusion)), outputs, ancestors })
  }
  const scope: Scope = { contexts: { ...contexts }, status: { success: true, failure: false, cancelled: false } }
  const conclusion = options.signal?.aborted === true ? 'cancelled' : combined(jobs.map((job) => job.conclusion))
  return { conclusion, concurrency: concurrencyOf(workflow.concurrency, scope), jobs }
}

function runContexts(workflow: WorkflowSpec, options: RunOptions): RunContexts {
  const { event, repository, run = { id: '1', number: '1', attempt: '1' } } = options
  const server = options.server ?? {
    serverUrl: 'http://gh.localhost',
    apiUrl: 'http://127.0.0.1:9',
    graphqlUrl: 'http://127.0.0.1:9/graphql',
  }
  const definition = workflow.events.get('workflow_dispatch')
  const empty: Scope = { contexts: {}, status: { success: true, failure: false, cancelled: false } }
  return {
    github: {
      ...eventContext(event, repository.name),
      workflow: workflow.name,
      workflow_ref: `${repository.name}/${workflow.path}@${event.ref}`,
      workflow_sha: event.sha,
      run_id: run.id,
      run_number: run.number,
      run_attempt: run.attempt,
      retention_days: '90',
      server_url: server.serverUrl,
      api_url: server.apiUrl,
      graphql_url: server.graphqlUrl,
    },
    vars: { ...options.vars },
    secrets: isUntrusted(event, repository.name) ? {} : { ...options.secrets },
    inputs: dispatchInputs(event, definition === undefined ? null : valueIn(definition, empty)),
  }
}

async function runLegs(
  workflow: WorkflowSpec,
  spec: JobSpec,
  options: RunOptions,
  contexts: RunContexts,
  finished: Map<string, Finished>,
  ancestors: Set<string>,
  folder: string,
): Promise<JobResult[]> {
  const needs: Record<string, Value> = {}
  for (const id of spec.needs) {
    needs[id] = { result: finished.get(id)?.result ?? 'skipped', outputs: finished.get(id)?.outputs ?? {} }
  }
  const results = [...ancestors].map((id) => finished.get(id)?.result)
  const cancelled = options.signal?.aborted === true
  const scope: Scope = {
    contexts: { ...contexts, needs },
    // GitHub asks all ancestors, not only the jobs that are named in `needs`.
    status: {
      success: !cancelled && results.every((result) => result === 'success'),
      failure: !cancelled && results.includes('failure'),
      cancelled,
    },
  }
  const whole: JobPlan = {
    spec,
    workflow,
    options,
    contexts,
    needs,
    leg: null,
    index: -1,
    total: 1,
    failFast: true,
    maxParallel: 1,
    folder: join(folder, spec.id),
  }
  try {
    if (!isTrue(spec.condition, scope)) return [ended(whole, cancelled ? 'cancelled' : 'skipped')]
    if (spec.matrix === undefined) return [await runJob(whole)]
    const failFast = spec.failFast === undefined || valueIn(spec.failFast, scope) !== false
    const legs = expandMatrix(spec.matrix, scope)
    const maxParallel = spec.maxParallel === undefined ? legs.length : Number(valueIn(spec.maxParallel, scope))
    return await runMatrix({ ...whole, failFast, maxParallel }, legs, scope)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return [{ ...ended(whole, 'failure'), annotations: [{ level: 'error', message: error.message }] }]
  }
}

/** The legs one after the other. With `fail-fast`, a leg that fails cancels those that have not started. */
async function runMatrix(whole: JobPlan, legs: Leg[], scope: Scope): Promise<JobResult[]> {
  const results: JobResult[] = []
  for (const [index, leg] of legs.entries()) {
    const folder = `${whole.folder}-${index}`
    const plan = { ...whole, leg, index, total: legs.length, folder }
    const stopped = whole.failFast && results.some((result) => result.conclusion === 'failure')
    const holds =
      whole.options.signal?.aborted !== true || isTrue(whole.spec.condition, { ...scope, status: cancelledStatus })
    results.push(stopped || !holds ? ended(plan, 'cancelled') : await runJob(plan))
  }
  return results
}

const cancelledStatus = { success: false, failure: false, cancelled: true }

function ended(plan: JobPlan, how: Conclusion): JobResult {
  return { ...plannedJob(plan), outcome: how, conclusion: how }
}

/** One word for several jobs: of the legs of a matrix, or of the run. */
function combined(conclusions: Conclusion[]): Conclusion {
  for (const worst of ['failure', 'cancelled'] as const) if (conclusions.includes(worst)) return worst
  return conclusions.every((conclusion) => conclusion === 'skipped') ? 'skipped' : 'success'
}
