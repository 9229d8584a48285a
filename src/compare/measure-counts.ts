import { formatCount, plural } from '../base/number-text.ts'
import type { CountMetrics } from '../evaluation/measurable.ts'
import { cellBootstrap } from '../stats/cell-bootstrap.ts'
import type { PairedCells } from '../stats/proportion.ts'
import { clusterCells } from './cluster-cells.ts'
import { type Formula, formulasOf } from './count-formulas.ts'
import {
  alphasOf,
  decidingAlphas,
  emptyMeasurement,
  fewClusters,
  type Inquiry,
  type Measured,
  type Measurement,
  noneAsked,
  scarceClass,
  wantedOf,
  without,
} from './inquiry.ts'
import { type JointCells, jointCells, type Matrix } from './joint-cells.ts'
import { madeUpRows } from './made-up-rows.ts'
import { cheapReplicates, measurePercentiles } from './percentiles.ts'
import { measurePairedShare, measureShare } from './shares.ts'

/**
 * With fewer rows than these, or of a class, resamples are too much alike to be trusted, so no interval is given: rows in all, and
 * rows that are predicted as a class, for its precision.
 *
 * How often a model that is worse by exactly the margin passes at alpha 0.05, simulated with 400 rows or so (Monte Carlo error 0.01), the
 * new model losing 5 to 20 % of the rows of one class: from resamples alone up to 0.61 with 10 positives, 0.35 with 20,
 * 0.19 with 30, 0.14 with 50, 0.07 with 100; with made-up rows at most 0.08 from 20 on, 0.05 with 30. Several classes, one of 10 rows or
 * five of 10: from resamples alone up to 0.25, with made-up rows 0.04.
 */
const [leastRows, leastPredicted] = [30, 30]

/** One metric of both sides: where it stands on either and what its formula is. */
type Metric = { name: string; place: number; basePlace: number; formula: Formula }

/** Metrics of the confusion matrix: shares of rows exactly, everything else by resampling the cells that the rows of both sides fall into. */
export function measureCounts(fresh: CountMetrics, base: CountMetrics | null, inquiry: Inquiry): Measurement {
  const { labels } = inquiry
  const joint = jointCells(fresh, base ?? fresh, base === null ? { fresh: labels.fresh, base: labels.fresh } : labels)
  const formulas = formulasOf(fresh)
  const metrics = wantedOf(fresh.names, inquiry).map(
    ({ name, place }): Metric => ({
      name,
      place,
      basePlace: base === null ? -1 : base.names.indexOf(name),
      formula: formulas[place] ?? { kind: 'other' },
    }),
  )
  const draws = drawsOf(fresh, base, joint, metrics, inquiry)
  const values = valuesOf(fresh, joint.fresh)
  const baseValues = base === null ? null : valuesOf(base, joint.base)
  const measurement = emptyMeasurement()
  for (const metric of metrics) {
    const value = values[metric.place] as number
    measurement.fresh.set(metric.name, measureSide(value, 'fresh', metric, joint, draws, inquiry))
    if (baseValues === null || metric.basePlace < 0) continue
    const baseValue = baseValues[metric.basePlace] as number
    measurement.base.set(metric.name, measureSide(baseValue, 'base', metric, joint, draws, inquiry))
    measurement.differences.set(metric.name, measurePair(value - baseValue, metric, joint, draws, inquiry))
  }
  return measurement
}

function valuesOf(family: CountMetrics, matrix: Matrix): Float64Array {
  const out = new Float64Array(family.names.length)
  family.fromCounts(matrix.counts, out, 0)
  return out
}

/** What each replicate says of a metric: of either side as drawn and with made-up rows, and the difference with them. */
const outputsOfMetric = ['fresh', 'base', 'extended fresh', 'extended base', 'difference'] as const
const each = outputsOfMetric.length

type Draws = {
  of(which: (typeof outputsOfMetric)[number], name: string): Float64Array | undefined
  method: string
  madeUp: number
}

