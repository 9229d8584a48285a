import { z } from 'zod'

/** What the gate says of a comparison. One verdict, one exit code. */

export const verdictValue = z.enum(['pass', 'fail', 'inconclusive', 'incomparable'])

/** What a verdict other than pass leads to. `approve`: stops until a person approves. */
export const consequence = z.enum(['block', 'approve', 'warn', 'info'])

const ruleResult = z.object({
  /** `<checkpoint>.<rule>.<metric>`, such as `model.non-inferior.roc_auc`. Waivers and outputs use it. */
  id: z.string(),
  checkpoint: z.string(),
  rule: z.enum(['threshold', 'non-inferior', 'data', 'drift']),
  /** The metric that it is about; empty for a rule about data. */
  metric: z.string(),
  /** `skipped`: a change rule in a run that has no baseline, or any rule about metrics in a run that its data stopped. A skipped rule was not judged and did not pass. */
  verdict: z.union([verdictValue, z.literal('skipped')]),
  /** What this result leads to; `none` for a pass and for a skipped rule. */
  consequence: z.union([consequence, z.literal('none')]),
  /** What the rule asks for, in words: `accuracy >= 0.84, sure at 95 %`. */
  expected: z.string(),
  /** What was seen, with the numbers, in one sentence. */
  reason: z.string(),
  /** How the decision was made: test or interval. */
  method: z.string().optional(),
  /** Rows that would settle an inconclusive rule if the difference stays as it is; null when no number would. */
  rowsToSettle: z.number().nullable().optional(),
  /** Margin of a non-inferior rule, for drawing it beside the interval. */
  margin: z.number().optional(),
  /** Line of the rule in modelgate.yaml, for annotations. */
  line: z.number().optional(),
})

export const verdictSchema = z.object({
  schema: z.literal('modelgate/verdict@1'),
  verdict: verdictValue,
  /** `blocked`: exit code 10. */
  outcome: z.enum(['passed', 'blocked']),
  /** The verdict in one sentence. */
  reason: z.string(),
  rules: z.array(ruleResult),
  failedRules: z.array(z.string()),
  /** True when change rules were skipped because there is no baseline. */
  withoutBaseline: z.boolean(),
  policy: z.object({
    /** Whose checkpoints judged: those of the base revision when there are any, else those of the change itself. */
    from: z.enum(['base', 'change', 'none']),
    digest: z.string(),
    /** Set when the change edits the checkpoints: the verdict under its own, new ones. */
    proposed: z
      .object({ verdict: verdictValue, outcome: z.enum(['passed', 'blocked']), reason: z.string() })
      .optional(),
  }),
})

export type Verdict = z.infer<typeof verdictSchema>
export type VerdictValue = z.infer<typeof verdictValue>
export type Consequence = z.infer<typeof consequence>
export type RuleResult = z.infer<typeof ruleResult>
