import { StepFailure } from './failure.ts'
import type { JobState } from './job-state.ts'
import type { StepRecord } from './process-stage.ts'
import type { Conclusion, StepResult } from './result.ts'
import { StepOutput } from './step-output.ts'
import type { StepSpec } from './step-spec.ts'

export type StepEnd = { name: string; outcome: Conclusion; conclusion: Conclusion; outputs: Record<string, string> }

export function newRecord(job: JobState): StepRecord {
  return { output: new StepOutput(job.masks, job.machine.workspace), summary: [] }
}

export function resultOf(id: string, stage: StepResult['stage'], end: StepEnd, record: StepRecord): StepResult {
  const { output, summary } = record
  return {
    id,
    stage,
    ...end,
    summary: summary.join('\n'),
    log: output.text,
    debug: output.debug,
    annotations: output.annotations,
  }
}

/** A `pre` or `post`: a line of its own in the list of steps, whose failure fails the job. */
export async function runExtra(
  job: JobState,
  step: StepSpec,
  stage: 'pre' | 'post',
  work: (record: StepRecord) => Promise<'skipped' | 'run'>,
): Promise<void> {
  const record = newRecord(job)
  const name = `${stage === 'pre' ? 'Pre' : 'Post'} Run ${step.uses}`
  const end: StepEnd = { name, outcome: 'failure', conclusion: 'failure', outputs: {} }
  try {
    const how = await work(record)
    end.outcome = how === 'skipped' ? 'skipped' : record.output.failed ? 'failure' : 'success'
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    record.output.annotate('error', error.message)
  }
  end.conclusion = end.outcome
  if (end.conclusion === 'failure' && job.status !== 'cancelled') job.status = 'failure'
  job.results.push(resultOf(step.id, stage, end, record))
}
