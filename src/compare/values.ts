import { measurablesFor } from '../evaluation/measurables.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { pointValues } from '../evaluation/point-values.ts'
import type { Evidence } from './compare.ts'
import { isBinary } from './measure-sides.ts'
import { runFacts } from './run-facts.ts'

/**
 * Every finite value of one run by canonical name, without uncertainty: what its files state, what its predictions give, which goes before
 * that, and facts of the run.
 */
export function valuesOf({ record, predictions }: Evidence, wanted: readonly string[]): Record<string, number> {
  const stated = record.metrics.flatMap(({ name, value }): [string, number][] =>
    value === null ? [] : [[canonicalMetric(name), value]],
  )
  const computed =
    predictions === null
      ? []
      : [...pointValues(measurablesFor(predictions, isBinary(record), wanted), predictions.ids.length)]
  const all = [...runFacts(record), ...stated, ...computed]
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)))
}
