import { plainName } from './directions.ts'
import { scaleOf } from './quantity.ts'
import type { Task } from './schema.ts'

/** The smallest and the largest value that a metric can have, in its own unit. */
export type MetricRange = { least: number; most: number }

/** A metric in a unit of the data is no larger than this in anybody's data. Nor are the bytes of a run. */
const largest = 1e15
/** Without a unit: a perplexity, an error in shares of the true value, an R² of predictions that have run away. */
const largestPlain = 1e6
/** GitHub ends a run of a workflow after 35 days. */
const longestMilliseconds = 35 * 24 * 3_600_000
/** Of a probability that is held at 2^-52, as scikit-learn and modelgate do. */
const largestLogLoss = -Math.log(Number.EPSILON)

const ranges: [names: string, MetricRange][] = [
  [
    'mcc matthews_corrcoef matthews_correlation kappa cohen_kappa cohen_kappa_score cohens_kappa ssim',
    { least: -1, most: 1 },
  ],
  // Known as shares and in percent alike: limits of both are meant.
  ['fbeta bleu rouge1 rouge2 rougel meteor iou dice mce error_rate', { least: 0, most: 100 }],
  ['log_loss logloss', { least: 0, most: largestLogLoss }],
  ['smape symmetric_mean_absolute_percentage_error', { least: 0, most: 2 }],
  ['r2 r2_score r_squared explained_variance', { least: -largestPlain, most: 1 }],
  [
    'mape mean_absolute_percentage_error mase mean_absolute_scaled_error cross_entropy nll hinge_loss perplexity wer cer ter psnr fid rmsle',
    { least: 0, most: largestPlain },
  ],
  [
    'mae mean_absolute_error rmse root_mean_squared_error median_ae medae median_absolute_error ' +
      'pinball pinball_loss mean_pinball_loss quantile_loss throughput latency',
    { least: 0, most: largest },
  ],
  ['mse mean_squared_error', { least: 0, most: largest ** 2 }],
]

/**
 * What a metric that is no share can be: by its definition, else by what is plausible. Of a metric of the user's own nothing is known but
 * that it is a number. The Brier score of several classes sums over them, and ends at 2.
 */
export function rangeOfMetric(metric: string, unit?: string, task?: Task): MetricRange {
  const plain = plainName(metric)
  if (/^brier(?:_score(?:_loss)?)?$/.test(plain)) return { least: 0, most: task === 'binary-classification' ? 1 : 2 }
  const known = ranges.find(([names]) => names.split(' ').includes(plain))
  const measured = scaleOf(metric, unit)
  if (measured?.scale === 'milliseconds') return { least: 0, most: longestMilliseconds / measured.factor }
  if (measured?.scale === 'bytes') return { least: 0, most: largest / measured.factor }
  return known?.[1] ?? { least: -largest, most: largest }
}
