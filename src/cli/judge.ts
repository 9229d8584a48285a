import { Command, Option } from 'commander'
import type { StoredRequest } from '../pipeline/judge-stored.ts'
import type { CliIo } from './io.ts'

type GateFlags = {
  run?: string
  baselineRun?: string
  base?: string
  config?: string
  history?: string
  out?: string
  json?: boolean
  selfTest?: boolean
}

const exitHelp = '\nExit code: 0 passed, 10 blocked by the gate, 2 configuration or input, 1 modelgate failed.'

/** `gate`: the configured checkpoints on a recorded run. */
export function gateCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('gate')
    .description('Judge a recorded run by the checkpoints of modelgate.yaml.')
    .option('--run <record>', 'run.json or its folder (default: the newest run of this project)')
    .option(
      '--baseline-run <record>',
      'record to compare with (default: the base that was measured together with the run); without --history it stands for baselines such as champion too',
    )
    .option(
      '--base <ref>',
      'judge by the checkpoints of this commit, branch or tag instead of those in the working tree',
    )
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards)')
    .option(
      '--history <where>',
      'earlier runs, for baselines such as champion and rules about history: `refs`, a remote, or a folder of records',
    )
    .option('--out <folder>', 'where verdict and report go (default: the folder of the run, in place of what is there)')
    .addOption(
      new Option('--self-test', 'try every rule on made-up runs and show that it blocks; needs no run').conflicts([
        'run',
        'baselineRun',
        'base',
        'out',
      ]),
    )
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText('after', exitHelp)
    .action(async (flags: GateFlags) => {
      if (flags.selfTest === true) {
        const { runSelfTest } = await import('./self-test.ts')
        finish(await runSelfTest(io, flags.config, flags.json === true))
        return
      }
      const records = {
        ...(flags.run === undefined ? {} : { run: flags.run }),
        ...(flags.baselineRun === undefined ? {} : { baseline: flags.baselineRun, baselineForAll: true }),
      }
      finish(await judge(io, flags, records))
    })
}

/** `compare`: two records, with the checkpoints if there are any. */
export function compareCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('compare')
    .description('Compare two recorded runs, and judge them if there is a modelgate.yaml.')
    .argument('<base>', 'record of the base: run.json or its folder')
    .argument('<new>', 'record of the new run')
    .option(
      '--base <ref>',
      'judge by the checkpoints of this commit, branch or tag instead of those in the working tree',
    )
    .option('--config <path>', 'modelgate.yaml or its folder (default: searched from here upwards)')
    .option('--out <folder>', 'where the report goes (default: the folder of the new run)')
    .option('--json', 'print the whole result as JSON on standard output')
    .addHelpText('after', exitHelp)
    .action(async (baseline: string, run: string, flags: GateFlags) => {
      finish(await judge(io, flags, { run, baseline, baselineForAll: true, configOptional: true }))
    })
}

/** Judges, prints, and gives the exit code. Help and version are shown without loading what this needs. */
async function judge(io: CliIo, flags: GateFlags, records: Partial<StoredRequest>): Promise<number> {
  const [{ judgeStored }, { printJudgement }] = await Promise.all([
    import('../pipeline/judge-stored.ts'),
    import('./result.ts'),
  ])
  const { judgement, files, runFile } = await judgeStored({
    workingDirectory: process.cwd(),
    ...records,
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.base === undefined ? {} : { base: flags.base }),
    ...(flags.history === undefined ? {} : { history: flags.history }),
    ...(flags.out === undefined ? {} : { out: flags.out }),
  })
  return printJudgement(io, judgement, { run: runFile, ...files }, flags.json === true)
}
