import { z } from 'zod'
import { share } from './limit.ts'
import { columnName, columnNames, dataSetName } from './modifiers.ts'

/** Checks that machine learning needs: of the label, and of what training data and evaluation data share. */

const withOther = dataSetName.optional().describe('The other data set; the reference without it.')

export const learningChecks = {
  overlap: z
    .strictObject({
      with: withOther,
      key: columnNames.optional().describe('Rows are the same when these are. All columns without it.'),
      except: columnNames.optional().describe('Columns that do not count when all columns do, such as a row number.'),
    })
    .refine((value) => value.key === undefined || value.except === undefined, {
      error: 'takes `key` or `except`, not both',
    })
    .describe('No row stands in the other data set as well: by key, or by all of its values.'),
  'group-leakage': z
    .strictObject({ with: withOther, group: columnName })
    .describe('No group, such as a user or a patient, has rows in both data sets.'),
  'time-order': z
    .strictObject({ with: withOther, column: columnName, this: z.enum(['before', 'after']).default('before') })
    .describe(
      'All rows lie before (or after) those of the other data set, not at the same time: a model is not trained on the future.',
    ),
  'conflicting-labels': z
    .strictObject({ label: columnName, features: columnNames.optional(), except: columnNames.optional() })
    .describe('Rows with equal features have equal labels.'),
  leakage: z
    .strictObject({
      label: columnName,
      columns: columnNames.optional().describe('Features to look at. All but the label without it.'),
      except: columnNames.optional(),
      'warn-at': share.default(0.95),
      'error-at': share.default(0.99),
    })
    .describe(
      'No single column predicts the label almost by itself, measured as the area under the ROC curve: for a label of two classes, or for the largest of several against the rest.',
    ),
  'class-balance': z
    .strictObject({
      column: columnName,
      'min-share': share.optional().describe('Smallest share of the rarest class.'),
      'max-ratio': z.number().gt(1).optional().describe('Most rows of the largest class for one of the rarest.'),
    })
    .refine((value) => value['min-share'] !== undefined || value['max-ratio'] !== undefined, {
      error: 'needs `min-share` or `max-ratio`',
    })
    .describe('Every class of the label has enough rows.'),
  'id-like': z
    .strictObject({ columns: columnNames.optional(), except: columnNames.optional(), 'max-share': share.default(0.95) })
    .describe(
      'No feature has a value of its own in almost every row, as an identifier does. Whole numbers and texts, unless columns are named.',
    ),
  'new-categories': z
    .strictObject({ columns: columnNames, with: withOther })
    .describe('Every value stands in the other data set as well.'),
  'label-drift': z
    .strictObject({
      column: columnName,
      with: withOther,
      'warn-at': z.number().positive().default(0.05),
      'error-at': z.number().positive().default(0.15),
    })
    .describe('The label is distributed as in the reference. The same test as for drift, with smaller limits.'),
}
