import { Command } from 'commander'
import { exitCodes } from '../../base/error.ts'
import { prettyJson } from '../../base/json.ts'
import type { CliIo } from '../io.ts'
import { type NamedFlags, withEngine, withNames, withReading } from './options.ts'

/** `data drift`: how far data are from a reference. */
export function dataDriftCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('drift')
    .summary('Find columns that drifted from a reference.')
    .description('Compare the distribution of every column with a reference.')
    .argument('<reference>', 'data, or a profile that `modelgate data profile --out` wrote')
    .argument('<current>', 'the data to judge')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 no drift (warnings included), 10 drifted, 2 data or options, 1 modelgate failed.',
    )
  return withEngine(withReading(withNames(command))).action(
    async (reference: string, current: string, flags: NamedFlags & { json?: boolean }) => {
      const { namedRequest, readingOptions } = await import('./requests.ts')
      const request = await namedRequest(io, signal, flags, process.cwd())
      const { driftData } = await import('../../data/questions.ts')
      const read = readingOptions(flags)
      const named = (path: string) => ({ name: path, path, read })
      const drift = await driftData(request, named(reference), named(current))
      if (flags.json === true) io.out(prettyJson({ schema: 'modelgate/drift@1', ...drift }))
      else {
        const { renderDrift } = await import('../../report/data/drift-terminal.ts')
        io.out(renderDrift(drift, current, io.colour.out))
      }
      finish(drift.verdict === 'fail' ? exitCodes.blocked : exitCodes.pass)
    },
  )
}

/** `data diff`: which rows and columns changed. */
export function dataDiffCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('diff')
    .summary('Find rows and columns that changed.')
    .description('Compare two versions of a data set: rows added, removed and changed, columns added and removed.')
    .argument('<before>', 'the data as they were')
    .argument('<after>', 'the data as they are')
    .option('--key <columns>', 'columns that identify a row, separated by commas (default: whole rows are compared)')
    .option('--samples <number>', 'rows to show of each kind, at most 100', '5')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText('after', '\nExit code: 0 whatever changed, 2 data or options, 1 modelgate failed.')
  return withEngine(withReading(withNames(command))).action(
    async (before: string, after: string, flags: NamedFlags & { key?: string; samples: string; json?: boolean }) => {
      const { namedRequest, namesIn, readingOptions, wholeNumber } = await import('./requests.ts')
      const samples = wholeNumber('--samples', flags.samples, 100)
      const request = await namedRequest(io, signal, flags, process.cwd())
      const { diffBetween } = await import('../../data/questions.ts')
      const read = readingOptions(flags)
      const named = (path: string) => ({ name: path, path, read })
      const key = namesIn(flags.key ?? '')
      const diff = await diffBetween({ ...request, key, samples }, named(before), named(after))
      if (flags.json === true) io.out(prettyJson(diff))
      else {
        const { renderDiff } = await import('../../report/data/diff-terminal.ts')
        io.out(renderDiff(diff, io.colour.out))
      }
      finish(exitCodes.pass)
    },
  )
}
