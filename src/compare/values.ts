import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Evidence } from './compare.ts'
import type { CustomMeasurement } from './custom.ts'
import { measure } from './measure.ts'
import { isBinary } from './measure-sides.ts'
import { sortedById } from './pairing.ts'
import { runFacts } from './run-facts.ts'

/**
 * Every finite value of one run by canonical name, without uncertainty: what its files state, what its predictions give, which goes before
 * that, metrics of the user's own, and facts of the run. To the last digit the same as in a comparison.
 */
export function valuesOf(
  { record, predictions }: Evidence,
  wanted: readonly string[],
  custom: readonly CustomMeasurement[],
): Record<string, number> {
  const stated = record.metrics.flatMap(({ name, value }): [string, number][] =>
    value === null ? [] : [[canonicalMetric(name), value]],
  )
  const sorted = predictions === null ? null : sortedById(predictions)
  const request = { base: null, binary: isBinary(record), alphas: [], wanted, seed: '' }
  const measured = sorted === null ? [] : [...measure({ ...request, fresh: sorted }).fresh]
  const computed = measured.map(([name, { value }]): [string, number] => [name, value])
  const own = custom.map(({ name, fresh }): [string, number] => [name, fresh.value])
  const all = [...stated, ...computed, ...own, ...runFacts(record)]
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)))
}
