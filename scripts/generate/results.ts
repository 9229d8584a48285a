import { z } from 'zod'
import { comparisonSchema } from '../../src/compare/comparison.ts'
import { verdictSchema } from '../../src/gate/verdict.ts'
import {
  historyBestSchema,
  historyCompactSchema,
  historyListSchema,
  historyShowSchema,
  historyTrendSchema,
} from '../../src/history/history-json.ts'
import { publishResultSchema } from '../../src/pipeline/publish-result.ts'
import { readingSchema } from '../../src/readers/reading-schema.ts'
import { runRecordSchema } from '../../src/record/run-record.ts'
import { manifestSchema } from '../../src/registry/bundle/manifest.ts'
import { modelVersionSchema } from '../../src/registry/model-version.ts'
import { historyJsonSchema, modelJsonSchema, modelsJsonSchema } from '../../src/registry/models-json.ts'
import { promotionSchema } from '../../src/registry/promotion.ts'
import { scanReportSchema } from '../../src/registry/scan/file-scan.ts'
import { stageChangeSchema } from '../../src/report/stage-change.ts'

/** JSON Schemas of what commands print and what a run leaves behind, by the name of their file. */
export function resultSchemas(): Map<string, string> {
  const schemas: [string, z.ZodType, string][] = [
    ['run', runRecordSchema, 'run.json: what a run was made of and measured'],
    ['comparison', comparisonSchema, 'comparison.json: two runs side by side'],
    ['verdict', verdictSchema, 'verdict.json: what the gate says of a comparison'],
    ['model-manifest', manifestSchema, 'model-manifest.json: what a bundle holds'],
    ['reading', readingSchema, 'What modelgate read --json prints'],
    ['publication', publishResultSchema, 'What modelgate publish --json prints'],
    ['scan', scanReportSchema, 'What modelgate scan --json prints'],
    ['history-list', historyListSchema, 'What modelgate history list --json prints'],
    [
      'history-entry',
      historyShowSchema,
      'What modelgate history show --json prints, and each line of modelgate history export',
    ],
    ['history-best', historyBestSchema, 'What modelgate history best --json prints'],
    ['history-trend', historyTrendSchema, 'What modelgate history trend --json prints'],
    ['history-compact', historyCompactSchema, 'What modelgate history compact --json prints'],
    ['model-version', modelVersionSchema, 'version.json: a version of a registered model'],
    ['promotion', promotionSchema, 'promotion.json: a change of a stage'],
    ['models', modelsJsonSchema, 'What modelgate models list --json prints'],
    ['model', modelJsonSchema, 'What modelgate models show --json prints'],
    ['model-history', historyJsonSchema, 'What modelgate models history --json prints'],
    ['stage-change', stageChangeSchema, 'What modelgate promote, rollback and unassign print with --json'],
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
