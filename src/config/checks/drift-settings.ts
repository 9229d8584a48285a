import { z } from 'zod'
import { limit, share } from './limit.ts'
import { columnName, columnNames, dataSetName } from './modifiers.ts'

/**
 * When a column counts as drifted: the effect reaches a size, it is significant over all columns, and there are rows enough. Each of the
 * three alone misleads: at 100 rows an index of 0.1 is noise, and at a million rows everything is significant.
 */

export const numericMethods = ['ks', 'psi', 'js', 'wasserstein', 'tv'] as const
export const categoricalMethods = ['psi', 'js', 'tv', 'l-infinity', 'cramers-v'] as const

const sizes = {
  warn: z.number().positive().optional().describe('Smallest effect that warns.'),
  error: z.number().positive().optional().describe('Smallest effect that fails.'),
}

export const driftSettings = z
  .strictObject({
    reference: dataSetName
      .optional()
      .describe(
        'What the data are compared with: a data set, a file, or a profile that `modelgate data profile` wrote. The reference of the check without it.',
      ),
    columns: columnNames.optional().describe('Only these columns. All that both sides have without it.'),
    except: columnNames.optional().describe('Columns to leave out, such as identifiers and times.'),
    numeric: z
      .strictObject({ method: z.enum(numericMethods).default('ks'), ...sizes })
      .prefault({})
      .describe(
        'Columns of numbers, dates and timestamps. 0.1 and 0.2 of the Kolmogorov-Smirnov distance, about a quarter and half a standard deviation, without other limits.',
      ),
    categorical: z
      .strictObject({
        method: z.enum(categoricalMethods).default('psi'),
        ...sizes,
        'new-categories': z
          .enum(['ignore', 'warn', 'error'])
          .default('warn')
          .describe('What a value is that the reference does not have.'),
        'max-categories': z
          .int()
          .min(2)
          .max(1000)
          .default(50)
          .describe('So many of the most frequent values of the reference count one by one, all others together.'),
      })
      .prefault({})
      .describe('Columns of texts and truth values.'),
    nulls: z
      .strictObject({ warn: share.default(0.05), error: share.default(0.2) })
      .prefault({})
      .describe('How far the share of missing values may move, in points of the share: 5% means from 10 % to 15 %.'),
    significance: z
      .number()
      .gt(0)
      .lte(0.2)
      .default(0.001)
      .describe('Largest p-value, corrected over all columns (Holm), at which a difference counts.'),
    'min-rows': z
      .int()
      .min(2)
      .default(200)
      .describe('With fewer rows on either side nothing is evaluated, and the report says so.'),
    'max-drifted': z
      .strictObject({ warn: limit.optional(), error: limit.optional() })
      .prefault({ warn: 0, error: '30%' })
      .describe(
        'How many columns, as a count or a share, may be drifted (at `warn` size or more) before the data set is.',
      ),
    'per-column': z
      .record(
        columnName,
        z.strictObject({
          ...sizes,
          method: z.enum([...new Set([...numericMethods, ...categoricalMethods])] as const).optional(),
        }),
      )
      .default({})
      .describe('Other limits or methods for single columns.'),
  })
  .describe('Comparison of distributions with a reference.')

export type DriftSettings = z.infer<typeof driftSettings>
export type DriftMethod = (typeof numericMethods)[number] | (typeof categoricalMethods)[number]
