import { z } from 'zod'
import { dataReportSchema, dataVerdict } from '../record/data-report.ts'
import { dataCheckCounts } from '../record/run-record.ts'

/** Two runs side by side: every metric with its difference and how sure it is, and what else differs. Calculated, never edited. */

/** Bounds of a confidence interval. `alpha` is the error on each side: alpha 0.05 gives a 90 % two-sided interval. */
const interval = z.object({ alpha: z.number(), lower: z.number(), upper: z.number() })

const estimate = z.object({
  /** Null when the metric is missing or not finite on this side; `problem` then says which. */
  value: z.number().nullable(),
  problem: z.string().optional(),
  /** Set when the user's metrics file and the predictions give different values for the same metric. */
  conflict: z.string().optional(),
  /** Where the number comes from: computed by modelgate from predictions, or read from the user's metrics file. */
  origin: z.enum(['predictions', 'metrics-file', 'none']),
  /** The standard error that a metrics file states. */
  standardError: z.number().nonnegative().optional(),
  /** Intervals of the value itself: of metrics computed from predictions, and of those that come with a standard error. */
  intervals: z.array(interval),
  /** How the intervals were made, in words; or why there are none. */
  method: z.string().optional(),
})

/** The four cells of McNemar's table: right and wrong rows on both sides. */
const flips = z.object({ bothRight: z.int(), onlyBaseRight: z.int(), onlyNewRight: z.int(), bothWrong: z.int() })

/** Rows that the base got right and the new run wrong, those that lost most first, at most ten. */
const broken = z.object({
  /** What `lost` is: how much the score of the true class or of the case fell, or how much the loss grew. With `id` nothing says it. */
  by: z.enum(['true-class-score', 'score', 'loss', 'id']),
  rows: z.array(
    z.object({
      id: z.string(),
      truth: z.string().optional(),
      predicted: z.string().optional(),
      lost: z.number().optional(),
    }),
  ),
})

const direction = z.enum(['higher', 'lower'])

const metricComparison = z.object({
  name: z.string(),
  direction: z.enum(['higher', 'lower', 'unknown']),
  /** The direction that the metrics files of each side state, where they do: `direction` is more than that. */
  stated: z.object({ base: direction.optional(), new: direction.optional() }).optional(),
  unit: z.string().optional(),
  base: estimate.nullable(),
  new: estimate,
  /** new minus base, as measured (not turned by direction). */
  difference: z.number().nullable(),
  intervals: z.array(interval),
  method: z.string().optional(),
  /** Two-sided p-value of an exact test beside the interval: McNemar's on the same rows, Mann and Whitney's over seeds. */
  pValue: z.number().optional(),
  /** How many runs with different seeds each side has, where there are several: then the interval is about seeds and not about rows. */
  seeds: z.object({ base: z.int().nullable(), new: z.int() }).optional(),
})

/** The same metrics over the rows of one slice: those with `value` in `column` of the predictions. */
const sliceComparison = z.object({
  column: z.string(),
  value: z.string(),
  /** Rows of the slice on each side; null without predictions on that side. */
  rows: z.object({ base: z.int().nullable(), new: z.int() }),
  metrics: z.array(metricComparison),
  /** Right and wrong rows on both sides within the slice; null where that is not known. */
  flips: flips.nullable(),
})

/** Rows that must stay right, listed by the user, and what became of them. */
const goldenRows = z.object({
  file: z.string(),
  rows: z.int(),
  /** Ids that the base got right and the new run wrong; without a base, those that are wrong. Sorted, at most 100. */
  broken: z.array(z.string()),
  brokenCount: z.int(),
  /** Ids that the new predictions do not have. Sorted, at most 100. */
  missing: z.array(z.string()),
  missingCount: z.int(),
})

/** What an earlier run measured, for rules about history. */
const pastRun = z.object({
  id: z.string(),
  commit: z.string().optional(),
  finishedAt: z.string(),
  /** By canonical name; values that are not finite are left out. */
  metrics: z.record(z.string(), z.number()),
})

/** A reason why the two sides cannot be compared, with the way out. */
const mismatch = z.object({ what: z.string(), message: z.string(), remedy: z.string() })

