import type { CountMetrics, MeanMetrics, Measurable, RankMetrics, UnitMetrics } from '../measurable.ts'
import type { Measurer } from '../measurer.ts'
import { countGroups, measureGroups, type TieGroups, tieGroups } from './score-order.ts'

/** A family as a function of how often each row counts. Units are not rows, so their family has none. */
export function measurerOf(family: Exclude<Measurable, UnitMetrics>, rows: number): Measurer {
  const { names } = family
  switch (family.kind) {
    case 'counts':
      return { names, rows, measure: measureCounts(family) }
    case 'means':
      return { names, rows, measure: measureMeans(family) }
    case 'rank':
      return { names, rows, measure: measureRank(family) }
    case 'calibration':
      return {
        names,
        rows,
        measure: (weights, out, offset) => {
          out[offset] = calibrationError(family, weights)
        },
      }
    case 'rows':
      return { names, rows, measure: (weights, out, offset) => family.measure(weights, out, offset) }
  }
}

type Measure = Measurer['measure']

function measureCounts({ classes, cells, fromCounts }: CountMetrics): Measure {
  const counts = new Float64Array(classes * classes)
  return (weights, out, offset) => {
    counts.fill(0)
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row] as number
      counts[cell] = (counts[cell] as number) + (weights[row] as number)
    }
    fromCounts(counts, out, offset)
  }
}

function measureMeans({ columns, fromMeans }: MeanMetrics): Measure {
  const means = new Float64Array(columns.length)
  return (weights, out, offset) => {
    let total = 0
    for (let row = 0; row < weights.length; row++) total += weights[row] as number
    for (const [index, values] of columns.entries()) {
      let sum = 0
      for (let row = 0; row < values.length; row++) sum += (weights[row] as number) * (values[row] as number)
      means[index] = sum / total
    }
    fromMeans(means, out, offset)
  }
}

function measureRank({ metrics, positive, scores }: RankMetrics): Measure {
  // Sorted when it is first asked for, and once only.
  let groups: TieGroups | undefined
  return (weights, out, offset) => {
    groups ??= tieGroups(scores)
    measureGroups(countGroups(groups, positive, weights), metrics, out, offset)
  }
}

function calibrationError(
  { bins, bin, residual }: Extract<Measurable, { kind: 'calibration' }>,
  weights: Uint32Array,
): number {
  const sums = new Float64Array(bins)
  let total = 0
  for (let row = 0; row < bin.length; row++) {
    const [index, weight] = [bin[row] as number, weights[row] as number]
    sums[index] = (sums[index] as number) + weight * (residual[row] as number)
    total += weight
  }
  return sums.reduce((sum, residuals) => sum + Math.abs(residuals), 0) / total
}
