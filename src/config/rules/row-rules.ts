import { z } from 'zod'
import { columnName } from '../checks/modifiers.ts'
import { confidence, metricName, path } from '../values.ts'
import { change, equivalent, nonInferior, threshold } from './metric-rules.ts'

/** Rules about groups of rows, or about single ones. */

export const slicedRuleNames = ['threshold', 'change', 'non-inferior', 'equivalent'] as const

const columns = z.array(columnName).min(1, 'must name at least one column').max(20)

const minRows = z.int().gte(1, 'must be at least 1').default(30)

const slicedRule = z
  .strictObject({
    threshold: threshold.optional(),
    change: change.optional(),
    'non-inferior': nonInferior.optional(),
    equivalent: equivalent.optional(),
  })
  .superRefine((value, context) => {
    const given = slicedRuleNames.filter((ruleName) => value[ruleName] !== undefined)
    if (given.length !== 1) {
      context.addIssue({
        code: 'custom',
        message: `must hold exactly one rule (${slicedRuleNames.join(', ')}), but holds ${given.length}`,
      })
    }
  })
  .describe('What each slice must keep.')

export const slices = z
  .strictObject({
    by: columns.describe('Columns of the predictions: each of their values is a slice.'),
    where: z
      .record(columnName, z.array(z.string().max(1000)).min(1, 'must name at least one value').max(1000))
      .optional()
      .describe('Only these values of a column. One that no row has fails the rule.'),
    'min-n': minRows.describe('Slices with fewer rows are named, but not judged.'),
    rule: slicedRule,
    correction: z
      .enum(['holm', 'none'])
      .default('holm')
      .describe('How a slice is called worse although one of many always looks so by chance.'),
  })
  .superRefine((rule, context) => {
    for (const column of Object.keys(rule.where ?? {})) {
      if (!rule.by.includes(column))
        context.addIssue({ code: 'custom', message: 'must be one of the columns under `by`', path: ['where', column] })
    }
  })
  .describe('A rule for every slice of the data.')

export const flips = z
  .strictObject({
    'max-negative-rate': z
      .number()
      .gte(0, 'must lie between 0 and 1')
      .lte(1, 'must lie between 0 and 1')
      .optional()
      .describe('Largest share of rows that the baseline got right and the new model gets wrong.'),
    confidence: confidence.describe(
      'One-sided confidence with which the share must be kept (Wilson). Without it the share itself decides.',
    ),
    golden: path.optional().describe('File with a column `id`: rows that must stay right.'),
  })
  .superRefine((rule, context) => {
    if (rule['max-negative-rate'] === undefined && rule.golden === undefined)
      context.addIssue({ code: 'custom', message: 'needs `max-negative-rate` or `golden`' })
    if (rule['max-negative-rate'] === undefined && rule.confidence !== undefined)
      context.addIssue({ code: 'custom', message: 'goes with `max-negative-rate` only', path: ['confidence'] })
  })
  .describe('Rows that the baseline got right and the new model gets wrong.')

export const parity = z
  .strictObject({
    metric: metricName.describe('Name of the metric.'),
    by: columnName.describe('Column of the predictions whose values are the groups.'),
    'max-gap': z
      .number()
      .gte(0, 'must be at least 0')
      .optional()
      .describe('Largest difference between any two groups.'),
    'min-ratio': z
      .number()
      .gt(0, 'must lie between 0 and 1')
      .lte(1, 'must lie between 0 and 1')
      .optional()
      .describe('Smallest ratio between any two groups, the smaller value to the larger one.'),
    'min-n': minRows.describe('Groups with fewer rows are named, but not judged.'),
    confidence: confidence.describe(
      'One-sided confidence with which the limit must be kept. Without it the values themselves decide.',
    ),
  })
  .superRefine((rule, context) => {
    if ((rule['max-gap'] === undefined) === (rule['min-ratio'] === undefined))
      context.addIssue({ code: 'custom', message: 'needs either `max-gap` or `min-ratio`' })
  })
  .describe('The same quality for all groups of rows.')
