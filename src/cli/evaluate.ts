import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import { type Task, tasks } from '../config/schema.ts'
import type { CliIo } from './io.ts'

type EvaluateFlags = {
  predictions: string
  baseline?: string
  task?: Task
  config?: string
  key?: string
  json?: boolean
}

/** `evaluate`: the metrics of a predictions file, with intervals, and their differences from another. Judges nothing. */
export function evaluateCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('evaluate')
    .description('Measure predictions: every metric with its interval, and beside a baseline the paired difference.')
    .requiredOption('--predictions <file>', 'CSV, JSON Lines or Parquet with one row per example')
    .option('--baseline <file>', 'predictions of another model for the same rows')
    .addOption(new Option('--task <task>', 'what the model does (default: that of modelgate.yaml)').choices(tasks))
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards, without --task)')
    .option('--key <column>', 'column that identifies a row, where it is not called id')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 measured, 2 configuration or input, 1 modelgate failed. Nothing is judged: see `modelgate gate`.',
    )
    .action(async ({ json, ...flags }: EvaluateFlags) => {
      const [{ evaluateFiles }, { renderMeasurements }] = await Promise.all([
        import('../pipeline/evaluate-files.ts'),
        import('../report/terminal.ts'),
      ])
      const comparison = await evaluateFiles({ workingDirectory: process.cwd(), clock: systemClock, ...flags })
      io.out(
        json === true
          ? prettyJson({ schema: 'modelgate/evaluation@1', exitCode: exitCodes.pass, comparison })
          : renderMeasurements(comparison),
      )
      finish(exitCodes.pass)
    })
}
