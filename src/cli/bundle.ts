import { resolve } from 'node:path'
import { Command } from 'commander'
import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import { formatBytes, plural } from '../base/number-text.ts'
import type { CliIo } from './io.ts'
import { stillRunning } from './still-running.ts'

type BundleFlags = {
  config?: string
  run?: string
  out?: string
  modelVersion?: string
  signKey?: string
  json?: boolean
}

/** `bundle`: the folder that would be published, made by hand. */
export function bundleCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return new Command('bundle')
    .description('Make the bundle of a run that passed its gate: model, card, evidence, checksums and signature.')
    .option('--run <record>', 'run.json or its folder (default: the newest run of this project)')
    .option('--model-version <version>', 'version of the model, such as 1.4.0 (default: the id of the run)')
    .option('--out <folder>', 'folder to make (default: <model>-<version>)')
    .option('--sign-key <file>', 'private key (PEM) to sign with (default: MODELGATE_SIGNING_KEY, else no signature)')
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards)')
    .option('--json', 'print the bundle as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 made, 10 the gate or the scan stopped the model, 2 configuration or input, 1 modelgate failed.',
    )
    .action(async (flags: BundleFlags) => {
      const [{ makeBundle }, { chooseSigner }] = await Promise.all([
        import('../pipeline/make-bundle.ts'),
        import('../pipeline/choose-signer.ts'),
      ])
      const signer = await chooseSigner({
        env: process.env,
        ...(flags.signKey === undefined ? {} : { keyFile: resolve(flags.signKey) }),
      })
      const running = stillRunning(io, 'bundle')
      const { bundle } = await makeBundle({
        workingDirectory: process.cwd(),
        signal,
        ...(flags.config === undefined ? {} : { config: flags.config }),
        ...(flags.run === undefined ? {} : { run: flags.run }),
        ...(flags.out === undefined ? {} : { out: flags.out }),
        ...(flags.modelVersion === undefined ? {} : { version: flags.modelVersion }),
        ...(signer === undefined ? {} : { signer }),
      }).finally(running.end)
      const bytes = bundle.files.reduce((sum, file) => sum + file.bytes, 0)
      io.out(
        flags.json === true
          ? prettyJson({ schema: 'modelgate/bundle@1', exitCode: exitCodes.pass, bundle })
          : `${bundle.summary}\nBundle: ${bundle.folder} (${plural(bundle.files.length, 'file')}, ${formatBytes(bytes)})\nDigest: ${bundle.digest}\n`,
      )
      finish(exitCodes.pass)
    })
}
