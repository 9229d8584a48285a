import { z } from 'zod'
import { drop, quantity } from '../quantity.ts'
import { alpha, confidence, metricName } from '../values.ts'

/** Rules about one number of the model, or a few. */

const metric = metricName.describe('Name of the metric.')

export const threshold = z
  .strictObject({
    metric,
    min: z.number().optional().describe('The value must be at least this.'),
    max: z.number().optional().describe('The value must be at most this.'),
    confidence: confidence.describe(
      'One-sided confidence with which the limit must be kept. Without it the point value decides.',
    ),
  })
  .superRefine((rule, context) => {
    if (rule.min === undefined && rule.max === undefined) {
      context.addIssue({ code: 'custom', message: 'needs `min` or `max`' })
    } else if (rule.min !== undefined && rule.max !== undefined && rule.min > rule.max) {
      context.addIssue({ code: 'custom', message: 'must not be larger than `max`', path: ['min'] })
    }
  })
  .describe('The metric against a constant.')

export const change = z
  .strictObject({
    metric,
    'max-drop': drop.describe(
      'How much worse the value may be than that of the baseline: by so much, such as 0.01, or by a share of it, such as 2%.',
    ),
  })
  .describe('The value against that of the baseline, as point values.')

export const nonInferior = z
  .strictObject({
    metric,
    margin: z.number().gt(0, 'must be larger than 0').describe('How much worse than the baseline is still acceptable.'),
    alpha: alpha.describe('One-sided probability of passing a model that is worse by exactly the margin.'),
  })
  .describe('Not worse than the baseline by more than the margin, shown by a paired confidence interval.')

export const superior = z
  .strictObject({
    metric: metricName.optional().describe('Name of the metric.'),
    'any-of': z
      .array(metricName)
      .min(1, 'must name at least one metric')
      .max(20)
      .optional()
      .describe(
        'Several: one of them must improve, and none may get certainly worse. Corrected for their number (Holm).',
      ),
    'min-effect': z
      .number()
      .gte(0, 'must be at least 0')
      .default(0)
      .describe('By how much it must certainly be better.'),
    alpha: alpha.describe('One-sided probability of passing a model that is not better by this much.'),
  })
  .superRefine((rule, context) => {
    if ((rule.metric === undefined) === (rule['any-of'] === undefined))
      context.addIssue({ code: 'custom', message: 'needs either `metric` or `any-of`' })
  })
  .describe('Certainly better than the baseline.')

export const equivalent = z
  .strictObject({
    metric,
    margin: z.number().gt(0, 'must be larger than 0').describe('How far the value may be from that of the baseline.'),
    alpha: alpha.describe('One-sided probability of passing a model that is off by exactly the margin.'),
  })
  .describe('Certainly neither better nor worse than the baseline by more than the margin.')

export const calibration = z
  .strictObject({
    max: z
      .number()
      .gt(0, 'must lie between 0 and 1')
      .lt(1, 'must lie between 0 and 1')
      .describe('Largest expected calibration error (ECE) that is accepted.'),
    bins: z.int().gte(2, 'must be at least 2').lte(1000).default(15).describe('Bins of equal width for the ECE.'),
    margin: z
      .number()
      .gt(0, 'must be larger than 0')
      .optional()
      .describe('If given, how much larger than that of the baseline the ECE may be.'),
    confidence: confidence.describe(
      'One-sided confidence with which `max` must be kept. Without it the value decides.',
    ),
    alpha: alpha.describe('One-sided probability of passing a model that is worse by exactly the margin.'),
  })
  .describe('Probabilities that mean what they say: the expected calibration error.')

export const budget = z
  .strictObject({
    metric: metricName.describe(
      'Name of the metric, or a fact of the run: `run.duration-ms`, `run.peak-memory-bytes`, `stage.<name>.duration-ms`, `outs.<path>.bytes`.',
    ),
    max: quantity.describe('What it may be at most: 50, 20MB, 50ms, 10min, 1.50 USD.'),
    samples: z
      .int()
      .gte(2, 'must be at least 2')
      .lte(100)
      .optional()
      .describe('How often it is measured: the run itself and as many more as it takes. Then the median decides.'),
    confidence: confidence.describe(
      'One-sided confidence with which the budget must be kept. Without it the value, or the median, decides.',
    ),
  })
  .describe('What a run or a model may cost: time, memory, size, money.')

export const history = z
  .strictObject({
    metric,
    window: z
      .int()
      .gte(5, 'must be at least 5')
      .lte(1000)
      .default(20)
      .describe('How many of the latest runs it is compared with, at least 5.'),
    method: z
      .enum(['mad', 'iqr', 't'])
      .default('mad')
      .describe(
        '`mad`: median and median absolute deviation. `iqr`: quartiles. `t`: mean and standard deviation, for values without outliers.',
      ),
    k: z
      .number()
      .gt(0, 'must be larger than 0')
      .lte(10)
      .optional()
      .describe(
        'How far is too far: in standard deviations (`mad`, `t`; 3 without it), or in ranges between the quartiles (`iqr`; 1.5 without it).',
      ),
    'min-runs': z
      .int()
      .gte(5, 'must be at least 5')
      .lte(1000)
      .optional()
      .describe(
        'With fewer earlier runs than this the rule is inconclusive. 10 without it, or the window if that is less.',
      ),
  })
  .superRefine((rule, context) => {
    if ((rule['min-runs'] ?? 0) > rule.window)
      context.addIssue({ code: 'custom', message: 'must not be larger than `window`', path: ['min-runs'] })
  })
  .describe('Not worse than what earlier runs lead one to expect.')
