import { z } from 'zod'
import { limit } from './limit.ts'

const hasNoNul = (text: string): boolean => !text.includes('\0')

export const columnName = z
  .string()
  .min(1, 'must not be empty')
  .max(1000)
  .refine(hasNoNul, 'must not hold the character NUL')

/** One name, or a list of them: always a list afterwards. */
export const columnNames = z
  .union([columnName, z.array(columnName).min(1).max(2000)], 'must be the name of a column, or a list of names')
  .transform((names) => (typeof names === 'string' ? [names] : names))

/** Expressions come from pull requests as well: how far they reach is checked before they run, not here. */
export const sqlText = z
  .string()
  .min(1, 'must not be empty')
  .max(10_000)
  .refine(hasNoNul, 'must not hold the character NUL')

export const dataSetName = z
  .string()
  .min(1, 'must not be empty')
  .max(1024)
  .describe('Name of a data set under `datasets` or in modelgate.yaml, or the path of a file.')

const text = z.string().min(1, 'must not be empty').max(500)

export const severities = ['error', 'warn', 'info'] as const

/** What every check may have beside its own words. */
export const modifiers = {
  where: sqlText.optional().describe('SQL condition: only rows for which it is true are looked at.'),
  severity: z
    .enum(severities)
    .optional()
    .describe(
      'What a failure is, where neither `warn` nor `error` says otherwise: `error` (the default), `warn` or `info`.',
    ),
  warn: limit.optional().describe('Most failing rows, as a count or a share, before the check warns.'),
  error: limit.optional().describe('Most failing rows, as a count or a share, before the check fails.'),
  'on-not-run': z
    .enum(['error', 'warn'])
    .default('error')
    .describe('What it is when the check could not run, for instance because its column is missing.'),
  name: text.optional().describe('Name for people, and of the check in results.'),
  owner: text.optional().describe('Who is asked when it fails.'),
  reason: text.optional().describe('Why the check is there.'),
  url: z.httpUrl('must be an https address').max(2000).optional().describe('Where more is said about it.'),
  environments: z
    .array(text)
    .min(1)
    .max(20)
    .optional()
    .describe('Only in these environments, such as `training`. In all of them without it.'),
}
