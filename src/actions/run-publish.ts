import { setSecret } from '@actions/core'
import { ModelgateError } from '../base/error.ts'
import { formatBytes } from '../base/number-text.ts'
import { instanceFor } from '../github/sigstore-instance.ts'
import { readVisibility } from '../github/visibility.ts'
import { actorOf } from '../pipeline/actor.ts'
import { chooseSigner } from '../pipeline/choose-signer.ts'
import { type GithubTarget, githubTarget, openChannels } from '../pipeline/open-channels.ts'
import { publishModel } from '../pipeline/publish-model.ts'
import type { PublishObserver } from '../pipeline/publish-request.ts'
import type { PublishResult } from '../pipeline/publish-result.ts'
import { openStateStore } from '../refs/open-state-store.ts'
import type { Bundle } from '../registry/bundle/bundle.ts'
import type { VersionBump } from '../registry/version-name.ts'
import { publicationMarkdown } from '../report/publication.ts'
import { notice } from './annotate.ts'
import { readEvent } from './base.ts'
import { writeSummary } from './publish-report.ts'
import { logLine, reportError, setOutputs } from './step.ts'

export type PublishInputs = {
  run: string | undefined
  version: string | undefined
  bump: VersionBump | undefined
  channels: string[] | undefined
  remote: string | undefined
  config: string | undefined
  token: string
  summary: boolean
}

/** Publishes, and tells log, outputs and job summary. Throws `publish/pull-request`, and what `publishModel` throws. */
export async function runPublish(inputs: PublishInputs, signal: AbortSignal): Promise<void> {
  const context = await readEvent()
  if (context?.pullRequest !== undefined) {
    throw new ModelgateError({
      code: 'publish/pull-request',
      message: 'Models are published from branches, and this job is of a pull request.',
      help: 'Run this action in a workflow for `on: push` to the default branch.',
    })
  }
  const env: NodeJS.ProcessEnv = { ...process.env, GITHUB_TOKEN: inputs.token }
  // Whatever put it into the environment may not have masked it.
  if (env.MODELGATE_OCI_PASSWORD) setSecret(env.MODELGATE_OCI_PASSWORD)
  const visibility = await readVisibility(env)
  const signer = await chooseSigner({ env, mask: setSecret, ...(visibility === undefined ? {} : { visibility }) })
  const { run, version, bump, config, remote, token } = inputs
  const github = githubTarget(env, token)
  const workingDirectory = process.cwd()
  const store = await openStateStore({ workingDirectory, signal, token, ...(remote === undefined ? {} : { remote }) })
  try {
    const result = await publishModel({
      workingDirectory,
      store,
      by: await actorOf(workingDirectory, env),
      now: new Date(),
      signal,
      observer: logObserver(),
      openChannels: (loaded) => openChannels(loaded, inputs.channels, { env, github }),
      after: (bundle, done) => attested(bundle, done, github, env, visibility),
      ...(run === undefined ? {} : { run }),
      ...(version === undefined ? {} : { version }),
      ...(bump === undefined ? {} : { bump }),
      ...(config === undefined ? {} : { config }),
      ...(signer === undefined ? {} : { signer }),
    })
    await tell(result, inputs.summary)
  } finally {
    await store.close()
  }
}

/** Says with GitHub which workflow made it, where the job may. Notes about what came of that. */
async function attested(
  bundle: Bundle,
  { channels }: PublishResult,
  github: GithubTarget | undefined,
  env: NodeJS.ProcessEnv,
  visibility: string | undefined,
): Promise<string[]> {
  if (github === undefined) return []
  const [{ attestBundle }, { createClient }] = await Promise.all([
    import('../github/attest.ts'),
    import('../github/client.ts'),
  ])
  const { owner, repo, token, apiUrl } = github
  const published = Object.values(channels).flatMap(({ channel, location, digest }) =>
    channel !== 'oci' || location === undefined || digest === undefined
      ? []
      : [{ name: location.replace(/@.*$/, ''), digest }],
  )
  const answer = await attestBundle({
    bundle,
    published,
    client: await createClient({ token, apiUrl }),
    where: { owner, repo },
    instance: instanceFor(visibility, env.GITHUB_SERVER_URL ?? 'https://github.com'),
    env,
    mask: setSecret,
  })
  return [answer.state === 'attested' ? `Attested: ${answer.url ?? 'stored with the repository'}.` : answer.explanation]
}

async function tell(result: PublishResult, withSummary: boolean): Promise<void> {
  const { outcome, model, version, bundle, channels, notes } = result
  const found = Object.entries(channels).flatMap(([name, { location }]) =>
    location === undefined ? [] : [[name, location]],
  )
  setOutputs({ outcome, model, version, bundle, locations: JSON.stringify(Object.fromEntries(found)) })
  logLine(`${model} ${version}: ${outcome}, bundle ${bundle}`)
  for (const [name, location] of found) logLine(`  ${name}: ${location}`)
  for (const note of notes) notice(note)
  for (const { problem } of Object.values(channels)) if (problem !== undefined) reportError(errorOf(problem))
  if (withSummary) await writeSummary(() => publicationMarkdown(result))
  process.exitCode = result.exitCode
}

function errorOf({
  code,
  message,
  help,
}: {
  code: string
  message: string
  help?: string | undefined
}): ModelgateError {
  return new ModelgateError({ code, message, ...(help === undefined ? {} : { help }) })
}

/** A line for each step, and for each tenth of the bytes. */
function logObserver(): PublishObserver {
  let last = ''
  return {
    step: (name, channel) => {
      last = ''
      logLine(channel === undefined ? name : `${name} ${channel}`)
    },
    bytes: (channel, sent, total) => {
      const tenth = `${channel} ${total === 0 ? 10 : Math.floor((10 * sent) / total)}`
      if (tenth !== last) logLine(`  ${channel}: ${formatBytes(sent)} of ${formatBytes(total)}`)
      last = tenth
    },
  }
}
