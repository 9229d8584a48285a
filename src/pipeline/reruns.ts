import { join } from 'node:path'
import type { Comparison } from '../compare/comparison.ts'
import { valuesOf } from '../compare/values.ts'
import type { EvidenceNeeds } from '../gate/evidence.ts'
import { loadEvidence, measureOwnMetrics, type OwnMetric } from '../report/evidence.ts'
import { newRunId, type PipelineRun, runPipeline } from './run-pipeline.ts'

/**
 * Runs the pipeline as often as rules ask beside the run that is judged, for them to see whether it gives the same again. It comes before that
 * run, whose outputs are to be the ones that stay in the working tree.
 */
export async function rerunPipeline(
  run: Omit<PipelineRun, 'id'>,
  { reruns, metrics }: Pick<EvidenceNeeds, 'reruns' | 'metrics'>,
  own: readonly OwnMetric[],
): Promise<Comparison['reruns']> {
  const values: Comparison['reruns'] = []
  const key = run.loaded.config.data.eval?.key
  for (let done = 1; done <= reruns; done++) {
    run.observer.note(`Run ${done} of ${reruns} beside the one that is judged, to see whether it gives the same.`)
    const again = await runPipeline({ ...run, id: newRunId(run.clock), folder: join(run.folder, `rerun-${done}`) })
    const evidence = await loadEvidence(again, key === undefined ? {} : { key })
    values.push(valuesOf(evidence, metrics, await measureOwnMetrics(own, again, null, key)))
  }
  return values
}
