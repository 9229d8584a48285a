import { z } from 'zod'
import { duration } from './limit.ts'
import { columnName, columnNames, sqlText } from './modifiers.ts'
import { declaredTypes } from './read-options.ts'

/** Checks that hold or fail row by row. */

/** Beyond 2^53 not all whole numbers are doubles, and YAML would take a neighbour without a word. */
const exactNumber = z.number().refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value), {
  error: 'is too large for a YAML number: write it in quotes',
})

/** A number, or text for dates and for what a YAML number would round. */
export const bound = z.union(
  [exactNumber, z.string().min(1).max(100)],
  'must be a number, or a date or an exact decimal in quotes',
)
export type Bound = z.infer<typeof bound>

/** False where nothing can lie between two bounds of numbers. Dates and decimals in quotes are left to the data. */
export function areInOrder({ min, max }: { min?: unknown; max?: unknown }): boolean {
  return typeof min !== 'number' || typeof max !== 'number' || min <= max
}
export const notInOrder = { error: 'has a `min` that is larger than its `max`' }

/** A value of a set: as in the data. */
export const member = z.union(
  [z.string().max(1000), exactNumber, z.boolean()],
  'must be a text, a number that YAML does not round, or true or false',
)
export type Member = z.infer<typeof member>

export const formats = ['email', 'uuid', 'url', 'hostname', 'ipv4', 'ipv6', 'json', 'date', 'datetime'] as const

const onColumns = z
  .union([columnNames, z.strictObject({ columns: columnNames })], 'must be the name of a column, or a list of names')
  .transform((value) => (Array.isArray(value) ? { columns: value } : value))

const range = z
  .strictObject({
    columns: columnNames,
    min: bound.optional().describe('Smallest value allowed.'),
    max: bound.optional().describe('Largest value allowed.'),
    above: bound.optional().describe('Values must be larger than this.'),
    below: bound.optional().describe('Values must be smaller than this.'),
  })
  .refine((value) => [value.min, value.max, value.above, value.below].some((each) => each !== undefined), {
    error: 'needs `min`, `max`, `above` or `below`',
  })
  .refine(areInOrder, notInOrder)

const length = z
  .strictObject({
    columns: columnNames,
    min: z.int().nonnegative().optional(),
    max: z.int().nonnegative().optional(),
  })
  .refine((value) => value.min !== undefined || value.max !== undefined, { error: 'needs `min` or `max`' })
  .refine(areInOrder, notInOrder)

const order = z.strictObject({
  column: columnName,
  strictly: z.boolean().default(false).describe('Whether equal neighbours fail.'),
  by: columnNames.optional().describe('The order must hold within each group of equal values here.'),
})

export const rowChecks = {
  type: z.strictObject({ columns: columnNames, is: z.enum(declaredTypes) }).describe('Every value is of this type.'),
  'not-null': onColumns.describe('No value is missing.'),
  'required-rows': onColumns.describe('In no row are all of these columns missing at once.'),
  range: range.describe(
    'Values lie between bounds. Numbers, dates and timestamps; a missing value neither passes nor fails.',
  ),
  in: z
    .strictObject({ columns: columnNames, values: z.array(member).min(1).max(10_000) })
    .describe('Every value is one of these.'),
  'not-in': z
    .strictObject({ columns: columnNames, values: z.array(member).min(1).max(10_000) })
    .describe('No value is one of these.'),
  regex: z
    .strictObject({ columns: columnNames, pattern: z.string().min(1).max(2000) })
    .describe('Every value matches the regular expression (RE2) somewhere; `^` and `$` tie it to the ends.'),
  'not-regex': z
    .strictObject({ columns: columnNames, pattern: z.string().min(1).max(2000) })
    .describe('No value matches the regular expression.'),
  format: z.strictObject({ columns: columnNames, is: z.enum(formats) }).describe('Every value is of this format.'),
  length: length.describe('Texts have between so many characters.'),
  finite: onColumns.describe('No value is NaN or infinite.'),
  'not-blank': onColumns.describe('No text is empty or made of white space alone.'),
  'no-control-characters': onColumns.describe('No text holds control characters other than tab and line breaks.'),
  'no-encoding-damage': onColumns.describe(
    'No text shows traces of a wrong encoding: replacement characters, or UTF-8 that was read as Latin-1.',
  ),
  'no-future': z
    .strictObject({ columns: columnNames, tolerance: duration.default(0).describe('How far ahead a clock may be.') })
    .describe('No date or timestamp lies after the time of the check.'),
  increasing: order.describe('Values never fall from one row to the next.'),
  decreasing: order.describe('Values never rise from one row to the next.'),
  expr: z
    .union([sqlText, z.strictObject({ sql: sqlText })], 'must be an SQL condition')
    .transform((value) => (typeof value === 'string' ? { sql: value } : value))
    .describe('An SQL condition over the columns of a row is true. Rows for which it is NULL neither pass nor fail.'),
  'sum-equals': z
    .strictObject({
      columns: columnNames,
      total: z.union([columnName, z.number()], 'must be a column or a number'),
      tolerance: z.number().nonnegative().default(0),
    })
    .describe('The columns of a row add up to another column, or to a number.'),
  outliers: z
    .strictObject({
      columns: columnNames,
      method: z.enum(['sigma', 'iqr']).default('iqr'),
      factor: z.number().positive().optional().describe('3 for `sigma`, 3 for `iqr` without it.'),
    })
    .describe(
      'No value lies further from the middle than so many standard deviations, or spans between the quartiles.',
    ),
}
