import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { oneLine } from '../base/escape.ts'
import { prettyJson } from '../base/json.ts'
import { formatBytes } from '../base/number-text.ts'
import type { PublishObserver } from '../pipeline/publish-request.ts'
import type { PublishResult } from '../pipeline/publish-result.ts'
import type { VersionBump } from '../registry/version-name.ts'
import type { CliIo } from './io.ts'
import { type StillRunning, stillRunning } from './still-running.ts'

type PublishFlags = {
  run?: string
  config?: string
  modelVersion?: string
  bump?: VersionBump
  channel?: string[]
  remote?: string
  signKey?: string
  plainHttp?: boolean
  json?: boolean
}

/** `publish`: the model of a run that passed its gate, to the channels of modelgate.yaml. */
export function publishCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return new Command('publish')
    .description('Publish the model of a run that passed its gate. Run again, it goes on where it stopped.')
    .option('--run <record>', 'run.json or its folder (default: the newest run of this project)')
    .option('--model-version <version>', 'version of the model, such as 1.4.0 (default: the next)')
    .addOption(new Option('--bump <part>', 'part by which the next version grows').choices(['patch', 'minor', 'major']))
    .option(
      '--channel <name>',
      'only to this channel of modelgate.yaml; may be given several times',
      (name: string, names: string[] = []) => [...names, name],
    )
    .option('--remote <remote>', 'repository that keeps the versions (default: origin, else this repository)')
    .option('--sign-key <file>', 'private key (PEM) to sign with (default: MODELGATE_SIGNING_KEY, else no signature)')
    .option('--plain-http', 'unencrypted HTTP to registries, in a network of your own')
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards)')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 published, 10 the gate or the scan stopped the model, 2 configuration, input or access, 130 cancelled, 1 a channel or modelgate failed.',
    )
    .action(async (flags: PublishFlags) => {
      const [{ publishModel }, { openChannels, githubTarget }, { openStateStore }, { keySignerOf }, { actorOf }] =
        await Promise.all([
          import('../pipeline/publish-model.ts'),
          import('../pipeline/open-channels.ts'),
          import('../refs/open-state-store.ts'),
          import('../pipeline/choose-signer.ts'),
          import('../pipeline/actor.ts'),
        ])
      const { env } = process
      const token = env.GITHUB_TOKEN ?? ''
      const signer = await keySignerOf(env, flags.signKey === undefined ? undefined : resolve(flags.signKey))
      const store = await openStateStore({
        workingDirectory: process.cwd(),
        signal,
        token,
        ...(flags.remote === undefined ? {} : { remote: flags.remote }),
      })
      const observer = publishObserver(io)
      try {
        const result = await publishModel({
          workingDirectory: process.cwd(),
          store,
          by: await actorOf(process.cwd(), env),
          now: new Date(),
          signal,
          observer,
          openChannels: (loaded) =>
            openChannels(loaded, flags.channel, {
              env,
              github: githubTarget(env),
              plainHttp: flags.plainHttp === true,
            }),
          ...(flags.config === undefined ? {} : { config: flags.config }),
          ...(flags.run === undefined ? {} : { run: flags.run }),
          ...(flags.modelVersion === undefined ? {} : { version: flags.modelVersion }),
          ...(flags.bump === undefined ? {} : { bump: flags.bump }),
          ...(signer === undefined ? {} : { signer }),
        })
        observer.end()
        io.out(flags.json === true ? prettyJson(result) : renderPublication(result))
        finish(result.exitCode)
      } finally {
        observer.end()
        await store.close()
      }
    })
}

/** Steps and bytes on standard error: one line that changes on a terminal, every tenth elsewhere. */
function publishObserver(io: CliIo): PublishObserver & { end(): void } {
  let open = false
  let last = ''
  let running: StillRunning | undefined
  const end = (): void => {
    running?.end()
    if (open) io.err('\n')
    open = false
  }
  return {
    end,
    step: (name, channel) => {
      end()
      const shown = `${name}${channel === undefined ? '' : ` ${channel}`}`
      last = ''
      // An upload tells of its bytes.
      if (name === 'upload') return
      io.err(`${shown}\n`)
      running = stillRunning(io, shown)
    },
    bytes: (channel, sent, total) => {
      const tenths = total === 0 ? 10 : Math.floor((10 * sent) / total)
      const line = `upload ${channel}: ${formatBytes(sent)} of ${formatBytes(total)}`
      const shown = io.interactive ? line : `${channel} ${tenths}`
      if (shown === last) return
      last = shown
      io.err(io.interactive ? `\r${line.padEnd(60)}` : `${line}\n`)
      open = io.interactive
    },
  }
}

function renderPublication(result: PublishResult): string {
  const { outcome, model, version, bundle, run, channels, notes } = result
  const heading = {
    published: `✔ ${model} ${version} is published`,
    unchanged: `✔ ${model} ${version} was published before`,
    incomplete: `✖ ${model} ${version} is not published everywhere yet`,
  }[outcome]
  const lines = Object.entries(channels).flatMap(([name, { state, location, problem }]) => [
    `  ${name}: ${oneLine(location ?? state)}`,
    ...(problem === undefined ? [] : [`    ${oneLine(problem.message)} [${problem.code}]`]),
    ...(problem?.help === undefined ? [] : [`    ${oneLine(problem.help)}`]),
  ])
  const about = [`  run: ${oneLine(run.id)}`, `  bundle: ${bundle}`]
  return `${[heading, ...about, ...lines, ...notes.map((note) => `  ${oneLine(note)}`)].join('\n')}\n`
}
