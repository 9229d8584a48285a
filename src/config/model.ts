import { z } from 'zod'
import { path } from './values.ts'

/** The model that a pipeline makes, and where it is published: `model` and `publish` of modelgate.yaml. */

/** Names that are safe in refs, tags, release files and repositories alike. */
export const modelNamePattern = /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/

/** Name of a registered model. Used in refs, tags, releases and folders. */
export const modelName = z
  .string()
  .regex(
    modelNamePattern,
    'must be of lower-case letters, digits, `.`, `_` and `-`, and begin and end with a letter or digit',
  )
  .refine((name) => !name.includes('..') && !name.endsWith('.lock'), 'must not hold `..` or end with `.lock`')

export const model = z
  .strictObject({
    name: modelName.optional().describe('Name of the registered model; the name of the pipeline without it.'),
    path: path.describe('File or folder of the model: one of the `outs` of a stage, or inside one.'),
    versions: z
      .enum(['semver', 'calendar'])
      .default('semver')
      .describe('How versions are numbered: `1.4.0`, or by day, `2026.11.23`.'),
    license: z.string().min(1).max(100).optional().describe('Licence of the model for its card, such as `apache-2.0`.'),
    'allow-globals': z
      .array(z.string().min(1).max(300))
      .max(1000)
      .default([])
      .describe(
        'What a pickled model may import beside the known ones, such as `sklearn.tree._tree.Tree` or `mypackage.*`. Named in the card.',
      ),
  })
  .describe('The model that is published, promoted and rolled back.')

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** `ghcr.io/acme/churn`: host and name, without a tag. */
export function isOciRepository(text: string): boolean {
  const slash = text.indexOf('/')
  const registry = text.slice(0, Math.max(0, slash))
  const isHost = hostPattern.test(registry) && (/[.:]/.test(registry) || registry === 'localhost')
  return isHost && pathPattern.test(text.slice(slash + 1))
}

const channelKinds = ['directory', 'oci', 'github-release'] as const

const channel = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .max(1024)
      .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters')
      .optional()
      .describe(
        'Folder, such as a file share: one folder for each model and version. Relative to modelgate.yaml, or absolute.',
      ),
    oci: z
      .string()
      .min(1)
      .max(255)
      .refine(
        isOciRepository,
        'must be host and name of a repository in lower case, without a tag and without `https://`, such as `ghcr.io/acme/churn`',
      )
      .optional()
      .describe('Repository of an OCI registry, such as `ghcr.io/acme/churn`: one tag for each version.'),
    'github-release': z
      .boolean()
      .refine((value) => value, 'must be true, or be left out')
      .optional()
      .describe('A release of this repository for each version.'),
  })
  .refine((value) => channelKinds.filter((kind) => value[kind] !== undefined).length === 1, {
    message: `must have exactly one of ${channelKinds.join(', ')}`,
  })
  .describe('A place where versions are published.')

export const publish = z
  .strictObject({
    channels: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be of lower-case letters, digits, `_` and `-`'),
        channel,
      )
      .default({})
      .describe('Channels by name.'),
  })
  .describe('Where the model is published.')

export type ModelConfig = z.infer<typeof model>
export type ChannelConfig = z.infer<typeof channel>
