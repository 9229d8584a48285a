import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { Command } from 'commander'
import { exitCodes } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import { readTextFile } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { plural } from '../base/number-text.ts'
import type { Verification } from '../registry/bundle/verify-bundle.ts'
import type { CliIo } from './io.ts'
import { stillRunning } from './still-running.ts'

type VerifyFlags = { key?: string; signature?: string; json?: boolean }

/** Files that are named; the rest is counted. */
const mostNamed = 10

/** `verify`: a bundle, or any model with an OpenSSF signature. */
export function verifyCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('verify')
    .description('Hold a bundle against its manifest, its checksums and its signature.')
    .argument('<path>', 'folder of a bundle, or a model that was signed by OpenSSF Model Signing')
    .option('--key <file>', 'public key (PEM): the signature is required, and has to be by it')
    .option('--signature <file>', 'the signature (default: model.sig in the folder, or <file>.sig)')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText('after', '\nExit code: 0 it holds, 10 it does not, 2 there is nothing to verify, 1 modelgate failed.')
    .action(async (path: string, flags: VerifyFlags) => {
      const [{ verifyBundle }, { readPublicKey }] = await Promise.all([
        import('../registry/bundle/verify-bundle.ts'),
        import('../registry/signature/keys.ts'),
      ])
      const key =
        flags.key === undefined
          ? undefined
          : readPublicKey(await readTextFile(resolve(flags.key), { what: 'The public key', shown: flags.key }))
      const running = stillRunning(io, 'verify')
      const result = await verifyBundle({
        path: resolve(path),
        ...(key === undefined ? {} : { key }),
        ...(flags.signature === undefined ? {} : { signature: resolve(flags.signature) }),
      }).finally(running.end)
      const exitCode = result.holds ? exitCodes.pass : exitCodes.blocked
      io.out(flags.json === true ? prettyJson({ ...result, exitCode }) : renderVerification(result, io.colour.out))
      finish(exitCode)
    })
}

function renderVerification({ holds, model, files, signature, problems }: Verification, colour: boolean): string {
  const paint = (style: 'green' | 'red', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const name = model === undefined ? '' : ` ${oneLine(`${model.name} ${model.version}`)}`
  const heading = holds ? paint('green', `✔ holds:${name}`) : paint('red', `✖ does not hold:${name}`)
  const named = problems
    .slice(0, mostNamed)
    .map(({ file, message }) => `  ${oneLine(file === undefined ? message : `${file} ${message}`)}`)
  const more = problems.length > mostNamed ? [`  and ${problems.length - mostNamed} more`] : []
  // What does not hold says nothing: neither verdict nor signature is of these files.
  const about = [
    ...(model === undefined ? [] : [`  digest     ${model.digest}`, `  verdict    ${oneLine(model.verdict ?? '')}`]),
    `  signature  ${oneLine(signature.explanation)}`,
  ]
  return `${[
    `${heading}${name === '' ? ' ' : ', '}${plural(files, 'file')}`,
    ...named,
    ...more,
    ...(holds ? about : ['  Use none of these files: fetch or make them again.']),
  ].join('\n')}\n`
}
