import { z } from 'zod'

/** What the registry keeps of a verdict: enough to promote by, and to be read without the report. */

/** Id of a run and of a commit. They are shown as they are, so nothing else may stand in them: records come from whoever may write to the repository. */
export const runId = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/, 'is no id of a run')
export const commitId = z.string().regex(/^[0-9a-f]{40,64}$/, 'is no id of a commit')

/** A value that was measured, with its interval where there is one. */
const measured = z.object({
  name: z.string(),
  value: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
  /** Two-sided confidence of the interval, such as 0.95. */
  confidence: z.number().optional(),
  method: z.string().optional(),
  rows: z.int().positive().optional(),
  unit: z.string().optional(),
  /** Part of the rows that it was measured on, such as `sex=Female`; the whole without it. */
  slice: z.string().optional(),
})

const judgedRule = z.object({ id: z.string(), verdict: z.string(), expected: z.string(), reason: z.string() })

export const gateSummarySchema = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'incomparable']),
  outcome: z.enum(['passed', 'blocked']),
  reason: z.string(),
  /** Digest of the policy that judged: checkpoints and waivers. */
  policy: z.string(),
  /** The run that it was compared with, and the digest of the model that it made where it is known; null for a first run. */
  comparedWith: z.object({ run: runId, commit: commitId.optional(), content: z.string().optional() }).nullable(),
  rules: z.array(judgedRule),
  /** Ids of rules that a waiver in force let pass, with who and why. */
  waived: z.array(z.object({ rule: z.string(), by: z.string(), reason: z.string(), until: z.string() })),
  metrics: z.array(measured),
  /** What was taken as it stood when the run was judged anew for the bundle, in sentences; absent where it was not judged anew. */
  notChecked: z.array(z.string()).optional(),
})

export type GateSummary = z.infer<typeof gateSummarySchema>
export type MeasuredMetric = z.infer<typeof measured>
