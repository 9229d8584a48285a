import type { Config } from '../config/schema.ts'
import type { RunRecord } from '../record/run-record.ts'

/**
 * True when some stage of the pipeline has not run: such a run must not be judged, for a stage that would have failed
 * may be missing. A run that its data checks stopped is judged: by them.
 */
export function isPartial(config: Config, record: RunRecord): boolean {
  if (record.stoppedAt !== undefined) return false
  const done = new Set(record.stages.filter((stage) => stage.status === 'succeeded').map((stage) => stage.name))
  return Object.keys(config.stages).some((name) => !done.has(name))
}
