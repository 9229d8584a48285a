import { formatDuration } from '../base/clock.ts'
import { formatBytes } from '../base/number-text.ts'
import type { Comparison, RunSummary } from '../compare/comparison.ts'
import type { Verdict } from '../gate/verdict.ts'

/** How everything was measured. Text from outside stands in it as it came: who shows it escapes it. */

/** Each method once, with the metrics that it measured. */
export function methodsOf(comparison: Comparison): { method: string; metrics: string[] }[] {
  const methods = new Map<string, string[]>()
  for (const metric of comparison.metrics) {
    const method = comparison.base === null ? metric.new.method : metric.method
    if (method !== undefined) methods.set(method, [...(methods.get(method) ?? []), metric.name])
  }
  return [...methods].map(([method, metrics]) => ({ method, metrics }))
}

/** Time and memory of both runs, in our own words. */
export function usageOf(comparison: Comparison): string[] {
  const usage = (label: string, run: RunSummary | null): string[] => {
    if (run === null) return []
    const memory = run.peakMemoryBytes === null ? '' : `, peak memory ${formatBytes(run.peakMemoryBytes)}`
    return [`${label}: ${formatDuration(run.durationMs)}${memory}`]
  }
  return [...usage('Base run', comparison.base), ...usage('New run', comparison.new)]
}

export function judgedBy({ policy }: Verdict): string {
  const whose = {
    base: 'the checkpoints of the base revision',
    change: 'the checkpoints of this change',
    none: 'no checkpoint: none is configured',
  }
  return `Judged by ${whose[policy.from]}`
}
