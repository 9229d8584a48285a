import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { exitCodeOf, exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { CliIo } from './io.ts'

type RunFlags = {
  config?: string
  base?: string
  baseline?: string
  history?: string
  record?: string | boolean
  stages?: string
  continue?: string
  out?: string
  json?: boolean
}

export function runCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return new Command('run')
    .description('Run the stages of modelgate.yaml, record what they were made of and measured, and judge the result.')
    .option('--base <ref>', 'also run the pipeline at the merge base with this commit, branch or tag, and compare')
    .option('--baseline <record>', 'compare with this stored record instead')
    .option(
      '--history <where>',
      'earlier runs, for baselines such as champion and rules about history: `refs`, a remote, or a folder of records',
    )
    .option('--record [remote]', 'record the run in the history of this remote (default: origin, else this repository)')
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards)')
    .option('--stages <names>', 'only these stages and what they need, separated by commas; nothing is judged')
    .option('--continue <record>', 'go on from this record: its finished stages are not run again')
    .option('--out <folder>', 'where record and report go (default: .modelgate/runs/<id>)')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 passed, 10 blocked by the gate, 2 configuration, input or a failed stage, 130 cancelled, 1 modelgate failed.',
    )
    .action(async (flags: RunFlags) => {
      const [{ runChange }, { terminalObserver }, { printJudgement }] = await Promise.all([
        import('../pipeline/run-change.ts'),
        import('./observer.ts'),
        import('./result.ts'),
      ])
      if (flags.record !== undefined) {
        const { requireHistory } = await import('./record.ts')
        await requireHistory(flags.config, flags.record)
      }
      const observer = terminalObserver(io)
      try {
        const result = await runChange({
          workingDirectory: process.cwd(),
          env: process.env,
          clock: systemClock,
          signal,
          observer,
          ...(flags.config === undefined ? {} : { config: flags.config }),
          ...(flags.base === undefined ? {} : { base: flags.base }),
          ...(flags.baseline === undefined ? {} : { baseline: flags.baseline }),
          ...(flags.history === undefined ? {} : { history: flags.history }),
          ...(flags.stages === undefined ? {} : { stages: flags.stages.split(',').map((name) => name.trim()) }),
          ...(flags.continue === undefined ? {} : { continued: flags.continue }),
          ...(flags.out === undefined ? {} : { out: flags.out }),
        })
        const runs = { run: result.fresh.file, ...(result.base === null ? {} : { baselineRun: result.base.file }) }
        if (result.judged !== null) {
          const { judgement, files } = result.judged
          const exitCode = printJudgement(io, judgement, { ...runs, ...files }, flags.json === true)
          finish(exitCode)
          if (flags.record === undefined) return
          // A run that cannot be recorded is an error, but no reason to let a blocked change pass.
          const { recordRun } = await import('./record.ts')
          const failed = await recordRun(io, result, flags.record, signal)
          if (exitCode === exitCodes.pass && failed !== undefined) finish(exitCodeOf(failed))
          return
        }
        if (flags.record !== undefined) io.err('Not recorded in the history: only some stages were run.\n')
        io.out(
          flags.json === true
            ? prettyJson({ schema: 'modelgate/result@1', exitCode: 0, files: runs })
            : `Recorded: ${result.fresh.file}\n`,
        )
        finish(exitCodes.pass)
      } finally {
        observer.close()
      }
    })
}
