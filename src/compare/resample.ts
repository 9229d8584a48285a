import { oneLine, truncate } from '../base/escape.ts'
import { formatCount, plural } from '../base/number-text.ts'
import type { Measurer } from '../evaluation/measurer.ts'
import { labelMeasurer } from '../evaluation/metrics.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import { type BootstrapResult, bootstrapIntervals, rankFor } from '../stats/bootstrap.ts'
import { seededRandom } from '../stats/random.ts'
import type { Interval } from './comparison.ts'
import { addMadeUpRows, countTruth, drawOften } from './made-up-rows.ts'

/**
 * A one-sided error at which rules decide, and the metrics (canonical names) that they decide about. `decided` are those of the policy that
 * judges: rules that a change proposes get intervals too, but have no say in how many resamples there are. Without it all are.
 */
export type Need = { alpha: number; metrics: readonly string[]; decided?: readonly string[] }

/** One-sided error of the intervals that reports show, also of metrics that no rule judges. */
export const shownAlpha = 0.05

/** Above this many rows only metrics that a rule judges are resampled: the others would cost more than they tell. */
const mostShownRows = 20_000

/**
 * With fewer rows than these a percentile bootstrap is too narrow to be trusted, so none is given: rows in all, of each of two true
 * classes, of each of several, and rows that are predicted positive, for precision.
 *
 * How often a model that is worse by exactly the margin passes at alpha 0.05, simulated with 400 rows or so (Monte Carlo error 0.01).
 * Labels, the new model losing 5 to 20 % of the rows of one class: from resamples alone up to 0.61 with 10 positives, 0.35 with 20,
 * 0.19 with 30, 0.14 with 50, 0.07 with 100; with made-up rows at most 0.08 from 20 on, 0.05 with 30. Several classes, one of 10 rows or
 * five of 10: from resamples alone up to 0.25, with made-up rows 0.04.
 * Scores (AUC, log loss, Brier score), for which no rows are made up, if all get a little worse: up to 0.12 with 10 positives, 0.09
 * with 20, 0.07 from 30 on. If a tenth of the positives gets a hopeless score and nothing else changes: up to 0.38 with 10,
 * 0.29 with 20, 0.19 with 30 (AUC and log loss 0.10), 0.12 with 50, 0.07 with 100.
 */
const [leastRows, leastOfTwoClasses, leastOfSeveralClasses, leastPredicted] = [30, 30, 10, 30]

/** Draws that a bootstrap may take in all, so that large files cost seconds and not minutes. */
const drawBudget = 200_000_000
/** Over the budget if need be: enough for the bound to be the tenth value from the outside, or `fewestForSmallAlpha`. */
const [fewestReplicates, fewestForSmallAlpha, mostReplicates] = [400, 1000, 5000]

/** One model's predictions, and all that can be measured of them. */
export type Side = { predictions: Predictions; parts: readonly Measurer[]; names: readonly string[] }

export type ResampleRequest = {
  fresh: Side
  /** Rows in the order of `fresh`; null without. */
  base: Side | null
  /** Names of the metrics that have no interval of another kind. */
  names: readonly string[]
  binary: boolean
  alphas: readonly Need[]
  seed: string
}

type Which = 'fresh' | 'base' | 'difference'
export type Resamples = (which: Which, name: string) => { intervals: Interval[]; method: string }

/** Bootstrap intervals of what is wanted and has enough rows. One set of resamples for everything, so that both sides see the same rows. */
export function resample(request: ResampleRequest): Resamples {
  const { fresh, base, names, binary } = request
  const rows = fresh.predictions.ids.length
  const sidesOf = (which: Which): readonly (Side | null)[] =>
    which === 'fresh' ? [fresh] : which === 'base' ? [base] : [fresh, base]
  const whyNot = (which: Which, name: string): string | undefined =>
    sidesOf(which)
      .map((side) => (side === null ? undefined : shortage(side, name, binary)))
      .find((reason) => reason !== undefined) ?? unwanted(request, name)
  const outputs = (['fresh', 'base', 'difference'] as const).flatMap((which) =>
    names
      .filter((name) => sidesOf(which).every((side) => side?.names.includes(name) === true))
      .filter((name) => whyNot(which, name) === undefined)
      .map((name) => ({ which, name })),
  )
  const deciding = request.alphas.filter(({ metrics, decided = metrics }) =>
    outputs.some(({ name }) => decided.includes(name)),
  )
  const replicates = replicatesFor(
    rows,
    deciding.map(({ alpha }) => alpha),
  )
  const alphas = request.alphas
    .map(({ alpha }) => alpha)
    .filter((alpha) => outputs.some(({ name }) => asks(request, alpha, name)))
    // Of a proposed rule only: for those that judge there are enough.
    .filter((alpha) => rankFor(alpha, replicates) >= 1)
  const statistic = statisticOf(request, outputs)
  const results =
    outputs.length === 0
      ? []
      : bootstrapIntervals({ rows, outputs: outputs.length, replicates, seed: request.seed, alphas, statistic })
  return (which, name) => {
    const result = results[outputs.findIndex((output) => output.which === which && output.name === name)]
    if (result === undefined)
      return { intervals: [], method: `no interval: ${whyNot(which, name) ?? 'none asked for'}` }
    if (!alphas.some((alpha) => asks(request, alpha, name)))
      return { intervals: [], method: 'no interval: too few resamples for the alpha of a proposed rule' }
    const extra = which === 'difference' ? statistic.madeUp(name) : 0
    const drawn = `${formatCount(replicates)} resamples of ${plural(rows, 'row')}`
    const method = `${base === null ? 'bootstrap' : 'paired bootstrap'}, ${drawn}${extra === 0 ? '' : ` and ${extra} made-up ones`}`
    return interpret(result, (alpha) => asks(request, alpha, name), method)
  }
}

