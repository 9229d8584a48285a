import { z } from 'zod'
import type { ModelOverview } from './look.ts'
import { incumbentOf } from './model-stages.ts'
import { modelVersionSchema, versionState } from './model-version.ts'
import { promotionSchema, type StoredPromotion } from './promotion.ts'

/** What `modelgate models ... --json` prints. `record` is the commit of a record, `registry` where it lies. */

const record = z.string()
const unreadable = z.array(z.object({ ref: z.string(), problem: z.string() }))

export const modelsJsonSchema = z.object({
  schema: z.literal('modelgate/models@1'),
  registry: z.string(),
  models: z.array(
    z.object({
      model: z.string(),
      versions: z.int().nonnegative(),
      newest: z.object({ version: z.string(), state: versionState }).nullable(),
      /** What each stage stands for; null for nothing. */
      stages: z.record(z.string(), z.string().nullable()),
      unreadable,
    }),
  ),
})

export const modelJsonSchema = z.object({
  schema: z.literal('modelgate/model@1'),
  registry: z.string(),
  model: z.string(),
  /** Oldest first. */
  versions: z.array(modelVersionSchema.extend({ record })),
  stages: z.array(z.object({ stage: z.string(), version: z.string().nullable(), record, promotion: promotionSchema })),
  unreadable,
})

export const historyJsonSchema = z.object({
  schema: z.literal('modelgate/model-history@1'),
  registry: z.string(),
  model: z.string(),
  /** Newest first. */
  records: z.array(z.object({ record, promotion: promotionSchema })),
})

export function modelsJson(models: readonly ModelOverview[], registry: string): z.infer<typeof modelsJsonSchema> {
  return {
    schema: 'modelgate/models@1',
    registry,
    models: models.map((overview) => {
      const { model, versions, stages } = overview
      const newest = versions.versions.at(-1)?.record
      return {
        model,
        versions: versions.versions.length,
        newest: newest === undefined ? null : { version: newest.version, state: newest.state },
        stages: Object.fromEntries(
          stages.stages.map(({ stage, head }) => [stage, incumbentOf(head)?.record.version ?? null]),
        ),
        unreadable: unreadableOf(overview),
      }
    }),
  }
}

export function modelJson(overview: ModelOverview, registry: string): z.infer<typeof modelJsonSchema> {
  const { model, versions, stages } = overview
  return {
    schema: 'modelgate/model@1',
    registry,
    model,
    versions: versions.versions.map(({ id, record: version }) => ({ ...version, record: id })),
    stages: stages.stages.map(({ stage, head }) => ({
      stage,
      version: incumbentOf(head)?.record.version ?? null,
      record: head.id,
      promotion: head.record,
    })),
    unreadable: unreadableOf(overview),
  }
}

export function historyJson(
  records: readonly StoredPromotion[],
  model: string,
  registry: string,
): z.infer<typeof historyJsonSchema> {
  const shown = records.map(({ id, record: promotion }) => ({ record: id, promotion }))
  return { schema: 'modelgate/model-history@1', registry, model, records: shown }
}

function unreadableOf({ versions, stages }: ModelOverview): z.infer<typeof unreadable> {
  return [
    ...versions.unreadable.map(({ version, problem }) => ({ ref: `version ${version}`, problem })),
    ...stages.unreadable.map(({ stage, problem }) => ({ ref: `stage ${stage}`, problem })),
  ]
}
