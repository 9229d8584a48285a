import { resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { didYouMean } from '../base/suggest.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ChannelConfig } from '../config/model.ts'
import type { Channel } from '../registry/channels/channel.ts'
import { prepareStateFolder } from './state-folder.ts'
import { uploadSessions } from './upload-sessions.ts'

/** The repository on GitHub whose releases are written. */
export type GithubTarget = { owner: string; repo: string; token: string; apiUrl: string }

export type ChannelOptions = {
  env: NodeJS.ProcessEnv
  /** Undefined where nobody said which repository it is. */
  github: GithubTarget | undefined
  /** Unencrypted HTTP to registries other than this machine. */
  plainHttp?: boolean
}

/** A channel of modelgate.yaml, under its name there. */
export type NamedChannel = { name: string; channel: Channel }

/**
 * The channels of a configuration: those named, or all. Throws `publish/no-channels`, `publish/unknown-channel`, `publish/no-repository`,
 * `publish/one-login` and `channel/bad-repository`.
 */
export async function openChannels(
  loaded: LoadedConfig,
  named: readonly string[] | undefined,
  options: ChannelOptions,
): Promise<NamedChannel[]> {
  const known = loaded.config.publish?.channels ?? {}
  if (Object.keys(known).length === 0) {
    throw new ModelgateError({
      code: 'publish/no-channels',
      message: `${loaded.file} does not say where the model is published.`,
      place: { file: loaded.file },
      help: 'Add `publish: { channels: { release: { github-release: true } } }`, or a channel with `oci` or `directory`.',
    })
  }
  const chosen = [...new Set(named ?? Object.keys(known))].map((name): [string, ChannelConfig] => {
    const channel = known[name]
    if (channel !== undefined) return [name, channel]
    throw new ModelgateError({
      code: 'publish/unknown-channel',
      message: `There is no channel "${name}" in ${loaded.file}.`,
      place: { file: loaded.file },
      help: didYouMean(name, Object.keys(known)) ?? `It has ${Object.keys(known).join(', ')}.`,
    })
  })
  requireOneLogin(chosen, options.env)
  return await Promise.all(
    chosen.map(async ([name, config]) => ({ name, channel: await openChannel(loaded.root, config, options) })),
  )
}

async function openChannel(root: string, config: ChannelConfig, options: ChannelOptions): Promise<Channel> {
  if (config.directory !== undefined) {
    const { DirectoryChannel } = await import('../registry/channels/directory.ts')
    return new DirectoryChannel(resolve(root, config.directory), config.directory)
  }
  if (config.oci !== undefined) {
    const { OciChannel } = await import('../registry/channels/oci/oci.ts')
    const sessions = uploadSessions(fileIn(await prepareStateFolder(root), 'uploads.json'), config.oci)
    const { env, plainHttp = false } = options
    return new OciChannel(config.oci, { env, plainHttp, sessions })
  }
  const { env, github } = options
  if (github === undefined) {
    throw new ModelgateError({
      code: 'publish/no-repository',
      message: 'It is not known which repository on GitHub gets the release.',
      help: 'Set GITHUB_REPOSITORY to `owner/name` and GITHUB_TOKEN to a token that may write its contents.',
    })
  }
  const [{ createClient }, { createReleaseClient }, { GithubReleaseChannel }] = await Promise.all([
    import('../github/client.ts'),
    import('../github/release-client.ts'),
    import('../registry/channels/github-release/github-release.ts'),
  ])
  const { owner, repo, token, apiUrl } = github
  const client = await createClient({ token, apiUrl })
  return new GithubReleaseChannel(createReleaseClient({ client, owner, repo, token, env }))
}

/** One login in the environment is for one registry: no other is to see it. */
function requireOneLogin(chosen: readonly [string, ChannelConfig][], env: NodeJS.ProcessEnv): void {
  const registries = new Set(chosen.flatMap(([, { oci }]) => (oci === undefined ? [] : [oci.split('/')[0]])))
  if (registries.size < 2 || !env.MODELGATE_OCI_PASSWORD) return
  throw new ModelgateError({
    code: 'publish/one-login',
    message: `MODELGATE_OCI_PASSWORD is one login, but the channels are of ${registries.size} registries.`,
    help: 'Log in to each with `docker login` in place of the variable, or publish to one at a time with --channel.',
  })
}

/** The repository that the environment of a job names; undefined outside of GitHub Actions. */
export function githubTarget(env: NodeJS.ProcessEnv, token = env.GITHUB_TOKEN): GithubTarget | undefined {
  const [owner = '', repo = '', rest] = (env.GITHUB_REPOSITORY ?? '').split('/')
  if (owner === '' || repo === '' || rest !== undefined || !token) return undefined
  return { owner, repo, token, apiUrl: env.GITHUB_API_URL || 'https://api.github.com' }
}
