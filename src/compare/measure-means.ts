import type { MeanMetrics } from '../evaluation/measurable.ts'
import { gradientOf } from '../stats/gradient.ts'
import {
  alphasOf,
  emptyMeasurement,
  type Inquiry,
  type Measured,
  type Measurement,
  scarceClass,
  wantedOf,
} from './inquiry.ts'
import { measureLinear } from './linear.ts'
import { measurePairedShare, measureShare } from './shares.ts'

/** A smooth function of means, on one side. */
type MeanSide = { family: MeanMetrics; means: Float64Array; spreads: Float64Array; values: Float64Array }

const described = 't interval with skewness minded'

/**
 * Metrics that are functions of means over rows. Each is nearly a sum of what its rows contribute (delta method), and the difference of two
 * sides a sum of the differences. A share of rows gets the interval of a share.
 */
export function measureMeans(fresh: MeanMetrics, base: MeanMetrics | null, inquiry: Inquiry): Measurement {
  const now = sideOf(fresh)
  const before = base === null ? null : sideOf(base)
  const measurement = emptyMeasurement()
  for (const { name, place } of wantedOf(fresh.names, inquiry)) {
    const own = influenceOf(now, place)
    measurement.fresh.set(name, measureSide(now, place, own, inquiry))
    if (before === null) continue
    const otherPlace = before.family.names.indexOf(name)
    if (otherPlace < 0) continue
    const other = influenceOf(before, otherPlace)
    measurement.base.set(name, measureSide(before, otherPlace, other, inquiry))
    measurement.differences.set(name, measurePair(now, place, own, before, otherPlace, other, inquiry))
  }
  for (const { name, place } of before === null ? [] : wantedOf(before.family.names, inquiry)) {
    if (before === null || measurement.base.has(name)) continue
    measurement.base.set(name, measureSide(before, place, influenceOf(before, place), inquiry))
  }
  return measurement
}

function sideOf(family: MeanMetrics): MeanSide {
  const means = Float64Array.from(family.columns, (column) => {
    let sum = 0
    for (let row = 0; row < column.length; row++) sum += column[row] as number
    return sum / column.length
  })
  const spreads = Float64Array.from(family.columns, (column, index) => {
    const mean = means[index] as number
    let squares = 0
    for (let row = 0; row < column.length; row++) squares += ((column[row] as number) - mean) ** 2
    return Math.sqrt(squares) / column.length
  })
  const values = new Float64Array(family.names.length)
  family.fromMeans(means, values, 0)
  return { family, means, spreads, values }
}

/** By how much each row moves the metric. */
function influenceOf({ family, means, spreads }: MeanSide, place: number): Float64Array {
  const out = new Float64Array(family.names.length)
  const evaluate = (point: Float64Array): number => {
    family.fromMeans(point, out, 0)
    return out[place] as number
  }
  const slopes = gradientOf(evaluate, means, (column) => spreads[column] as number)
  const rows = family.columns[0]?.length ?? 0
  const influence = new Float64Array(rows)
  for (const [index, column] of family.columns.entries()) {
    // A column that does not vary contributes nothing, whatever the slope.
    if (spreads[index] === 0 || slopes[index] === 0) continue
    const [mean, slope] = [means[index] as number, (slopes[index] as number) / rows]
    for (let row = 0; row < rows; row++) {
      influence[row] = (influence[row] as number) + slope * ((column[row] as number) - mean)
    }
  }
  return influence
}

function measureSide(side: MeanSide, place: number, influence: Float64Array, inquiry: Inquiry): Measured {
  const value = side.values[place] as number
  const column = ownColumn(side, place)
  if (column !== null && inquiry.clusters === null && isShare(column)) {
    return measureShare(sumOf(column), column.length, alphasOf(inquiry))
  }
  const least = column === null ? Number.NEGATIVE_INFINITY : leastOf(column)
  return measureLinear(
    {
      value,
      influence,
      positive: null,
      method: described,
      shortage: scarcity(inquiry),
      size: Math.abs(value),
      // A mean of losses that are never below 0 is not either.
      adjust: (interval) => (least >= 0 ? { ...interval, lower: Math.max(0, interval.lower) } : interval),
    },
    inquiry,
  )
}

function measurePair(
  now: MeanSide,
  place: number,
  own: Float64Array,
  before: MeanSide,
  otherPlace: number,
  other: Float64Array,
  inquiry: Inquiry,
): Measured {
  const [column, baseColumn] = [ownColumn(now, place), ownColumn(before, otherPlace)]
  if (column !== null && baseColumn !== null && inquiry.clusters === null && isShare(column) && isShare(baseColumn)) {
    return measurePairedShare(flipsOf(baseColumn, column), alphasOf(inquiry))
  }
  const [value, baseValue] = [now.values[place] as number, before.values[otherPlace] as number]
  const influence = own.map((moved, row) => moved - (other[row] as number))
  return measureLinear(
    {
      value: value - baseValue,
      influence,
      positive: null,
      method: `paired ${described}`,
      shortage: scarcity(inquiry),
      size: Math.max(Math.abs(value), Math.abs(baseValue)),
    },
    inquiry,
  )
}

/**
 * Of few rows of a class, none may be seen that a new model fails: if it fails a tenth of them, 20 rows show nothing of it in one sample
 * of eight. Simulated at the margin (log loss, a tenth of the positives hopeless): 0.16 pass with 10 positives, 0.12 with 20.
 */
function scarcity(inquiry: Inquiry): string | undefined {
  const scarce = scarceClass(inquiry, inquiry.classRows)
  if (scarce === undefined) return undefined
  return `at least ${scarce.least} rows of each true class are needed, and class ${scarce.name} has ${scarce.rows}`
}

/** The column whose mean the metric is; null when it is another function of the means. */
function ownColumn({ family }: MeanSide, place: number): Float64Array | null {
  // Numbers that no formula but the copy of one gives back.
  const point = Float64Array.from(family.columns, (_, index) => 0.3 + Math.sqrt(index + 2) / 7)
  const out = new Float64Array(family.names.length)
  family.fromMeans(point, out, 0)
  const index = point.indexOf(out[place] as number)
  return index < 0 ? null : (family.columns[index] ?? null)
}

function isShare(column: Float64Array): boolean {
  return column.every((value) => value === 0 || value === 1)
}

function flipsOf(base: Float64Array, fresh: Float64Array) {
  const cells = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
  for (const [row, right] of fresh.entries()) {
    if (right === 1) cells[base[row] === 1 ? 'bothRight' : 'onlyNewRight']++
    else cells[base[row] === 1 ? 'onlyBaseRight' : 'bothWrong']++
  }
  return cells
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function leastOf(values: Float64Array): number {
  let least = Number.POSITIVE_INFINITY
  for (const value of values) least = Math.min(least, value)
  return least
}
