import { nearest } from '../../base/suggest.ts'
import type { MetricComparison } from '../../compare/comparison.ts'
import { catalogue } from '../../evaluation/catalogue.ts'
import { parseMetricName } from '../../evaluation/metric-names.ts'
import type { Finding } from '../finding.ts'

/** The finding when the new run gives no usable value; undefined when it does. */
export function missingMetric(
  name: string,
  metric: MetricComparison | undefined,
): Omit<Finding, 'expected'> | undefined {
  if (metric === undefined || metric.new.origin === 'none') {
    return { verdict: 'fail', because: 'missing', reason: `${name} was not measured by this run.${meant(name)}` }
  }
  if (metric.new.conflict !== undefined) {
    return {
      verdict: 'incomparable',
      reason: `${name} is not one number: ${metric.new.conflict}. Correct one of them, or rename it.`,
    }
  }
  if (metric.new.value === null || !Number.isFinite(metric.new.value)) {
    return {
      verdict: 'fail',
      because: 'missing',
      reason: `${name} is no usable number: ${metric.new.problem ?? String(metric.new.value)}.`,
    }
  }
  return undefined
}

/** For a name that modelgate does not compute, the one that comes near it. */
function meant(name: string): string {
  if (parseMetricName(name) !== undefined) return ''
  const known = nearest(
    name,
    catalogue.map((entry) => entry.name),
  )
  return known === undefined ? '' : ` Did you mean ${known}?`
}

/** The finding when the baseline was computed from predictions and the new run only claims a number; undefined otherwise. */
export function onlyStated(name: string, metric: MetricComparison): Omit<Finding, 'expected'> | undefined {
  if (metric.base?.origin !== 'predictions' || metric.new.origin === 'predictions') return undefined
  return {
    verdict: 'incomparable',
    reason: `${name} of the baseline was computed from predictions, this run only states a number. Write predictions again, with the columns that ${name} needs.`,
  }
}
