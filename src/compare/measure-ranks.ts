import { formatCount } from '../base/number-text.ts'
import { measurerOf } from '../evaluation/families/measurer-of.ts'
import type { RankMetrics } from '../evaluation/measurable.ts'
import { aucScoreInterval } from '../stats/auc-interval.ts'
import { averagePrecision } from '../stats/average-precision.ts'
import { placementsOf } from '../stats/delong.ts'
import type { LinearEstimate } from '../stats/linear-estimate.ts'
import { type RankedRows, rankedRows } from '../stats/ranked-rows.ts'
import { studentQuantile } from '../stats/student.ts'
import { type ThresholdSide, thresholdSide } from '../stats/threshold-bootstrap.ts'
import type { Interval } from './comparison.ts'
import {
  alphasOf,
  emptyMeasurement,
  type Inquiry,
  type Measured,
  type Measurement,
  notDefined,
  wantedOf,
  without,
} from './inquiry.ts'
import { leastOfEachClass, measureLinear } from './linear.ts'
import { measureRecall } from './measure-recall.ts'
import { resampleFamilies } from './resample.ts'

/** A metric of the order of the rows, and how much each row moves it. */
type Ranked = { value: number; influence: Float64Array }

/**
 * Areas under the ROC curve (DeLong) and under the precision-recall curve (infinitesimal jackknife) in closed form, recall at a
 * specificity by a bootstrap over ranks.
 */
export function measureRanks(fresh: RankMetrics, base: RankMetrics | null, inquiry: Inquiry): Measurement {
  const measurement = emptyMeasurement()
  const now = rankedSide(fresh)
  const before = base === null ? null : rankedSide(base)
  for (const { name, place } of wantedOf(fresh.names, inquiry)) {
    const metric = fresh.metrics[place]
    if (metric === undefined) continue
    const has = base?.names.includes(name) === true
    if (now.ranked.positives === 0 || now.ranked.negatives === 0) {
      for (const side of has ? (['fresh', 'base', 'differences'] as const) : (['fresh'] as const)) {
        measurement[side].set(name, without(Number.NaN, notDefined))
      }
    } else if (typeof metric !== 'string') {
      addRecall(measurement, name, metric.atSpecificity, now, has ? before : null, inquiry)
    } else addArea(measurement, name, metric, now, has ? before : null, inquiry)
  }
  return measurement
}

type Side = { family: RankMetrics; ranked: RankedRows }

function rankedSide(family: RankMetrics): Side {
  return { family, ranked: rankedRows(family.positive, family.scores) }
}

const methods = { roc_auc: 'DeLong', pr_auc: 'infinitesimal jackknife' }

function addArea(
  measurement: Measurement,
  name: string,
  metric: 'roc_auc' | 'pr_auc',
  now: Side,
  before: Side | null,
  inquiry: Inquiry,
): void {
  const own = rank(now, metric)
  measurement.fresh.set(name, measureArea(own, metric, now, inquiry))
  if (before === null) return
  const other = rank(before, metric)
  measurement.base.set(name, measureArea(other, metric, before, inquiry))
  measurement.differences.set(
    name,
    measureLinear(
      {
        value: own.value - other.value,
        influence: own.influence.map((moved, row) => moved - (other.influence[row] as number)),
        positive: metric === 'roc_auc' ? now.family.positive : null,
        method: `paired ${methods[metric]} with skewness minded`,
        size: 1,
        ...(metric === 'pr_auc' ? { shortage: fewPositives(now) } : {}),
      },
      inquiry,
    ),
  )
}

function fewPositives({ ranked: { positives } }: Side): string | undefined {
  if (positives >= leastOfEachClass) return undefined
  return `at least ${leastOfEachClass} positive rows are needed, and there are ${positives}`
}

function rank({ family: { positive }, ranked }: Side, metric: 'roc_auc' | 'pr_auc'): Ranked {
  if (metric === 'pr_auc') return averagePrecision(ranked)
  const { auc, shares } = placementsOf(ranked)
  const influence = new Float64Array(shares.length)
  for (let row = 0; row < influence.length; row++) {
    const of = positive[row] === 1 ? ranked.positives : ranked.negatives
    influence[row] = ((shares[row] as number) - auc) / of
  }
  return { value: auc, influence }
}

/** With fewer rows behind its variance, DeLong's interval is too short for areas close to 1; then the score interval. */
const leastBehindDelong = 20

function measureArea(
  { value, influence }: Ranked,
  metric: 'roc_auc' | 'pr_auc',
  side: Side,
  inquiry: Inquiry,
): Measured {
  const isRoc = metric === 'roc_auc'
  const measured = measureLinear(
    {
      value,
      influence,
      positive: isRoc ? side.family.positive : null,
      method: `${methods[metric]} on the logit scale`,
      size: 1,
      ...(isRoc ? { leastCarriers: leastBehindDelong } : { shortage: fewPositives(side) }),
      adjust: (interval, estimate) => {
        const logit = logitInterval(estimate, interval.alpha)
        return isRoc ? logit : clipped(widerOf(interval, logit))
      },
    },
    inquiry,
  )
  if (!isRoc || inquiry.clusters !== null || measured.intervals.length > 0) return measured
  const alphas = alphasOf(inquiry)
  if (alphas.length === 0) return measured
  const { positives, negatives } = side.ranked
  return {
    value,
    intervals: alphas.map((alpha) => aucScoreInterval(value, positives, negatives, alpha)),
    method: `score interval (Newcombe), ${formatCount(positives)} positive and ${formatCount(negatives)} negative rows`,
  }
}

/** Student's interval of log(x / (1 - x)), turned back: stays between 0 and 1. */
function logitInterval({ value, standardError, degreesOfFreedom }: LinearEstimate, alpha: number): Interval {
  const half = (-studentQuantile(alpha, degreesOfFreedom) * standardError) / (value * (1 - value))
  const odds = Math.log(value / (1 - value))
  return { alpha, lower: 1 / (1 + Math.exp(half - odds)), upper: 1 / (1 + Math.exp(-half - odds)) }
}

function widerOf(one: Interval, other: Interval): Interval {
  return { alpha: one.alpha, lower: Math.min(one.lower, other.lower), upper: Math.max(one.upper, other.upper) }
}

function clipped({ alpha, lower, upper }: Interval): Interval {
  return { alpha, lower: Math.max(0, lower), upper: Math.min(1, upper) }
}

function addRecall(
  measurement: Measurement,
  name: string,
  specificity: number,
  now: Side,
  before: Side | null,
  inquiry: Inquiry,
): void {
  if (inquiry.clusters !== null) {
    const only = ({ family }: Side) =>
      measurerOf({ ...family, names: [name], metrics: [{ atSpecificity: specificity }] }, family.positive.length)
    const resampled = resampleFamilies(only(now), before === null ? null : only(before), inquiry)
    for (const side of ['fresh', 'base', 'differences'] as const) {
      for (const [key, measured] of resampled[side]) measurement[side].set(key, measured)
    }
    return
  }
  const sideOf = ({ ranked }: Side): ThresholdSide => thresholdSide(ranked)
  const result = measureRecall(specificity, sideOf(now), before === null ? null : sideOf(before), inquiry, name)
  measurement.fresh.set(name, result.fresh)
  if (result.base !== null) measurement.base.set(name, result.base)
  if (result.difference !== null) measurement.differences.set(name, result.difference)
}
