import { posix } from 'node:path'
import { configFileName, type LoadedConfig, parseConfig } from '../config/load.ts'
import type { Client } from './client.ts'
import { readTextAt } from './remote-file.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** The path of the configuration for an input that names the file or its folder. */
export function remoteConfigPath(input: string): string {
  const path = posix.normalize(input).replace(/^\/+|\/+$/g, '')
  return /\.ya?ml$/i.test(path) ? path : posix.join(path, configFileName)
}

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
  const text = await readTextAt(client, where, path, ref)
  return text === undefined ? undefined : parseConfig(text, path, '.')
}
