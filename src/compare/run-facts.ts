import type { RunRecord } from '../record/run-record.ts'

/**
 * What a run says of itself, under names that budgets use: `run.duration-ms`, `run.peak-memory-bytes`, `stage.<name>.duration-ms`,
 * `stage.<name>.peak-memory-bytes` and `outs.<path>.bytes`. Only what was measured: no memory where the platform does not tell.
 */
export function runFacts(record: RunRecord): Map<string, number> {
  const facts = new Map<string, number>([['run.duration-ms', record.durationMs]])
  const peaks = record.stages.flatMap(({ peakMemoryBytes }) => (peakMemoryBytes === null ? [] : [peakMemoryBytes]))
  if (peaks.length > 0) facts.set('run.peak-memory-bytes', Math.max(...peaks))
  for (const { name, durationMs, peakMemoryBytes, outs } of record.stages) {
    facts.set(`stage.${name}.duration-ms`, durationMs)
    if (peakMemoryBytes !== null) facts.set(`stage.${name}.peak-memory-bytes`, peakMemoryBytes)
    for (const [path, { bytes }] of Object.entries(outs)) facts.set(`outs.${path}.bytes`, bytes)
  }
  return facts
}

/** True for a name under which modelgate measures something itself: a metrics file that states it is not believed. */
export function isRunFact(name: string): boolean {
  return /^(?:run|stage\..+)\.(?:duration-ms|peak-memory-bytes)$|^outs\..+\.bytes$/i.test(name)
}
