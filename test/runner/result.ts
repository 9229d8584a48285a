import type { Value } from './expression.ts'

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped'

export type AnnotationLevel = 'error' | 'warning' | 'notice'

export type Annotation = {
  level: AnnotationLevel
  message: string
  title?: string
  file?: string
  line?: number
  endLine?: number
  col?: number
  endColumn?: number
}

/** One line of the job's list: a step of the workflow, or the `pre` or `post` of its action. */
export type StepResult = {
  /** The step's `id`, or the one that the parser makes up: `__run`, `__self_2`. */
  id: string
  name: string
  stage: 'pre' | 'main' | 'post'
  /** Before `continue-on-error`. */
  outcome: Conclusion
  /** After `continue-on-error`. */
  conclusion: Conclusion
  outputs: Record<string, string>
  /** What went into the job summary, masked; empty when it was dropped for its size. */
  summary: string
  /** Masked lines, commands replaced as the web page shows them. */
  log: string
  /** Messages of `::debug::`, masked. */
  debug: string[]
  /** At most 10 for each level, as GitHub keeps them. */
  annotations: Annotation[]
}

export type Concurrency = { group: string; cancelInProgress: boolean }

export type JobResult = {
  id: string
  /** Display name, with the values of the matrix. */
  name: string
  matrix: Record<string, Value> | null
  /** Before `continue-on-error`: what the job's own check shows. */
  outcome: Conclusion
  /** After `continue-on-error`: what `needs.<id>.result` says. */
  conclusion: Conclusion
  outputs: Record<string, string>
  permissions: Record<string, 'read' | 'write' | 'none'>
  /** Noted only: the emulator never holds back or cancels another run. */
  concurrency: Concurrency | null
  environment: string | null
  steps: StepResult[]
  /** Those of the steps and the job's own, at most 50. */
  annotations: Annotation[]
  /** The first 20 summaries of steps, as the page shows them. */
  summary: string
  log: string
}

export type RunResult = {
  conclusion: Conclusion
  concurrency: Concurrency | null
  jobs: JobResult[]
}

/** The only job with this id; `index` picks a leg of a matrix. */
export function jobOf(run: RunResult, id: string, index = 0): JobResult {
  const job = run.jobs.filter((candidate) => candidate.id === id)[index]
  if (job === undefined)
    throw new Error(`the run has no job ${id} [${index}]: ${run.jobs.map((one) => one.id).join(', ')}`)
  return job
}

/** The step with this id or name, in its main stage unless told otherwise. */
export function stepOf(job: JobResult, id: string, stage: StepResult['stage'] = 'main'): StepResult {
  const step = job.steps.find(
    (candidate) => candidate.stage === stage && (candidate.id === id || candidate.name === id),
  )
  if (step === undefined) {
    throw new Error(`job ${job.id} has no ${stage} step ${id}: ${job.steps.map((one) => one.id).join(', ')}`)
  }
  return step
}
