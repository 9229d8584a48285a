import { z } from 'zod'
import { baseline } from '../baseline-spec.ts'
import { budget, calibration, change, equivalent, history, nonInferior, superior, threshold } from './metric-rules.ts'
import { flips, parity, slices } from './row-rules.ts'
import { approval, data, drift, reproducible } from './run-rules.ts'

/** One rule of a checkpoint: exactly one kind, and the modifiers that every kind has. */

const kinds = {
  threshold: threshold.optional(),
  change: change.optional(),
  'non-inferior': nonInferior.optional(),
  superior: superior.optional(),
  equivalent: equivalent.optional(),
  history: history.optional(),
  slices: slices.optional(),
  flips: flips.optional(),
  parity: parity.optional(),
  calibration: calibration.optional(),
  budget: budget.optional(),
  data: data.optional(),
  drift: drift.optional(),
  reproducible: reproducible.optional(),
  approval: approval.optional(),
}

export type RuleName = keyof typeof kinds

export const ruleNames = Object.keys(kinds) as [RuleName, ...RuleName[]]

/** They are not about rows of predictions, so a number of rows says nothing of them. */
const withoutRows: readonly RuleName[] = ['budget', 'data', 'drift', 'reproducible', 'approval']

const outcome = z.enum(['block', 'approve', 'warn'])

export const rule = z
  .strictObject({
    ...kinds,
    level: z
      .enum(['block', 'approve', 'warn', 'info'])
      .default('block')
      .describe('What a failure leads to. `approve` stops until a person approves.'),
    'on-missing': outcome.default('block').describe('When the metric is missing or not a number.'),
    'on-inconclusive': outcome.default('approve').describe('When there are too few rows to tell.'),
    'on-worse': z
      .enum(['fail', 'inconclusive'])
      .default('fail')
      .describe('When the metric is certainly worse, but perhaps by less than the margin.'),
    'on-incomparable': outcome.default('block').describe('When the two sides were not measured in the same way.'),
    'min-samples': z
      .int()
      .gte(1, 'must be at least 1')
      .optional()
      .describe('With fewer rows of predictions than this the rule is inconclusive.'),
    mode: z
      .enum(['enforce', 'dry-run'])
      .default('enforce')
      .describe('With `dry-run` the rule is judged and shown, but never stops a change.'),
    baseline: baseline
      .optional()
      .describe('What it is compared with, where that is not the baseline of the checkpoint.'),
  })
  .superRefine((value, context) => {
    const given = ruleNames.filter((ruleName) => value[ruleName] !== undefined)
    if (given.length !== 1) {
      context.addIssue({
        code: 'custom',
        message: `must hold exactly one rule (${ruleNames.join(', ')}), but holds ${given.length}`,
      })
    }
    const [first] = given
    if (value['min-samples'] !== undefined && first !== undefined && withoutRows.includes(first))
      context.addIssue({ code: 'custom', message: `means nothing for \`${first}\``, path: ['min-samples'] })
  })
  .describe('One rule of a checkpoint, and what its outcomes lead to.')

export type Rule = z.infer<typeof rule>
/** The words of one kind of rule. */
export type RuleOf<Name extends RuleName> = NonNullable<Rule[Name]>

/** The kind of a rule. */
export function kindOf(given: Rule): RuleName {
  const kind = ruleNames.find((ruleName) => given[ruleName] !== undefined)
  if (kind === undefined) throw new Error(`a rule without any of ${ruleNames.join(', ')} passed the schema`)
  return kind
}