const runSummary = z.object({
  id: z.string(),
  /** Digest of the record as JSON, which names its predictions by their digests: which numbers these are about. */
  record: z.string().optional(),
  commit: z.string().optional(),
  branch: z.string().optional(),
  dirty: z.boolean(),
  durationMs: z.number(),
  peakMemoryBytes: z.number().nullable(),
  /** Digests of what its stages wrote, by path: tells whether two runs made the same model. */
  outs: z.record(z.string(), z.string()).optional(),
  notes: z.array(z.string()),
})

const change = z.object({ name: z.string(), base: z.string().nullable(), new: z.string().nullable() })

/** A data check of the run, beside that of the base. */
const dataComparison = z.object({
  stage: z.string(),
  /** Null when only the base checked these data. */
  new: dataReportSchema.nullable(),
  counts: dataCheckCounts.nullable(),
  /** The verdict under the checks of the change, when it edits them: those of the base judge. */
  proposed: z.object({ verdict: dataVerdict, reason: z.string() }).optional(),
  base: z.object({ verdict: dataVerdict, reason: z.string(), rows: z.int() }).nullable(),
})

export const comparisonSchema = z.object({
  schema: z.literal('modelgate/comparison@1'),
  project: z.object({ name: z.string(), task: z.string() }),
  new: runSummary,
  base: runSummary.nullable(),
  /** Which baseline was taken and why; or why there is none. */
  baseline: z.object({
    kind: z.enum(['base-run', 'stored-run', 'record', 'past-run', 'none']),
    explanation: z.string(),
  }),
  /** Baselines of single checkpoints or rules beside that one, as modelgate.yaml writes them, and which runs they are. */
  otherBaselines: z
    .array(
      z.object({
        name: z.string(),
        explanation: z.string(),
        run: z.object({ id: z.string(), record: z.string().optional(), commit: z.string().optional() }).optional(),
        /** Why there should be one, but cannot be used. */
        unusable: mismatch.optional(),
      }),
    )
    .default([]),
  /** Rows of predictions on each side; null without predictions. */
  evaluated: z.object({ base: z.int().nullable(), new: z.int().nullable() }),
  /** How the rows of the two predictions files were matched; null without predictions on both sides. */
  rows: z.object({ paired: z.int(), onlyBase: z.int(), onlyNew: z.int(), labelsDiffer: z.int() }).nullable(),
  /** Right and wrong rows on both sides (classification, and generation with `passed`): the four cells of McNemar's table. */
  flips: flips.nullable(),
  /** The worst of the broken rows, which `flips` counts; null where it is. */
  broken: broken.nullable().default(null),
  metrics: z.array(metricComparison),
  /** One for each value of each column that a rule asks for. */
  slices: z.array(sliceComparison).default([]),
  /** Columns that slices of the new run can be made of, so that a rule can say which there are. */
  sliceColumns: z.array(z.string()).default([]),
  /** One for each file of golden rows that a rule names. */
  golden: z.array(goldenRows).default([]),
  /** Metrics of earlier runs, oldest first, and where they come from; null where no source of past runs was given. */
  history: z
    .object({ source: z.string(), runs: z.array(pastRun) })
    .nullable()
    .default(null),
  /** The same pipeline run again on the same inputs, to see whether it gives the same numbers; by canonical name. */
  reruns: z.array(z.record(z.string(), z.number())).default([]),
  data: z.array(dataComparison),
  /** The stage whose failed data checks ended the run: nothing was measured after it. */
  stoppedAt: z.string().nullable(),
  mismatches: z.array(mismatch),
  /** What a reader should know, though it does not forbid the comparison. */
  warnings: z.array(z.string()),
  changes: z.object({
    code: z.array(change),
    data: z.array(change),
    params: z.array(change),
    environment: z.array(change),
  }),
})

export type Comparison = z.infer<typeof comparisonSchema>
export type MetricComparison = z.infer<typeof metricComparison>
export type DataComparison = z.infer<typeof dataComparison>
export type Estimate = z.infer<typeof estimate>
export type Interval = z.infer<typeof interval>
export type Mismatch = z.infer<typeof mismatch>
export type SliceComparison = z.infer<typeof sliceComparison>
export type Broken = z.infer<typeof broken>
export type GoldenRows = z.infer<typeof goldenRows>
export type PastRun = z.infer<typeof pastRun>
export type Change = z.infer<typeof change>
export type RunSummary = z.infer<typeof runSummary>
