import { resolve } from 'node:path'
import { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { ModelgateError } from '../../base/error.ts'
import { oneLine } from '../../base/escape.ts'
import { writeFileAtomic } from '../../base/files.ts'
import { prettyJson } from '../../base/json.ts'
import type { CheckedDataSets, DataObserver, NamedCheck } from '../../pipeline/check-data-sets.ts'
import type { CliIo } from '../io.ts'
import { type EngineFlags, withEngine } from './options.ts'

type CheckFlags = EngineFlags & {
  checks?: string
  reference?: string
  environment?: string
  name?: string
  config?: string
  stage?: string
  out?: string
  json?: boolean
}

const help = `
Without data, the stages of modelgate.yaml with \`uses: validate-data\` are checked, all in one result.

Exit code: 0 passed (warnings included), 10 checks failed, 2 data, checks or options, 1 modelgate failed.`

/** `data check`: the checks of a file on one data set, or those of all data stages of modelgate.yaml. */
export function dataCheckCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('check')
    .description('Check data against a checks file.')
    .argument('[data]', 'file, folder or pattern: CSV, TSV, JSON Lines (also .gz and .zst) or Parquet')
    .option('--checks <file>', 'what is expected; `modelgate data suggest` writes a first version')
    .option('--reference <data>', 'data, or a profile of them, to compare with')
    .option('--environment <name>', 'only checks that are meant for this environment, such as training or serving')
    .option('--name <name>', 'what the data are called in the result (default: their path)')
    .option(
      '--config <path>',
      'modelgate.yaml or its folder, when no data are named (default: searched from here upwards)',
    )
    .option('--stage <names>', 'only these stages of modelgate.yaml, separated by commas')
    .option('--out <file>', 'also write the whole result as JSON to this file')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText('after', help)
  return withEngine(command).action(async (path: string | undefined, flags: CheckFlags) => {
    const workingDirectory = process.cwd()
    const data = namedData(path, flags)
    const [{ engineOptions, progressOn }, { checkDataSets, resultOf }] = await Promise.all([
      import('./requests.ts'),
      import('../../pipeline/check-data-sets.ts'),
    ])
    const engine = engineOptions(flags)
    const checked = await checkDataSets({
      workingDirectory,
      engine,
      variables: process.env,
      clock: systemClock,
      signal,
      observer: observerOn(progressOn(io)),
      ...(data === undefined ? {} : { data }),
      ...(flags.config === undefined ? {} : { config: flags.config }),
      ...(flags.stage === undefined ? {} : { stages: flags.stage.split(',').map((name) => name.trim()) }),
    })
    const result = resultOf(checked)
    if (flags.out !== undefined) await writeFileAtomic(resolve(workingDirectory, flags.out), prettyJson(result))
    if (flags.json === true) io.out(prettyJson(result))
    else await print(io, checked)
    finish(result.exitCode)
  })
}

async function print(io: CliIo, { checked, reason }: CheckedDataSets): Promise<void> {
  const [{ partOf }, { renderDataPart }] = await Promise.all([
    import('../../report/data/part.ts'),
    import('../../report/data/terminal.ts'),
  ])
  io.out(checked.map(({ report, stage }) => renderDataPart(partOf(report, stage), io.colour.out)).join('\n'))
  if (checked.length > 1) io.out(`\n${oneLine(reason)}\n`)
}

/** Throws `cli/option` for data without checks, or options of one way together with the other. */
function namedData(path: string | undefined, flags: CheckFlags): NamedCheck | undefined {
  const { checks, reference, environment, name } = flags
  if (path !== undefined && checks !== undefined) {
    const given = Object.entries({ reference, environment, name }).filter(([, value]) => value !== undefined)
    refuse(flags, ['config', 'stage'], 'without data')
    return { path, checks, ...Object.fromEntries(given) }
  }
  if (path !== undefined) {
    throw new ModelgateError({
      code: 'cli/option',
      message: 'Data are checked against a checks file, but none is named.',
      help: 'Name one with --checks, or write one with `modelgate data suggest`.',
    })
  }
  refuse(flags, ['checks', 'reference', 'environment', 'name'], 'with data')
  return undefined
}

function refuse(flags: CheckFlags, options: readonly (keyof CheckFlags)[], where: string): void {
  const wrong = options.find((option) => flags[option] !== undefined)
  if (wrong === undefined) return
  throw new ModelgateError({
    code: 'cli/option',
    message: `The option --${wrong} is for a check ${where}.`,
    help: 'Name data and --checks, or neither to check the data stages of modelgate.yaml.',
  })
}

function observerOn(progress: ((message: string) => void) | undefined): DataObserver {
  const tell = progress ?? (() => undefined)
  return {
    started: (name, position, total) => (total > 1 ? tell(`Checking ${name} (${position}/${total})`) : undefined),
    progress: tell,
    finished: () => undefined,
  }
}
