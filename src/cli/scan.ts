import { Command } from 'commander'
import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import { formatBytes, formatCount, plural } from '../base/number-text.ts'
import type { CliIo } from './io.ts'
import { stillRunning } from './still-running.ts'

type ScanFlags = { allowGlobal?: string[]; config?: string; json?: boolean }

/** `scan`: what model files would do when they are loaded. */
export function scanCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return new Command('scan')
    .description('Tell what the files of a model would do when they are loaded, without loading them.')
    .argument('[path...]', 'files and folders (default: the model of modelgate.yaml)')
    .option(
      '--allow-global <name>',
      'what the model may import beside what is known, such as mypackage.*; may be given several times',
      (name: string, names: string[] = []) => [...names, name],
    )
    .option('--config <path>', 'modelgate.yaml or its folder, for `model` (default: searched from here upwards)')
    .option('--json', 'print the report as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 all files are safe, 10 not all of them, 2 wrong request, 130 cancelled, 1 modelgate failed.',
    )
    .action(async (paths: string[], flags: ScanFlags) => {
      const [{ scanRequest }, { scanPaths }, { idleAllowances }, { renderScan }] = await Promise.all([
        import('../registry/scan/scan-request.ts'),
        import('../registry/scan/scan.ts'),
        import('../registry/scan/idle-allowance.ts'),
        import('../report/scan-terminal.ts'),
      ])
      const request = await scanRequest({
        paths,
        allowGlobals: flags.allowGlobal ?? [],
        workingDirectory: process.cwd(),
        ...(flags.config === undefined ? {} : { config: flags.config }),
      })
      const running = stillRunning(io, 'scan')
      const report = await scanPaths(request.paths, {
        root: process.cwd(),
        allowGlobals: request.allowGlobals,
        signal,
        onProgress: ({ done, files, bytes }) =>
          running.at(() => `${formatCount(done)} of ${plural(files, 'file')}, ${formatBytes(bytes)}`),
      }).finally(running.end)
      const notes = idleAllowances(report, request.allowGlobals)
      if (flags.json === true) for (const note of notes) io.err(`${note}\n`)
      io.out(flags.json === true ? prettyJson(report) : renderScan(report, io.colour.out, notes))
      finish(report.verdict === 'safe' ? exitCodes.pass : exitCodes.blocked)
    })
}
