import { z } from 'zod'
import { comparisonSchema } from '../../src/compare/comparison.ts'
import { verdictSchema } from '../../src/gate/verdict.ts'
import { readingSchema } from '../../src/readers/reading-schema.ts'
import { runRecordSchema } from '../../src/record/run-record.ts'
import { scanReportSchema } from '../../src/registry/scan/file-scan.ts'

/** JSON Schemas of what commands print and what a run leaves behind, by the name of their file. */
export function resultSchemas(): Map<string, string> {
  const schemas: [string, z.ZodType, string][] = [
    ['run', runRecordSchema, 'run.json: what a run was made of and measured'],
    ['comparison', comparisonSchema, 'comparison.json: two runs side by side'],
    ['verdict', verdictSchema, 'verdict.json: what the gate says of a comparison'],
    ['reading', readingSchema, 'What modelgate read --json prints'],
    ['scan', scanReportSchema, 'What modelgate scan --json prints'],
  ]
  return new Map(
    schemas.map(([name, schema, title]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, {
        io: 'output',
        unrepresentable: 'any',
        // Fields may be added: a reader that refuses them would break.
        override: ({ jsonSchema }) => {
          if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
        },
      })
      return [`schema/${name}.schema.json`, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`]
    }),
  )
}
