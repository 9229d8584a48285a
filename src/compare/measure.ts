import { formatCount, plural } from '../base/number-text.ts'
import { correctness } from '../evaluation/classification.ts'
import { type Measurer, measureAll } from '../evaluation/measurer.ts'
import { measurerFor } from '../evaluation/metrics.ts'
import type { ClassPredictions, Predictions } from '../evaluation/predictions.ts'
import { clopperPearsonInterval, exactMcNemar } from '../stats/binomial.ts'
import { type BootstrapResult, bootstrapIntervals } from '../stats/bootstrap.ts'
import { type PairedCells, pairedDifferenceInterval, wilsonInterval } from '../stats/proportion.ts'
import type { Interval } from './comparison.ts'

/** A value with its intervals, or the reason why it has none. */
export type Measured = { value: number; intervals: Interval[]; method: string; pValue?: number }

/** Every metric of one or two sides. With a paired base the differences (new minus base) are measured on common resamples. */
export type Measurement = {
  fresh: Map<string, Measured>
  base: Map<string, Measured>
  differences: Map<string, Measured>
}

/** Below this a percentile bootstrap is too narrow to be trusted, so none is given. */
const leastRows = 30
/** Draws that a bootstrap may take in all, so that large files cost seconds and not minutes. */
const drawBudget = 200_000_000
const [fewestReplicates, mostReplicates] = [1000, 5000]

export type MeasureRequest = {
  fresh: Predictions
  /** Rows in the order of `fresh`, or null when the two sides cannot be paired. */
  base: Predictions | null
  binary: boolean
  /** One-sided errors for which intervals are wanted. */
  alphas: readonly number[]
  seed: string
}

/** Computes all metrics from predictions, each with the best interval that is known for it here. */
export function measure(request: MeasureRequest): Measurement {
  const { fresh, base, binary, alphas } = request
  const freshMeasurer = measurerFor(fresh, binary)
  const baseMeasurer = base === null ? undefined : measurerFor(base, binary)
  const common = freshMeasurer.names.filter((name) => baseMeasurer?.names.includes(name) === true)
  const boot = bootstrap(request, freshMeasurer, baseMeasurer, common)

  const measurement: Measurement = { fresh: new Map(), base: new Map(), differences: new Map() }
  const sides = [
    { values: measureAll(freshMeasurer), into: measurement.fresh, from: boot.fresh, predictions: fresh },
    ...(base === null || baseMeasurer === undefined
      ? []
      : [{ values: measureAll(baseMeasurer), into: measurement.base, from: boot.base, predictions: base }]),
  ]
  for (const { values, into, from, predictions } of sides) {
    for (const [name, value] of values)
      into.set(name, proportion(name, predictions, alphas, binary) ?? fromBootstrap(value, from.get(name), boot))
  }
  for (const name of common) {
    const [now, before] = [
      measurement.fresh.get(name)?.value ?? Number.NaN,
      measurement.base.get(name)?.value ?? Number.NaN,
    ]
    const exact = base === null ? undefined : pairedProportion(name, base, fresh, alphas, binary)
    measurement.differences.set(name, exact ?? fromBootstrap(now - before, boot.differences.get(name), boot))
  }
  return measurement
}

type Boot = {
  replicates: number
  rows: number
  paired: boolean
  fresh: Map<string, BootstrapResult>
  base: Map<string, BootstrapResult>
  differences: Map<string, BootstrapResult>
}

/** One set of resamples for everything, so that both sides always see the same rows. */
function bootstrap(
  request: MeasureRequest,
  fresh: Measurer,
  base: Measurer | undefined,
  common: readonly string[],
): Boot {
  const rows = fresh.rows
  const replicates = Math.round(Math.min(mostReplicates, Math.max(fewestReplicates, drawBudget / rows)))
  const empty: Boot = {
    replicates,
    rows,
    paired: base !== undefined,
    fresh: new Map(),
    base: new Map(),
    differences: new Map(),
  }
  if (rows < leastRows || request.alphas.length === 0) return empty
  const freshCount = fresh.names.length
  const baseCount = base?.names.length ?? 0
  const pairs = common.map(
    (name) => [fresh.names.indexOf(name), freshCount + (base?.names.indexOf(name) ?? 0)] as const,
  )
  const results = bootstrapIntervals({
    rows,
    outputs: freshCount + baseCount + common.length,
    replicates,
    seed: request.seed,
    alphas: request.alphas,
    statistic: (weights, out) => {
      fresh.measure(weights, out, 0)
      base?.measure(weights, out, freshCount)
      for (const [index, [now, before]] of pairs.entries()) {
        out[freshCount + baseCount + index] = (out[now] as number) - (out[before] as number)
      }
    },
  })
  const named = (names: readonly string[], offset: number): Map<string, BootstrapResult> =>
    new Map(
      names.flatMap((name, index) =>
        results[offset + index] === undefined ? [] : [[name, results[offset + index] as BootstrapResult]],
      ),
    )
  return {
    ...empty,
    fresh: named(fresh.names, 0),
    base: named(base?.names ?? [], freshCount),
    differences: named(common, freshCount + baseCount),
  }
}

function fromBootstrap(value: number, result: BootstrapResult | undefined, boot: Boot): Measured {
  if (result === undefined) {
    const reason =
      boot.rows < leastRows
        ? `a bootstrap needs at least ${leastRows} rows, and there are ${boot.rows}`
        : 'none asked for'
    return { value, intervals: [], method: `no interval: ${reason}` }
  }
  if (result.intervals.length === 0)
    return { value, intervals: [], method: 'no interval: too many resamples do not define this metric' }
  // A width of zero says that the rows do not vary, not that the value is certain.
  if (result.intervals.some((interval) => interval.lower === interval.upper)) {
    return { value, intervals: [], method: 'no interval: every resample gives the same value' }
  }
  return {
    value,
    intervals: result.intervals,
    method: `${boot.paired ? 'paired bootstrap' : 'bootstrap'}, ${formatCount(boot.replicates)} resamples of ${plural(boot.rows, 'row')}`,
  }
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
