import { resolve } from 'node:path'
import { Command } from 'commander'
import { exitCodes, ModelgateError } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { CliIo } from './io.ts'

type ReadFlags = { format?: string; json?: boolean }

/** `read`: the metrics of a file, whoever wrote it. */
export function readCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('read')
    .description('Show the metrics that a file or folder holds, in whichever format a tool wrote it.')
    .argument('<file>', 'file or folder, such as metrics.json, results.xml or mlruns')
    .option('--format <name>', 'read it in this format instead of telling it by the content')
    .option('--json', 'print the metrics, with their curves, as JSON on standard output')
    .addHelpText('after', '\nExit code: 0 read, 2 the file cannot be read, 1 modelgate failed.')
    .action(async (file: string, flags: ReadFlags) => {
      // An empty name would be the folder that the user stands in; it comes from a variable that is not set.
      if (file === '') {
        throw new ModelgateError({
          code: 'read/no-name',
          message: 'The name of the file to read is empty.',
          help: 'Name the file or folder that the tool wrote.',
        })
      }
      const { readMetricsOf } = await import('../readers/read-metrics.ts')
      const reading = await readMetricsOf(resolve(file), {
        what: 'The metrics file',
        help: 'Name the file or folder that the tool wrote.',
        shown: file,
        ...(flags.format === undefined ? {} : { format: flags.format }),
      })
      if (flags.json === true) {
        const { readingJson } = await import('../readers/reading-schema.ts')
        io.out(prettyJson(readingJson(reading, file)))
      } else {
        const { renderReading } = await import('../report/reading-terminal.ts')
        io.out(renderReading(reading, file))
      }
      finish(exitCodes.pass)
    })
}
