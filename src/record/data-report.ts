import { z } from 'zod'
import { digestPattern } from '../base/digest.ts'

/** What the data checkpoint found in one data set. The whole of it is a file of the run; the run record has a summary. */

const text = z.string().max(20_000)
const count = z.int().nonnegative()
/** Not a number and infinity have no place in JSON: they are kept as text. */
const figure = z.union([z.number(), z.string().max(1000), z.null()])
const digest = z.string().regex(digestPattern)

export const checkStatus = z.enum(['pass', 'info', 'warn', 'fail', 'not-run'])
export const dataVerdict = z.enum(['pass', 'warn', 'fail'])

const place = z.object({ file: text, line: count.optional(), column: count.optional() })

/** A failing row. Values of sensitive columns are left out: their names stand in `hidden`. */
const sample = z.object({
  file: text.optional(),
  /** Line of a text file, from 1. */
  line: count.optional(),
  /** Row within the file, from 1, the header not counted. */
  row: count.optional(),
  values: z.record(z.string(), text.nullable()),
  hidden: z.array(text).optional(),
})

const checkResult = z.object({
  id: text,
  type: text,
  columns: z.array(text),
  name: text.optional(),
  owner: text.optional(),
  reason: text.optional(),
  url: text.optional(),
  where: text.optional(),
  status: checkStatus,
  expected: text,
  observed: text,
  /** Rows that fail, and rows that were looked at; null where the check is not about rows. */
  failing: count.nullable(),
  tested: count.nullable(),
  samples: z.array(sample),
  /** The numbers behind `observed`. */
  figures: z.record(z.string(), figure),
  /** Where the check is defined. */
  place: place.optional(),
  /** The first failing line, for an annotation. */
  at: place.optional(),
})

const driftColumn = z.object({
  column: text,
  kind: z.enum(['numeric', 'categorical']),
  status: z.enum(['none', 'warn', 'fail', 'not-evaluated']),
  /** In words: why it is what it is. */
  reason: text,
  method: text,
  effect: z.number().nullable(),
  limits: z.object({ warn: z.number(), error: z.number() }),
  /** Of the test that belongs to the method, before and after correction over columns. */
  p: z.number().nullable(),
  adjustedP: z.number().nullable(),
  measures: z.object({
    ks: z.number().nullable(),
    psi: z.number().nullable(),
    js: z.number().nullable(),
    wasserstein: z.number().nullable(),
    tv: z.number().nullable(),
    lInfinity: z.number().nullable(),
    chiSquare: z.number().nullable(),
    cramersV: z.number().nullable(),
  }),
  nulls: z.object({
    reference: z.number().nullable(),
    current: z.number().nullable(),
    status: z.enum(['none', 'warn', 'fail']),
    /** Of Fisher's test of the two shares, before and after correction; null where nothing was tested. */
    p: z.number().nullable(),
    adjustedP: z.number().nullable(),
  }),
  newCategories: z.object({ values: z.array(text), distinct: count, rows: count }).nullable(),
  vanishedCategories: z.object({ values: z.array(text), distinct: count, rows: count }).nullable(),
  /** Shares per bin or category on both sides, for a sparkline. Labels are hidden for sensitive columns. */
  bins: z.array(z.object({ label: text, reference: z.number(), current: z.number() })),
})

const drift = z.object({
  reference: z.object({ name: text, rows: count, fromProfile: z.boolean() }),
  rows: count,
  verdict: dataVerdict,
  reason: text,
  drifted: count,
  evaluated: count,
  significance: z.number(),
  minRows: count,
  columns: z.array(driftColumn),
  /** Columns that only one side has. */
  onlyReference: z.array(text),
  onlyCurrent: z.array(text),
})

const column = z.object({
  name: text,
  kind: text,
  type: text,
  nulls: count,
  sensitive: z.boolean(),
  min: figure,
  max: figure,
})

export const dataReportSchema = z.object({
  schema: z.literal('modelgate/data@1'),
  /** Name of the data set, or its path. */
  name: text,
  environment: text.optional(),
  engine: z.enum(['duckdb', 'postgres']),
  files: z.array(text),
  bytes: count,
  rows: count,
  malformed: z.object({ count, first: z.array(z.object({ message: text, place })) }),
  columns: z.array(column),
  verdict: dataVerdict,
  reason: text,
  checks: z.array(checkResult),
  drift: drift.nullable(),
  /** What a reader should know: how columns were read, what was left out. */
  notes: z.array(text),
  checksFile: z.object({ file: text, digest }).nullable(),
  profile: z.object({ path: text, digest }).nullable(),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
})

export type DataReport = z.infer<typeof dataReportSchema>
export type CheckResult = z.infer<typeof checkResult>
export type CheckSample = z.infer<typeof sample>
export type CheckStatus = z.infer<typeof checkStatus>
export type DataVerdict = z.infer<typeof dataVerdict>
export type DriftReport = z.infer<typeof drift>
export type DriftColumn = z.infer<typeof driftColumn>
export type DataColumn = z.infer<typeof column>
