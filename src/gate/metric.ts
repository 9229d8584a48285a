import type { MetricComparison } from '../compare/comparison.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'

/** The metric that a rule means. What was computed from predictions goes before a number that a file states under another name for it. */
export function findMetric(
  { metrics }: { metrics: readonly MetricComparison[] },
  name: string,
): MetricComparison | undefined {
  const canonical = metrics.find((metric) => metric.name === canonicalMetric(name))
  if (canonical?.new.origin === 'predictions' || canonical?.base?.origin === 'predictions') return canonical
  return metrics.find((metric) => metric.name === name) ?? canonical
}
