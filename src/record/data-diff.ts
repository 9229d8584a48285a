import { z } from 'zod'

/** What changed from one version of a data set to another. */

const text = z.string().max(20_000)
const count = z.int().nonnegative()

/** Values as text; null is a missing value. Those of sensitive columns are left out: their names stand in `hidden`. */
const values = z.record(z.string(), text.nullable())

const place = z.object({ file: text.optional(), line: count.optional(), row: count })

const sampleRow = z.object({
  key: values,
  /** Where the row stands: after the change where it is still there, before it otherwise. */
  at: place.optional(),
  before: values.optional(),
  after: values.optional(),
  /** How many times the row was added or removed; for comparisons without a key. */
  times: count.optional(),
  hidden: z.array(text).optional(),
})

const repeated = z.object({ keys: count, rows: count })

export const dataDiffSchema = z.object({
  schema: z.literal('modelgate/data-diff@1'),
  before: z.object({ name: text, rows: count }),
  after: z.object({ name: text, rows: count }),
  /** Empty where whole rows were compared, as a set in which a row may stand several times. */
  key: z.array(text),
  columns: z.object({
    added: z.array(text),
    removed: z.array(text),
    typeChanged: z.array(z.object({ column: text, before: text, after: text })),
    compared: z.array(text),
  }),
  rows: z.object({ added: count, removed: count, changed: count, unchanged: count }),
  /** How many rows have another value in a column, most changed first; columns without a change are left out. */
  changes: z.array(z.object({ column: text, rows: count })),
  /** Rows that were not paired, and so are counted nowhere else. */
  unpaired: z.object({
    /** Keys that stand more than once on a side, and the rows of both sides that have them. */
    repeatedBefore: repeated,
    repeatedAfter: repeated,
    ambiguousRows: z.object({ before: count, after: count }),
    /** Rows without a value in a column of the key. */
    missingKey: z.object({ before: count, after: count }),
  }),
  samples: z.object({
    added: z.array(sampleRow),
    removed: z.array(sampleRow),
    changed: z.array(sampleRow),
    repeated: z.array(z.object({ key: values, before: count, after: count, hidden: z.array(text).optional() })),
  }),
})

export type DataDiff = z.infer<typeof dataDiffSchema>
export type DiffRow = DataDiff['samples']['changed'][number]
