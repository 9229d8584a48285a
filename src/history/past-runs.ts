import type { RunRecord } from '../record/run-record.ts'

/** An earlier run as far as it takes to choose among many: no predictions, no factors but the evaluation set. */
export type PastRun = {
  id: string
  /** Undefined when the run was made outside version control. */
  commit?: string
  branch?: string
  dirty: boolean
  finishedAt: string
  /** Digest of the evaluation set; undefined when none was declared. */
  evaluationSet?: string
  /** Finite values by the names that the run gave them; those computed from predictions go before those of files. */
  metrics: Record<string, number>
}

/** Where records of earlier runs come from. Each source lists what it has, newest first, and gives single records. */
export type PastRuns = {
  /** In the words of a report, such as `folder records/`. */
  name: string
  /** Complete, successful runs of one pipeline, newest first. */
  list(pipeline: string): Promise<PastRun[]>
  /** The record of a listed run and its file, beside which its predictions lie. `note`: what of it could not be had, and why. */
  read(id: string): Promise<PastRecord>
  /** The run that a stage of a model, such as `production`, stands for; undefined when nothing was promoted to it. */
  promoted(model: string, stage: string): Promise<string | undefined>
}

export type PastRecord = { record: RunRecord; file: string; note?: string }

/** The name under which a pipeline declares its evaluation set. */
const evaluationSet = 'eval'

/** What is remembered of a record. `computed` are the values that a judgement of the run computed from its predictions. */
export function summarisePastRun(record: RunRecord, computed: Readonly<Record<string, number>> = {}): PastRun {
  const stated = record.metrics.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))
  const digest = record.factors.data[evaluationSet]?.digest
  return {
    id: record.id,
    ...(record.source === null ? {} : { commit: record.source.commit }),
    ...(record.source?.branch === undefined ? {} : { branch: record.source.branch }),
    dirty: record.source?.dirty ?? false,
    finishedAt: record.finishedAt,
    ...(digest === undefined ? {} : { evaluationSet: digest }),
    metrics: { ...Object.fromEntries(stated), ...computed },
  }
}

/** True for a run that measured everything: only such a run is a baseline or a point of a history. */
export function isFinished(record: RunRecord): boolean {
  return record.status === 'succeeded' && record.stoppedAt === undefined
}