function asks({ alphas, fresh }: ResampleRequest, alpha: number, name: string): boolean {
  const shown = alpha === shownAlpha && fresh.predictions.ids.length <= mostShownRows
  return alphas.some((need) => need.alpha === alpha && (shown || need.metrics.includes(name)))
}

function unwanted(request: ResampleRequest, name: string): string | undefined {
  if (request.alphas.some(({ alpha }) => asks(request, alpha, name))) return undefined
  return request.alphas.length === 0
    ? 'none asked for'
    : `above ${formatCount(mostShownRows)} rows only metrics that a rule judges get one`
}

/** Why a bootstrap would be too narrow; undefined when it would not. */
function shortage({ predictions }: Side, name: string, binary: boolean): string | undefined {
  const rows = predictions.ids.length
  if (rows < leastRows) return `a bootstrap needs at least ${leastRows} rows, and there are ${rows}`
  if (predictions.kind !== 'classes') return undefined
  const least = binary ? leastOfTwoClasses : leastOfSeveralClasses
  const counts = countTruth(predictions)
  // Of several classes, some may occur in predictions only.
  const scarce = counts.findIndex((count) => count < least && (binary || count > 0))
  if (scarce >= 0) {
    const label = truncate(oneLine(predictions.classes[scarce] ?? ''), 40)
    return `a bootstrap needs at least ${least} rows of each true class, and class ${label} has ${counts[scarce]}`
  }
  if (!binary || name !== 'precision') return undefined
  const predicted = predictions.predicted.reduce((sum, label) => sum + label, 0)
  return predicted >= leastPredicted
    ? undefined
    : `a bootstrap of precision needs at least ${leastPredicted} rows that are predicted positive, and there are ${predicted}`
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

type Statistic = {
  (weights: Uint32Array, out: Float64Array): void
  /** How many rows are made up for the difference of this metric. */
  madeUp(name: string): number
}

function statisticOf(
  { fresh, base, binary, seed }: ResampleRequest,
  outputs: readonly { which: Which; name: string }[],
): Statistic {
  const needed = new Set(outputs.map(({ name }) => name))
  const now = readingOf(fresh.parts, needed)
  const before = readingOf(base?.parts ?? [], needed)
  const extended = withMadeUpRows(fresh, base, binary, seed)
  const isMadeUp = (name: string): boolean => extended?.names.includes(name) === true
  const usesMadeUp = outputs.some(({ which, name }) => which === 'difference' && isMadeUp(name))
  const statistic = (weights: Uint32Array, out: Float64Array): void => {
    now.measure(weights)
    before.measure(weights)
    if (usesMadeUp) extended?.measure(weights)
    for (const [index, { which, name }] of outputs.entries()) {
      if (which === 'fresh') out[index] = now.of(name)
      else if (which === 'base') out[index] = before.of(name)
      else out[index] = extended !== undefined && isMadeUp(name) ? extended.of(name) : now.of(name) - before.of(name)
    }
  }
  return Object.assign(statistic, { madeUp: (name: string) => (isMadeUp(name) ? (extended?.count ?? 0) : 0) })
}

type Reading = { measure(weights: Uint32Array): void; of(name: string): number }

/** The parts that give any of the names, and what they said last. */
function readingOf(parts: readonly Measurer[], needed: ReadonlySet<string>): Reading {
  const used = parts.filter(({ names }) => names.some((name) => needed.has(name)))
  const names = used.flatMap((part) => part.names)
  const values = new Float64Array(names.length)
  return {
    measure: (weights) => {
      let offset = 0
      for (const part of used) {
        part.measure(weights, values, offset)
        offset += part.names.length
      }
    },
    of: (name) => values[names.indexOf(name)] ?? Number.NaN,
  }
}

/** Differences of what follows from labels, with the made-up rows among the observed ones. */
function withMadeUpRows(
  fresh: Side,
  base: Side | null,
  binary: boolean,
  seed: string,
): (Reading & { names: readonly string[]; count: number }) | undefined {
  if (base?.predictions.kind !== 'classes' || fresh.predictions.kind !== 'classes') return undefined
  const sides = addMadeUpRows(base.predictions, fresh.predictions)
  const [now, before] = [labelMeasurer(sides.fresh, binary), labelMeasurer(sides.base, binary)]
  const [nowValues, beforeValues] = [new Float64Array(now.names.length), new Float64Array(now.names.length)]
  const observed = fresh.predictions.ids.length
  const all = new Uint32Array(observed + sides.count)
  const random = seededRandom(`${seed} made-up rows`)
  return {
    names: now.names,
    count: sides.count,
    measure: (weights) => {
      all.set(weights)
      for (let row = observed; row < all.length; row++) all[row] = drawOften(random)
      now.measure(all, nowValues, 0)
      before.measure(all, beforeValues, 0)
    },
    of: (name) => {
      const index = now.names.indexOf(name)
      return (nowValues[index] ?? Number.NaN) - (beforeValues[index] ?? Number.NaN)
    },
  }
}

function interpret(
  result: BootstrapResult,
  isAsked: (alpha: number) => boolean,
  method: string,
): { intervals: Interval[]; method: string } {
  if (result.intervals.length === 0)
    return { intervals: [], method: 'no interval: too many resamples do not define this metric' }
  // A width of zero says that the rows do not vary, not that the value is certain.
  if (result.intervals.some(({ lower, upper }) => lower === upper))
    return { intervals: [], method: 'no interval: every resample gives the same value' }
  return { intervals: result.intervals.filter(({ alpha }) => isAsked(alpha)), method }
}
