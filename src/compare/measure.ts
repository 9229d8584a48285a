import { plural } from '../base/number-text.ts'
import { correctness } from '../evaluation/classification.ts'
import { combineMeasurers, measureAll } from '../evaluation/measurer.ts'
import { measurersFor } from '../evaluation/metrics.ts'
import type { ClassPredictions, Predictions } from '../evaluation/predictions.ts'
import { clopperPearsonInterval, exactMcNemar } from '../stats/binomial.ts'
import { type PairedCells, pairedDifferenceInterval, wilsonInterval } from '../stats/proportion.ts'
import type { Interval } from './comparison.ts'
import { type Need, resample, type Side } from './resample.ts'

/** A value with its intervals, or the reason why it has none. */
export type Measured = { value: number; intervals: Interval[]; method: string; pValue?: number }

/** Every metric of one or two sides. With a paired base the differences (new minus base) are measured on common resamples. */
export type Measurement = {
  fresh: Map<string, Measured>
  base: Map<string, Measured>
  differences: Map<string, Measured>
}

export type MeasureRequest = {
  fresh: Predictions
  /** Rows in the order of `fresh`, or null when the two sides cannot be paired. */
  base: Predictions | null
  binary: boolean
  /** One-sided errors for which intervals are wanted, and of which metrics. */
  alphas: readonly Need[]
  /** Metrics that rules ask for: those with a parameter are there only when they are wanted. */
  wanted?: readonly string[]
  /** Only these metrics; all that can be computed without it. */
  only?: readonly string[]
  seed: string
}

/** Computes all metrics from predictions, each with the best interval that is known for it here. */
export function measure(request: MeasureRequest): Measurement {
  const { binary, seed } = request
  const alphas = request.alphas.map(({ alpha }) => alpha)
  const fresh = sideOf(request.fresh, binary)
  const base = request.base === null ? null : sideOf(request.base, binary)
  const names = fresh.names.filter((name) => denominator(name, request.fresh, binary) === undefined)
  const resamples = resample({ fresh, base, names, binary, alphas: request.alphas, seed })

  const own = (side: Side, which: 'fresh' | 'base'): Map<string, Measured> =>
    new Map(
      [...measureAll(combineMeasurers(side.parts))].map(([name, value]) => [
        name,
        proportion(name, side.predictions, alphas, binary) ?? { value, ...resamples(which, name) },
      ]),
    )
  const measurement: Measurement = { fresh: own(fresh, 'fresh'), base: new Map(), differences: new Map() }
  if (base === null) return measurement
  measurement.base = own(base, 'base')
  for (const [name, { value }] of measurement.fresh) {
    const before = measurement.base.get(name)
    if (before === undefined) continue
    const exact = pairedProportion(name, base.predictions, fresh.predictions, alphas, binary)
    measurement.differences.set(name, exact ?? { value: value - before.value, ...resamples('difference', name) })
  }
  return measurement
}

function sideOf(predictions: Predictions, binary: boolean): Side {
  const parts = measurersFor(predictions, binary)
  return { predictions, parts, names: parts.flatMap((part) => part.names) }
}

/** The rows that a share is over: all for accuracy, those of one true class for recall and specificity. */
function denominator(name: string, predictions: Predictions, binary: boolean): ((row: number) => boolean) | undefined {
  if (predictions.kind !== 'classes') return undefined
  if (name === 'accuracy') return () => true
  if (binary && name === 'recall') return (row) => predictions.truth[row] === 1
  if (binary && name === 'specificity') return (row) => predictions.truth[row] === 0
  return undefined
}

/** Below this many rows Wilson's interval errs on one side too often; the exact one never does. */
const exactBelow = 40

/** Accuracy, recall and specificity are plain proportions, whose intervals also hold at 0 and 1, where a bootstrap has no width. */
function proportion(
  name: string,
  predictions: Predictions,
  alphas: readonly number[],
  binary: boolean,
): Measured | undefined {
  const counts = denominator(name, predictions, binary)
  if (counts === undefined || predictions.kind !== 'classes') return undefined
  const right = correctness(predictions)
  let [n, hits] = [0, 0]
  for (const [row, hit] of right.entries()) {
    if (!counts(row)) continue
    n++
    hits += hit
  }
  if (n === 0) return undefined
  const [interval, method] =
    n < exactBelow ? [clopperPearsonInterval, 'Clopper-Pearson (exact)'] : [wilsonInterval, 'Wilson']
  return {
    value: hits / n,
    intervals: alphas.map((alpha) => interval(hits, n, alpha)),
    method: `${method}, ${plural(n, 'row')}`,
  }
}

/** The same for differences on the same rows: Tango's score interval, with McNemar's exact test beside it. */
function pairedProportion(
  name: string,
  base: Predictions,
  fresh: Predictions,
  alphas: readonly number[],
  binary: boolean,
): Measured | undefined {
  const counts = denominator(name, fresh, binary)
  if (counts === undefined || base.kind !== 'classes' || fresh.kind !== 'classes') return undefined
  const cells = countFlips(base, fresh, counts)
  const n = cells.bothRight + cells.onlyBaseRight + cells.onlyNewRight + cells.bothWrong
  if (n === 0) return undefined
  return {
    value: (cells.onlyNewRight - cells.onlyBaseRight) / n,
    intervals: alphas.map((alpha) => pairedDifferenceInterval(cells, alpha)),
    method: `Tango score interval on ${plural(n, 'paired row')}; exact McNemar`,
    pValue: exactMcNemar(cells.onlyBaseRight, cells.onlyNewRight).pValue,
  }
}

/** The four cells of right and wrong on both sides, over the rows that count. Rows must be in the same order. */
export function countFlips(
  base: ClassPredictions,
  fresh: ClassPredictions,
  counts: (row: number) => boolean = () => true,
): PairedCells {
  const [before, now] = [correctness(base), correctness(fresh)]
  const cells = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
  for (const [row, right] of now.entries()) {
    if (!counts(row)) continue
    if (right === 1) cells[before[row] === 1 ? 'bothRight' : 'onlyNewRight']++
    else cells[before[row] === 1 ? 'onlyBaseRight' : 'bothWrong']++
  }
  return cells
}