/** Replicates of everything that needs them, on common resamples; empty when nothing does. */
function drawsOf(
  fresh: CountMetrics,
  base: CountMetrics | null,
  joint: JointCells,
  metrics: readonly Metric[],
  inquiry: Inquiry,
): Draws {
  const clustered = inquiry.clusters !== null
  const needed = metrics.filter(
    ({ formula }) =>
      clustered || formula.kind === 'f1' || formula.kind === 'other' || (formula.kind === 'precision' && base !== null),
  )
  const madeUp = madeUpRows(joint)
  const none: Draws = { of: () => undefined, method: '', madeUp: madeUp.count }
  if (needed.length === 0 || alphasOf(inquiry).length === 0 || fewClusters(inquiry) !== undefined) return none
  const [ofFresh, ofBase] = [new Float64Array(joint.fresh.counts.length), new Float64Array(joint.base.counts.length)]
  const values = [fresh, base ?? fresh, fresh, base ?? fresh].map(({ names }) => new Float64Array(names.length))
  const [now, before, nowExtended, beforeExtended] = values as [Float64Array, Float64Array, Float64Array, Float64Array]
  const statistic: Parameters<typeof cellBootstrap>[0]['statistic'] = (counts, out, random) => {
    spread(counts, joint, ofFresh, ofBase)
    fresh.fromCounts(ofFresh, now, 0)
    if (base !== null) base.fromCounts(ofBase, before, 0)
    madeUp.add(ofFresh, ofBase, random)
    fresh.fromCounts(ofFresh, nowExtended, 0)
    if (base !== null) base.fromCounts(ofBase, beforeExtended, 0)
    for (const [index, { place, basePlace }] of needed.entries()) {
      out[each * index] = now[place] as number
      out[each * index + 1] = before[basePlace] ?? Number.NaN
      out[each * index + 2] = nowExtended[place] as number
      out[each * index + 3] = beforeExtended[basePlace] ?? Number.NaN
      out[each * index + 4] = (nowExtended[place] as number) - (beforeExtended[basePlace] ?? Number.NaN)
    }
  }
  const outputs = each * needed.length
  const deciding = decidingAlphas(
    inquiry,
    needed.map(({ name }) => name),
  )
  const steps = 20 * joint.counts.length + 4 * joint.fresh.counts.length + 10 * outputs
  const request = { counts: joint.counts, outputs, statistic, seed: inquiry.seed }
  const replicates =
    inquiry.clusters === null
      ? cellBootstrap({ ...request, replicates: cheapReplicates(deciding, steps) })
      : clusterCells({ ...request, clusters: inquiry.clusters, pairOf: joint.pairOf, deciding })
  return {
    of: (which, name) =>
      replicates[each * needed.findIndex((metric) => metric.name === name) + outputsOfMetric.indexOf(which)],
    method:
      inquiry.clusters === null
        ? 'cell bootstrap'
        : `cluster bootstrap over ${formatCount(inquiry.clusters.count)} groups of rows`,
    madeUp: madeUp.count,
  }
}

function spread(
  counts: Float64Array,
  { freshCell, baseCell }: JointCells,
  fresh: Float64Array,
  base: Float64Array,
): void {
  fresh.fill(0)
  base.fill(0)
  for (let pair = 0; pair < counts.length; pair++) {
    const [count, a, b] = [counts[pair] as number, freshCell[pair] as number, baseCell[pair] as number]
    fresh[a] = (fresh[a] as number) + count
    base[b] = (base[b] as number) + count
  }
}

function measureSide(
  value: number,
  which: 'fresh' | 'base',
  metric: Metric,
  joint: JointCells,
  draws: Draws,
  inquiry: Inquiry,
): Measured {
  const { formula } = metric
  const matrix = joint[which]
  if (inquiry.clusters === null && formula.kind === 'share') {
    // The formula knows classes by the numbers of the new side.
    const label = (own: number): number => (which === 'fresh' ? own : (joint.inFresh[own] as number))
    let [hits, rows] = [0, 0]
    for (const [cell, count] of matrix.counts.entries()) {
      if (count === 0) continue
      const [truth, predicted] = [label(Math.floor(cell / matrix.classes)), label(cell % matrix.classes)]
      if (!formula.counts(truth)) continue
      rows += count
      if (formula.hits(truth, predicted)) hits += count
    }
    return measureShare(hits, rows, alphasOf(inquiry))
  }
  if (inquiry.clusters === null && formula.kind === 'precision') {
    const label = which === 'fresh' ? formula.label : (joint.inBase[formula.label] as number)
    if (label >= 0) {
      const hits = matrix.counts[label * matrix.classes + label] as number
      return measureShare(hits, matrix.claimed[label] as number, alphasOf(inquiry))
    }
  }
  return fromDraws(value, which, metric, joint, draws, inquiry)
}

