import { basename, posix } from 'node:path'
import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { configFileName, type LoadedConfig, parseConfig } from '../config/load.ts'
import { readApiError } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** The path of the configuration for an input that names the file or its folder. */
export function remoteConfigPath(input: string): string {
  const path = posix.normalize(input).replace(/^\/+|\/+$/g, '')
  return /\.ya?ml$/i.test(path) ? path : posix.join(path, configFileName)
}

const file = z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })

/**
 * The configuration as it stands at a commit or branch, read over the API: nothing is checked out. Undefined when there is none. Rejects with
 * Octokit's error, with `config/not-a-file`, or with what `parseConfig` says of the text.
 */
export async function readRemoteConfig(
  client: Client,
  where: RepositoryName,
  path: string,
  ref: string,
): Promise<LoadedConfig | undefined> {
  try {
    const { data } = await client.rest.repos.getContent({ ...where, path, ref })
    const parsed = file.safeParse(data)
    if (!parsed.success) {
      throw new ModelgateError({
        code: 'config/not-a-file',
        message: `${basename(path)} is a symbolic link, a folder or too large for a configuration.`,
        place: { file: path },
        help: 'Make it a regular file.',
      })
    }
    return parseConfig(Buffer.from(parsed.data.content, 'base64').toString('utf8'), path, '.')
  } catch (error) {
    if (readApiError(error)?.status === 404) return undefined
    throw error
  }
}
