import { resolve } from 'node:path'
import { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { exitCodes } from '../../base/error.ts'
import { writeFileAtomic } from '../../base/files.ts'
import { prettyJson } from '../../base/json.ts'
import { loadChecks } from '../../config/checks/load.ts'
import type { CliIo } from '../io.ts'
import { type EngineFlags, engineOptions, progressOn, withEngine } from './options.ts'

type CheckFlags = EngineFlags & {
  checks: string
  reference?: string
  environment?: string
  out?: string
  json?: boolean
}

/** `data check`: the checks of a file on one data set. */
export function dataCheckCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('check')
    .description('Check data against a checks file.')
    .argument('<data>', 'file, folder or pattern: CSV, TSV, JSON Lines (also .gz and .zst) or Parquet')
    .requiredOption('--checks <file>', 'what is expected; `modelgate data suggest` writes a first version')
    .option('--reference <data>', 'data, or a profile of them, to compare with')
    .option('--environment <name>', 'only checks that are meant for this environment, such as training or serving')
    .option('--out <file>', 'also write the whole result as JSON to this file')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 passed (warnings included), 10 checks failed, 2 data, checks or options, 1 modelgate failed.',
    )
  return withEngine(command).action(async (path: string, flags: CheckFlags) => {
    const workingDirectory = process.cwd()
    const engine = engineOptions(flags)
    const checks = await loadChecks(resolve(workingDirectory, flags.checks), workingDirectory)
    const { checkData } = await import('../../data/check-data.ts')
    const onProgress = progressOn(io)
    const { report } = await checkData({
      data: { name: path, path },
      checks,
      ...(flags.reference === undefined ? {} : { reference: { name: flags.reference, path: flags.reference } }),
      root: workingDirectory,
      ...(flags.environment === undefined ? {} : { environment: flags.environment }),
      engine,
      variables: process.env,
      clock: systemClock,
      signal,
      ...(onProgress === undefined ? {} : { onProgress }),
    })
    const json = prettyJson(report)
    if (flags.out !== undefined) await writeFileAtomic(resolve(workingDirectory, flags.out), json)
    if (flags.json === true) io.out(json)
    else {
      const { renderDataReport } = await import('../../report/data/terminal.ts')
      io.out(renderDataReport(report, io.colour.out))
    }
    finish(report.verdict === 'fail' ? exitCodes.blocked : exitCodes.pass)
  })
}
