import { z } from 'zod'
import { digestPattern } from '../base/digest.ts'
import { commitId, gateSummarySchema, runId } from './gate-summary.ts'

/** A version of a registered model, as its ref `refs/modelgate/models/<model>/<version>` keeps it. */

/** Digest of a bundle or of a model. */
export const bundleDigest = z
  .templateLiteral(['sha256:', z.string()])
  .refine((text) => digestPattern.test(text), 'is no SHA-256 digest')

/** `staged`: reserved, not everywhere yet; `abandoned`: will not be finished, its number is used up. */
export const versionState = z.enum(['staged', 'published', 'deprecated', 'abandoned'])

/** Shown as it is, so nothing else may stand in it. What is a version is told by `isVersionName`. */
export const versionText = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,127}$/, 'is no version')

/** How far one channel is. `location`: where people find it, by digest where the channel has one. */
const publication = z.object({
  channel: z.enum(['directory', 'oci', 'github-release']),
  state: z.enum(['pending', 'published']),
  location: z.string().optional(),
  digest: z.string().optional(),
})

export const modelVersionSchema = z.object({
  schema: z.literal('modelgate/model-version@1'),
  model: z.string(),
  version: versionText,
  state: versionState,
  /** Digest of model-manifest.json, which names every other file by its digest. */
  bundle: bundleDigest,
  /** Digest of the model as the run recorded it. */
  content: bundleDigest,
  run: z.object({ id: runId, commit: commitId.optional() }),
  gate: gateSummarySchema,
  /** Digests of what the run was made of: data sets by name, parameters, and machine with dependencies. */
  lineage: z
    .object({ data: z.record(z.string(), bundleDigest), params: bundleDigest, environment: bundleDigest })
    .optional(),
  signature: z.enum(['none', 'key', 'sigstore']),
  /** By the name of the channel in modelgate.yaml. */
  channels: z.record(z.string(), publication),
  /** When this state was written, and by whom; `why` for a deprecation. */
  at: z.iso.datetime(),
  by: z.string(),
  why: z.string().optional(),
})

export type ModelVersion = z.infer<typeof modelVersionSchema>
export type Publication = z.infer<typeof publication>
export type VersionState = z.infer<typeof versionState>