function measurePair(value: number, metric: Metric, joint: JointCells, draws: Draws, inquiry: Inquiry): Measured {
  const { formula } = metric
  if (inquiry.clusters !== null || formula.kind !== 'share')
    return fromDraws(value, 'difference', metric, joint, draws, inquiry)
  const cells: PairedCells = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
  for (const [pair, count] of joint.counts.entries()) {
    const [cell, baseCell] = [joint.freshCell[pair] as number, joint.baseCell[pair] as number]
    const truth = Math.floor(cell / joint.fresh.classes)
    if (!formula.counts(truth)) continue
    const right = formula.hits(truth, cell % joint.fresh.classes)
    const baseRight = formula.hits(truth, joint.inFresh[baseCell % joint.base.classes] as number)
    if (right) cells[baseRight ? 'bothRight' : 'onlyNewRight'] += count
    else cells[baseRight ? 'onlyBaseRight' : 'bothWrong'] += count
  }
  return measurePairedShare(cells, alphasOf(inquiry))
}

function fromDraws(
  value: number,
  which: 'fresh' | 'base' | 'difference',
  metric: Metric,
  joint: JointCells,
  draws: Draws,
  inquiry: Inquiry,
): Measured {
  const reason =
    fewClusters(inquiry) ?? (inquiry.clusters === null ? shortage(which, metric, joint, inquiry) : undefined)
  if (reason !== undefined) return without(value, reason)
  const replicates = draws.of(which, metric.name)
  if (replicates === undefined) return without(value, noneAsked)
  const rows = plural(joint.rows, 'row')
  if (which === 'difference') {
    const extra = draws.madeUp > 0 ? ` and ${draws.madeUp} made-up ones` : ''
    return measurePercentiles(value, replicates, `paired ${draws.method}, ${rows}${extra}`, inquiry)
  }
  // Where nearly all rows are right, resamples promise too much of the value, and made-up rows too little.
  const madeUp = draws.of(`extended ${which}`, metric.name)
  const extra = draws.madeUp > 0 ? ` with and without ${draws.madeUp} made-up ones` : ''
  return measurePercentiles(value, replicates, `${draws.method}, ${rows}${extra}`, inquiry, { madeUp })
}

/** Why a bootstrap would be too narrow; undefined when it would not. */
function shortage(
  which: 'fresh' | 'base' | 'difference',
  { formula }: Metric,
  joint: JointCells,
  inquiry: Inquiry,
): string | undefined {
  if (joint.rows < leastRows) return `a bootstrap needs at least ${leastRows} rows, and there are ${joint.rows}`
  const binary = joint.fresh.classes === 2
  const isOfOneClass = !binary && (formula.kind === 'precision' || formula.kind === 'f1')
  const scarce = scarceClass(inquiry, joint.fresh.actual, (label) => !isOfOneClass || label === formula.label)
  if (scarce !== undefined) {
    return `a bootstrap needs at least ${scarce.least} rows of each true class, and class ${scarce.name} has ${scarce.rows}`
  }
  if (formula.kind !== 'precision') return undefined
  const claimed = [
    ...(which === 'base' ? [] : [joint.fresh.claimed[formula.label] as number]),
    ...(which === 'fresh' ? [] : [joint.base.claimed[joint.inBase[formula.label] as number] ?? 0]),
  ]
  const predicted = Math.min(...claimed)
  return predicted >= leastPredicted
    ? undefined
    : `a bootstrap of precision needs at least ${leastPredicted} rows that are predicted ${binary ? 'positive' : 'as the class'}, and there are ${predicted}`
}
