import { z } from 'zod'
import { gateSummarySchema } from './gate-summary.ts'
import { bundleDigest, type ModelVersion, modelVersionSchema, versionText } from './model-version.ts'

/** What a stage of a model stands for, and how it came to: one record for each change, in a chain that only grows. */

/**
 * How somebody was entitled to it. `token`: by a token that may write to the repository, and nobody else was asked. `local`: the same outside of GitHub
 * Actions, by whatever git has there.
 */
export const approvalPath = z.enum(['environment', 'pull-request', 'comment', 'token', 'local'])

export const promotionSchema = z.object({
  schema: z.literal('modelgate/promotion@1'),
  model: z.string(),
  stage: z.string(),
  /** `unassign`: the stage stands for nothing from here on; `deprecate`: it stands for the same version, which nobody should use any more. */
  action: z.enum(['promote', 'rollback', 'unassign', 'deprecate']),
  version: versionText,
  bundle: bundleDigest,
  /** Digest of the model as the run recorded it. */
  content: bundleDigest,
  run: modelVersionSchema.shape.run,
  /** What the stage stood for before, with the commit of its record. */
  previous: z.object({ version: versionText, bundle: bundleDigest, record: z.string() }).nullable(),
  who: z.object({ actor: z.string(), approvers: z.array(z.string()), via: approvalPath }),
  when: z.iso.datetime(),
  why: z.string(),
  /** The verdict that allowed it. */
  gate: gateSummarySchema,
  lineage: modelVersionSchema.shape.lineage,
  signature: modelVersionSchema.shape.signature,
  /** Where its files are. */
  locations: z.array(z.string()),
})

export type Promotion = z.infer<typeof promotionSchema>
export type ApprovalPath = z.infer<typeof approvalPath>
export type Who = Promotion['who']

/** A promotion as the chain of its stage has it. `id`: its commit, which the next one must follow. */
export type StoredPromotion = { id: string; record: Promotion }

export type PromotionFacts = Pick<Promotion, 'stage' | 'action' | 'who' | 'when' | 'why'> & {
  version: ModelVersion
  /** The verdict that it is about, when that is newer than the one of the version. */
  gate?: ModelVersion['gate']
  previous: StoredPromotion | undefined
}

/** The record of a change of a stage. Pure. */
export function promotionOf({ version, gate, previous, ...facts }: PromotionFacts): Promotion {
  const { model, bundle, content, run, signature, lineage } = version
  return {
    schema: 'modelgate/promotion@1',
    model,
    ...facts,
    version: version.version,
    bundle,
    content,
    run,
    previous:
      previous === undefined
        ? null
        : { version: previous.record.version, bundle: previous.record.bundle, record: previous.id },
    gate: gate ?? version.gate,
    ...(lineage === undefined ? {} : { lineage }),
    signature,
    locations: Object.values(version.channels).flatMap(({ location }) => location ?? []),
  }
}
