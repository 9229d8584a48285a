import { z } from 'zod'
import { modelVersionSchema } from '../registry/model-version.ts'

/** What became of a publication. */

const { model, version, state, bundle, content, run } = modelVersionSchema.shape

const channelResult = z.object({
  channel: z.enum(['directory', 'oci', 'github-release']),
  state: z.enum(['pending', 'published']),
  location: z.string().optional(),
  digest: z.string().optional(),
  /** Why it is pending, as one sentence, with its stable name and what to do about it. */
  problem: z.object({ code: z.string(), message: z.string(), help: z.string().optional() }).optional(),
})

export const publishResultSchema = z.object({
  schema: z.literal('modelgate/publication@1'),
  exitCode: z.int(),
  /** `unchanged`: it was published before; `incomplete`: some channel is pending, and the next run goes on. */
  outcome: z.enum(['published', 'unchanged', 'incomplete']),
  model,
  version,
  state,
  bundle,
  content,
  run,
  /** By the name of the channel in modelgate.yaml. */
  channels: z.record(z.string(), channelResult),
  /** Sentences about what was noticed beside it. */
  notes: z.array(z.string()),
})

export type PublishResult = z.infer<typeof publishResultSchema>
export type ChannelResult = z.infer<typeof channelResult>
