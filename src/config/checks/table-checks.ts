import { z } from 'zod'
import { duration, share } from './limit.ts'
import { columnName, columnNames, dataSetName, sqlText } from './modifiers.ts'
import { areInOrder, bound, notInOrder } from './row-checks.ts'

/** Checks of a column or table as a whole. */

export const statistics = [
  'mean',
  'stdev',
  'sum',
  'min',
  'max',
  'median',
  'distinct-share',
  'null-share',
  'entropy',
] as const

function needsBound(value: Record<string, unknown>): boolean {
  return ['min', 'max', 'within', 'vs-reference', 'min-share', 'max-share', 'sha256', 'min-bytes', 'max-bytes'].some(
    (key) => value[key] !== undefined,
  )
}

const aggregate = z
  .strictObject({
    column: columnName,
    fn: z.enum(statistics),
    min: bound.optional(),
    max: bound.optional(),
    within: share.optional().describe('How far, as a share of the value in the reference, it may lie from it.'),
  })
  .refine(needsBound, { error: 'needs `min`, `max` or `within`' })
  .refine(areInOrder, notInOrder)

export const tableChecks = {
  file: z
    .strictObject({
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 digest of 64 hexadecimal digits')
        .optional(),
      'min-bytes': z.int().nonnegative().optional(),
      'max-bytes': z.int().nonnegative().optional(),
    })
    .refine(needsBound, { error: 'needs `sha256`, `min-bytes` or `max-bytes`' })
    .describe('The file has this digest, or a size between bounds.'),
  rows: z
    .strictObject({
      min: z.int().nonnegative().optional(),
      max: z.int().nonnegative().optional(),
      'vs-reference': z
        .strictObject({ min: z.number().nonnegative().optional(), max: z.number().positive().optional() })
        .optional()
        .describe('Number of rows as a multiple of those in the reference.'),
    })
    .refine(needsBound, { error: 'needs `min`, `max` or `vs-reference`' })
    .refine(areInOrder, notInOrder)
    .describe('The number of rows lies between bounds.'),
  'column-count': z
    .strictObject({ min: z.int().nonnegative().optional(), max: z.int().nonnegative().optional() })
    .refine(needsBound, { error: 'needs `min` or `max`' })
    .refine(areInOrder, notInOrder)
    .describe('The number of columns lies between bounds.'),
  unique: z
    .union([columnNames, z.strictObject({ columns: columnNames })], 'must be the name of a column, or a list of names')
    .transform((value) => (Array.isArray(value) ? { columns: value } : value))
    .describe(
      'No value stands twice; with several columns, no combination of values. Rows with a missing value are not looked at.',
    ),
  duplicates: z
    .strictObject({ columns: columnNames.optional(), except: columnNames.optional() })
    .describe('No row is equal to an earlier one, in these columns, or in all of them `except` some.'),
  'max-age': z
    .strictObject({ column: columnName, 'at-most': duration })
    .describe('The newest date or timestamp is not older than this.'),
  gaps: z
    .strictObject({ column: columnName, every: z.enum(['hour', 'day', 'week', 'month']) })
    .describe(
      'There are data for every hour, day, week (from Monday) or month between the first and the last. Counts those without a row.',
    ),
  aggregate: aggregate.describe('A statistic of a column lies between bounds, or near its value in the reference.'),
  quantile: z
    .strictObject({
      column: columnName,
      q: share,
      min: bound.optional(),
      max: bound.optional(),
      within: share.optional(),
    })
    .refine(needsBound, { error: 'needs `min`, `max` or `within`' })
    .refine(areInOrder, notInOrder)
    .describe(
      'The smallest value that at least this share of the rows does not exceed lies between bounds, or near that of the reference.',
    ),
  distinct: z
    .strictObject({
      column: columnName,
      min: z.int().nonnegative().optional(),
      max: z.int().nonnegative().optional(),
      'min-share': share.optional(),
      'max-share': share.optional(),
    })
    .refine(needsBound, { error: 'needs `min`, `max`, `min-share` or `max-share`' })
    .refine(areInOrder, notInOrder)
    .describe('The number of different values lies between bounds. Missing values are none.'),
  'most-common': z
    .strictObject({ column: columnName, 'max-share': share })
    .describe('No value makes up more than this share of the rows that have one.'),
  'not-constant': z
    .union(
      [columnNames, z.strictObject({ columns: columnNames, 'max-share': share.optional() })],
      'must be the name of a column, or a list of names',
    )
    .transform((value) => (Array.isArray(value) ? { columns: value } : value))
    .describe(
      'A column does not have one value only; with `max-share`, nor one value almost everywhere. Missing counts as a value.',
    ),
  'in-table': z
    .strictObject({ columns: columnNames, of: dataSetName, key: columnNames.optional() })
    .describe('Every value (or combination) stands in another data set: a foreign key.'),
  'matches-table': z
    .strictObject({ of: dataSetName, columns: columnNames.optional() })
    .describe('The rows are those of another data set, in any order.'),
  'schema-compatible': z
    .strictObject({ with: dataSetName.optional() })
    .describe('Every column of the reference is there, with a type that can hold its values.'),
  sql: z
    .strictObject({ query: sqlText })
    .describe('A query gives no row: `data` is this data set, `reference` the reference.'),
}
