import { z } from 'zod'
import { ModelgateError } from '../../base/error.ts'
import { findRepeatedKey } from '../../readers/json-keys.ts'
import { predicateType, rootDigest, statementType } from './statement.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)

const statementSchema = z.object({
  _type: z.literal(statementType),
  subject: z.tuple([z.object({ name: z.string(), digest: z.object({ sha256: hex }) })]),
  predicateType: z.literal(predicateType),
  predicate: z.object({
    serialization: z.object({
      method: z.enum(['files', 'shards']),
      hash_type: z.literal('sha256'),
      allow_symlinks: z.boolean().default(false),
      ignore_paths: z.array(z.string()).max(10_000).default([]),
      // Some writers of JSON have numbers of protocol buffers as texts.
      shard_size: z.coerce.number().int().positive().optional(),
    }),
    resources: z.array(
      z.object({
        name: z.string().min(1),
        digest: hex,
        algorithm: z.string().regex(/^sha256(?:-sharded-\d+)?$/, 'is not sha256'),
      }),
    ),
  }),
})

/** What a signature says of a folder. Names are as they stand there: those of shards end in `:<start>:<end>`. */
export type SignedContent = {
  name: string
  method: 'files' | 'shards'
  allowSymlinks: boolean
  ignored: string[]
  resources: { name: string; digest: string }[]
}

/**
 * Reads a statement of OpenSSF Model Signing v1.0 and holds its subject against its list: in the order of the list, whatever that is, for tools sort the
 * names of shards differently. Throws `signature/statement`.
 */
export function readStatement(bytes: Uint8Array, file: string): SignedContent {
  const refused = (problem: string): ModelgateError =>
    new ModelgateError({
      code: 'signature/statement',
      message: `What was signed is no statement of OpenSSF Model Signing v1.0: ${problem}.`,
      place: { file },
      help: 'Sign the model again with a current tool.',
    })
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    throw refused('it is not valid JSON')
  }
  if (findRepeatedKey(text) !== undefined) throw refused('it has a key twice')
  const parsed = statementSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refused(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.slice(0, 300))
  }
  const { subject, predicate } = parsed.data
  const { resources, serialization } = predicate
  if (new Set(resources.map(({ name }) => name)).size !== resources.length) throw refused('it names a file twice')
  if (rootDigest(resources) !== subject[0].digest.sha256) throw refused('its digest is not that of its list')
  return {
    name: subject[0].name,
    method: serialization.method,
    allowSymlinks: serialization.allow_symlinks,
    ignored: serialization.ignore_paths,
    resources: resources.map(({ name, digest }) => ({ name, digest })),
  }
}
