import { formatCount, plural } from '../base/number-text.ts'
import { type Measurer, measureAll } from '../evaluation/measurer.ts'
import { bootstrapReplicates } from '../stats/bootstrap.ts'
import {
  decidingAlphas,
  emptyMeasurement,
  fewClusters,
  type Inquiry,
  type Measured,
  type Measurement,
  noneAsked,
  wantedOf,
  without,
} from './inquiry.ts'
import { shownAlpha } from './need.ts'
import { measurePercentiles } from './percentiles.ts'

export { type Need, shownAlpha } from './need.ts'

/** Above this many rows only metrics that a rule judges are resampled row by row: the others would cost more than they tell. */
const mostShownRows = 20_000

/** With fewer rows a percentile bootstrap is too narrow to be trusted. */
const leastRows = 30

/** Draws that a bootstrap may take in all, so that large files cost seconds and not minutes. */
const drawBudget = 200_000_000
/** Over the budget if need be: enough for the bound to be the tenth value from the outside, or `fewestForSmallAlpha`. */
const [fewestReplicates, fewestForSmallAlpha, mostReplicates] = [400, 1000, 5000]

/**
 * Intervals of metrics of which nothing is known but how to compute them, from resampled rows, or from resampled clusters of
 * rows. One set of resamples for both sides, so that they see the same rows.
 */
export function resampleFamilies(fresh: Measurer, base: Measurer | null, inquiry: Inquiry): Measurement {
  const measurement = emptyMeasurement()
  const metrics = wantedOf(fresh.names, inquiry).map(({ name, place }) => ({
    name,
    place,
    basePlace: base?.names.indexOf(name) ?? -1,
  }))
  const [values, baseValues] = [measureAll(fresh), base === null ? new Map<string, number>() : measureAll(base)]
  const drawn = metrics.filter(({ name }) => whyNot(name, inquiry) === undefined)
  const replicates = drawn.length === 0 ? [] : replicatesOf(fresh, base, drawn, inquiry)
  const { clusters, rows } = inquiry
  const per = clusters === null ? plural(rows, 'row') : `${formatCount(clusters.count)} groups of rows`
  const method = `${clusters === null ? 'bootstrap' : 'cluster bootstrap'} over ${per}`
  const measured = (value: number, name: string, which: 0 | 1 | 2): Measured => {
    const reason = whyNot(name, inquiry)
    if (reason !== undefined) return without(value, reason)
    const series = replicates[3 * drawn.findIndex((metric) => metric.name === name) + which] as Float64Array
    return measurePercentiles(value, series, which === 2 ? `paired ${method}` : method, askedOf(name, inquiry))
  }
  for (const { name, basePlace } of metrics) {
    const value = values.get(name) ?? Number.NaN
    measurement.fresh.set(name, measured(value, name, 0))
    if (basePlace < 0) continue
    const baseValue = baseValues.get(name) ?? Number.NaN
    measurement.base.set(name, measured(baseValue, name, 1))
    measurement.differences.set(name, measured(value - baseValue, name, 2))
  }
  return measurement
}

function replicatesOf(
  fresh: Measurer,
  base: Measurer | null,
  metrics: readonly { place: number; basePlace: number; name: string }[],
  inquiry: Inquiry,
): Float64Array[] {
  const { clusters, rows, seed } = inquiry
  const now = new Float64Array(fresh.names.length)
  const before = new Float64Array(base?.names.length ?? 0)
  const weightOf = new Uint32Array(rows)
  return bootstrapReplicates({
    rows: clusters?.count ?? rows,
    outputs: 3 * metrics.length,
    replicates: replicatesFor(
      rows,
      decidingAlphas(
        inquiry,
        metrics.map(({ name }) => name),
      ),
    ),
    seed,
    statistic: (drawn, out) => {
      const weights = clusters === null ? drawn : weightOf
      if (clusters !== null) {
        for (let row = 0; row < rows; row++) weightOf[row] = drawn[clusters.of[row] as number] as number
      }
      fresh.measure(weights, now, 0)
      base?.measure(weights, before, 0)
      for (const [index, { place, basePlace }] of metrics.entries()) {
        const [value, baseValue] = [now[place] as number, before[basePlace] ?? Number.NaN]
        out[3 * index] = value
        out[3 * index + 1] = baseValue
        out[3 * index + 2] = value - baseValue
      }
    },
  })
}

/** Needs of this metric alone: what is dear is not given to whoever did not ask. */
function askedOf(name: string, inquiry: Inquiry): Inquiry {
  return {
    ...inquiry,
    needs: inquiry.needs.filter(
      ({ alpha, metrics }) => metrics.includes(name) || (alpha === shownAlpha && inquiry.rows <= mostShownRows),
    ),
  }
}

function whyNot(name: string, inquiry: Inquiry): string | undefined {
  if (inquiry.needs.length === 0) return noneAsked
  if (askedOf(name, inquiry).needs.length === 0) {
    return inquiry.rows > mostShownRows
      ? `above ${formatCount(mostShownRows)} rows only metrics that a rule judges get one`
      : noneAsked
  }
  if (inquiry.clusters !== null) return fewClusters(inquiry)
  if (inquiry.rows < leastRows) return `a bootstrap needs at least ${leastRows} rows, and there are ${inquiry.rows}`
  return undefined
}

/**
 * How many resamples these rows get: as many as the budget of draws allows, but so many that ten of them lie beyond the smallest alpha, up
 * to a thousand.
 */
export function replicatesFor(rows: number, alphas: readonly number[]): number {
  const forTenth = Math.ceil(10 / Math.min(0.5, ...alphas)) - 1
  const fewest = forTenth <= fewestReplicates ? fewestReplicates : Math.min(fewestForSmallAlpha, forTenth)
  return Math.round(Math.min(mostReplicates, Math.max(fewest, drawBudget / rows)))
}
