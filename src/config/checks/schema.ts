import { z } from 'zod'
import { checkArguments, listedTypes } from './check-arguments.ts'
import { schemaSpec } from './column-spec.ts'
import { dataSet } from './data-set.ts'
import { driftSettings } from './drift-settings.ts'
import { takesLimits, takesWhere } from './modifier-rules.ts'
import { modifiers, severities } from './modifiers.ts'
import { readOptions } from './read-options.ts'

/** The schema of a checks file: what is expected of one data set. docs/data.md and schema/checks.schema.json are made from it. */

type Optional<Shape> = { [Key in keyof Shape]: z.ZodOptional<Shape[Key] & z.ZodType> }
const optionalArguments = Object.fromEntries(
  Object.entries(checkArguments).map(([type, schema]) => [type, (schema as z.ZodType).optional()]),
) as Optional<typeof checkArguments>

const listedCheck = z
  .strictObject({ ...optionalArguments, ...modifiers })
  .superRefine((value, context) => {
    // A word that is not known was probably meant to be the check.
    if (context.issues.length > 0) return
    const given = listedTypes.filter((type) => value[type] !== undefined)
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none' : given.join(' and ')
      context.addIssue({ code: 'custom', message: `must hold exactly one check, but holds ${found}` })
    }
    const [type] = given
    if (type === undefined || given.length > 1) return
    if (value.where !== undefined && !takesWhere(type)) {
      const message = `cannot be used with "${type}", which does not look at rows one by one`
      context.addIssue({ code: 'custom', message, path: ['where'] })
    }
    for (const limit of ['warn', 'error'] as const) {
      if (value[limit] === undefined || takesLimits(type)) continue
      const message = `cannot be used with "${type}", which counts no failing rows: its own words say what is accepted`
      context.addIssue({ code: 'custom', message, path: [limit] })
    }
  })
  .describe('One check, and what its outcome leads to.')

export const checksSchema = z
  .strictObject({
    version: z.literal(1, 'must be 1').describe('Version of this format.'),
    description: z.string().max(2000).optional().describe('For people.'),
    environment: z.string().min(1).max(100).optional().describe('Environment that is checked when none is named.'),
    read: readOptions.prefault({}),
    datasets: z.record(z.string().min(1).max(200), dataSet).default({}).describe('Other data that checks refer to.'),
    defaults: z
      .strictObject({
        severity: z.enum(severities).default('error'),
        samples: z.int().min(0).max(100).default(5).describe('Failing rows that a check shows. All are counted.'),
      })
      .prefault({})
      .describe('What holds where a check says nothing else.'),
    schema: schemaSpec.optional(),
    checks: z.array(listedCheck).max(2000).default([]).describe('Checks beyond those of single columns.'),
    drift: driftSettings
      .nullable()
      .optional()
      .describe('Compare distributions with a reference. Empty for the defaults.'),
  })
  .describe('What is expected of a data set.')

export type ChecksFile = z.infer<typeof checksSchema>
export type ListedCheck = ChecksFile['checks'][number]
