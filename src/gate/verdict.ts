import { z } from 'zod'
import { ruleNames } from '../config/rules/rule.ts'
import { waiver } from '../config/waivers.ts'

/** What the gate says of a comparison. One verdict, one exit code. */

export const verdictValue = z.enum(['pass', 'fail', 'inconclusive', 'incomparable'])

/** What a verdict other than pass leads to. `approve`: stops until a person approves. */
export const consequence = z.enum(['block', 'approve', 'warn', 'info'])

/** `none` for a pass and for what was skipped; `waived` for what would have stopped the change, but for a waiver. */
const whatFollows = z.union([consequence, z.enum(['waived', 'none'])])

const ruleVerdict = z.union([verdictValue, z.literal('skipped')])

/** One slice, group, metric or other part of a rule. */
const rulePart = z.object({
  /** Waivers name it: `sex=Female`. */
  name: z.string(),
  verdict: ruleVerdict,
  consequence: whatFollows,
  reason: z.string(),
  method: z.string().optional(),
  rowsToSettle: z.number().nullable().optional(),
})

const ruleResult = z.object({
  /**
   * `<checkpoint>.<rule>.<metric>`, such as `model.non-inferior.roc_auc`, with the columns of rules about slices and groups behind it, and
   * `@<baseline>` where the rule has its own. Waivers and outputs use it.
   */
  id: z.string(),
  checkpoint: z.string(),
  rule: z.enum(ruleNames),
  /** The metric that it is about; empty for a rule about none or several. */
  metric: z.string(),
  /** `skipped`: a change rule in a run that has no baseline, or any rule about metrics in a run that its data stopped. A skipped rule was not judged and did not pass. */
  verdict: ruleVerdict,
  /** What this result leads to. */
  consequence: whatFollows,
  /** What the rule asks for, in words: `accuracy >= 0.84, sure at 95 %`. */
  expected: z.string(),
  /** What was seen, with the numbers, in one sentence. */
  reason: z.string(),
  /** How the decision was made: test or interval. */
  method: z.string().optional(),
  /** Rows that would settle an inconclusive rule if the difference stays as it is; null when no number would. */
  rowsToSettle: z.number().nullable().optional(),
  /** True where evidence is missing, so that `on-missing` had a say. */
  missing: z.literal(true).optional(),
  /** Set for a rule that is only tried: it stops no change. */
  mode: z.literal('dry-run').optional(),
  /** What it is made of, one by one: slices, groups, metrics, golden rows. */
  parts: z.array(rulePart).optional(),
  /** Margin of a non-inferior rule, also of one about slices, for drawing it beside the interval. */
  margin: z.number().optional(),
  /** What it compares with, where that is not the base branch: one of `otherBaselines` of the comparison. */
  baseline: z.string().optional(),
  /** Line of the rule in modelgate.yaml, for annotations. */
  line: z.number().optional(),
})

/** What a verdict was given on, so that it can be given again from the same and must then be the same. */
const judgedOn = z.object({
  /** Digest of the comparison as JSON. */
  comparison: z.string(),
  /** Tip of the base, whose checkpoints and golden rows count; absent where no base was named. */
  base: z.string().optional(),
  /** The time, where a waiver or an approval may depend on it; for waivers alone the day. */
  at: z.iso.datetime().optional(),
  /** What was known of approvals, where a rule asks for some. */
  approvals: z
    .object({
      approvals: z
        .array(z.object({ by: z.string(), teams: z.array(z.string()), at: z.string(), sha: z.string() }))
        .optional(),
      headSha: z.string().optional(),
      approvalNotes: z.array(z.string()).optional(),
      authors: z.array(z.string()).optional(),
    })
    .optional(),
})

/** A waiver of the policy that judges, and what became of it. */
const waiverResult = z.object({
  ...waiver.shape,
  /** `unmatched`: there is no such rule, or no such slice of it. */
  state: z.enum(['in-force', 'expired', 'unmatched']),
  /** Rules, by id, that would have stopped the change without it; a part behind a space. */
  waived: z.array(z.string()),
})

export const verdictSchema = z.object({
  schema: z.literal('modelgate/verdict@1'),
  /** Id of the run that it is about. */
  run: z.string().optional(),
  verdict: verdictValue,
  /** `blocked`: exit code 10. */
  outcome: z.enum(['passed', 'blocked']),
  /** The verdict in one sentence. */
  reason: z.string(),
  rules: z.array(ruleResult),
  failedRules: z.array(z.string()),
  /** All waivers of the policy that judges. */
  waivers: z.array(waiverResult).default([]),
  /** Absent in verdicts that nobody can give again: they are not published by. */
  judgedOn: judgedOn.optional(),
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

export type JudgedOn = z.infer<typeof judgedOn>
export type Verdict = z.infer<typeof verdictSchema>
export type VerdictValue = z.infer<typeof verdictValue>
export type Consequence = z.infer<typeof consequence>
export type RuleResult = z.infer<typeof ruleResult>
export type RulePart = z.infer<typeof rulePart>
export type WaiverResult = z.infer<typeof waiverResult>
