import { z } from 'zod'
import { duration, limit } from './limit.ts'
import { columnName, modifiers } from './modifiers.ts'
import { declaredTypes } from './read-options.ts'
import { areInOrder, bound, formats, member, notInOrder } from './row-checks.ts'

/** A column under `schema.columns`: short for the checks that a column usually has. Its modifiers go to each of them. */
export const columnSpec = z
  .strictObject({
    type: z
      .enum(declaredTypes)
      .optional()
      .describe('Type of the values. Text is checked strictly: 12.7 is no integer.'),
    'date-format': z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'strptime pattern of dates and timestamps that are not written as ISO 8601 has it, such as `%d/%m/%Y`.',
      ),
    required: z.boolean().default(true).describe('Whether the column must be there.'),
    sensitive: z
      .boolean()
      .default(false)
      .describe('Values of the column never appear in results: not in the comment, not in files, not in the log.'),
    'not-null': z.boolean().default(false).describe('No value is missing.'),
    nulls: z
      .strictObject({ warn: limit.optional(), error: limit.optional() })
      .optional()
      .describe('Most missing values, as a count or a share.'),
    unique: z.boolean().default(false).describe('No value stands twice.'),
    min: bound.optional().describe('Smallest value.'),
    max: bound.optional().describe('Largest value.'),
    above: bound.optional().describe('Values must be larger than this.'),
    below: bound.optional().describe('Values must be smaller than this.'),
    in: z.array(member).min(1).max(10_000).optional().describe('Every value is one of these.'),
    'not-in': z.array(member).min(1).max(10_000).optional().describe('No value is one of these.'),
    regex: z.string().min(1).max(2000).optional().describe('Every value matches (RE2).'),
    'not-regex': z.string().min(1).max(2000).optional().describe('No value matches.'),
    format: z.enum(formats).optional().describe('Every value is of this format.'),
    'min-length': z.int().nonnegative().optional().describe('Fewest characters.'),
    'max-length': z.int().nonnegative().optional().describe('Most characters.'),
    finite: z.boolean().default(false).describe('No value is NaN or infinite.'),
    'not-blank': z.boolean().default(false).describe('No text is empty or white space alone.'),
    increasing: z.enum(['yes', 'strictly']).optional().describe('Values never fall, or always rise, from row to row.'),
    'max-age': duration.optional().describe('The newest value is not older than this.'),
    'no-future': z.boolean().default(false).describe('No value lies after the time of the check.'),
    ...modifiers,
  })
  .refine(areInOrder, notInOrder)
  .refine((value) => areInOrder({ min: value['min-length'], max: value['max-length'] }), {
    error: 'has a `min-length` that is larger than its `max-length`',
  })
  .describe('What is expected of a column.')

export const schemaSpec = z
  .strictObject({
    strict: z.boolean().default(false).describe('No other columns than these.'),
    ordered: z.boolean().default(false).describe('The columns stand in this order.'),
    columns: z.record(columnName, columnSpec.nullable()).default({}).describe('Columns by name.'),
  })
  .describe('The columns of the data.')

export type ColumnSpec = z.infer<typeof columnSpec>
export type SchemaSpec = z.infer<typeof schemaSpec>
