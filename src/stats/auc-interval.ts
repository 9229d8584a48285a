import { criticalValue, type Interval, requireCount } from './interval.ts'
import { crossing } from './root.ts'

/**
 * Score interval of an area under the ROC curve of `positives` and `negatives` rows, from the area alone. It has a width at 0 and 1,
 * where DeLong's variance is 0, and for high areas of few rows it is on the safe side (wider than it needs to be).
 * Throws a RangeError for an area outside [0, 1], without rows of either class, and for an alpha outside (0, 0.5).
 *
 * Source: Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic, part 2", Statistics in
 * Medicine 25 (2006), method 5: the variance of Hanley and McNeil (1982) at the bound itself, with both numbers of rows averaged.
 */
export function aucScoreInterval(auc: number, positives: number, negatives: number, alpha: number): Interval {
  requireCount(positives, 'the number of positive rows', 1)
  requireCount(negatives, 'the number of negative rows', 1)
  if (!(auc >= 0 && auc <= 1)) throw new RangeError(`an area lies between 0 and 1; got ${auc}`)
  const z = criticalValue(alpha)
  const rows = (positives + negatives) / 2
  const variance = (area: number): number =>
    (area * (1 - area) * (1 + (rows - 1) * ((1 - area) / (2 - area) + area / (1 + area)))) / (positives * negatives)
  const rejected = (area: number): boolean => (area - auc) ** 2 > z * z * variance(area)
  return { alpha, lower: auc === 0 ? 0 : crossing(rejected, auc, 0), upper: auc === 1 ? 1 : crossing(rejected, auc, 1) }
}
