import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { RunFilter } from '../history/select-runs.ts'
import type { CliIo } from './io.ts'
import { type RemoteFlag, withRegistry } from './registry.ts'

type Flags = RemoteFlag & { json?: boolean }
type ListFlags = Flags & RunFilter & { limit: number; metric?: string[]; csv?: boolean }
type BestFlags = Flags & RunFilter & { direction?: 'higher' | 'lower' }
type ExportFlags = Flags & RunFilter & { format: 'ndjson' | 'csv' }

/** Runs that `best` looks through. */
const mostSearched = 10_000
/** Metrics that a table shows unless told otherwise. */
const mostColumns = 4

/** `history`: the runs that are recorded in refs of the repository. */
export function historyCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const sub = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .option(
        '--remote <name>',
        'remote, address or folder of the repository with the history (default: origin, or this repository itself)',
      )
  const filtered = (command: Command): Command =>
    command
      .option('--pipeline <name>', 'only runs of this pipeline')
      .option('--branch <name>', 'only runs of this branch')
      .option('--baselines', 'only runs that may be a baseline')
  const json = (command: Command): Command => command.option('--json', 'print it as JSON on standard output')

  const list = json(filtered(sub('list', 'The newest runs.')))
    .option('--limit <number>', 'at most so many', count, 20)
    .option('--metric <names...>', 'show these metrics')
    .addOption(new Option('--csv', 'print all metrics as CSV on standard output').conflicts('json'))
    .action(async (flags: ListFlags) => {
      const [{ listRuns }, { renderRuns }, { summariesCsv }, { metricNames }] = await Promise.all([
        import('../history/list-runs.ts'),
        import('../report/history-terminal.ts'),
        import('../history/csv.ts'),
        import('../history/select-runs.ts'),
      ])
      const found = await withRegistry(
        flags,
        signal,
        async (store) => await listRuns(store, flags, flags.limit, systemClock.now()),
      )
      const names = flags.metric ?? metricNames(found.runs)
      if (flags.json === true) io.out(prettyJson(found))
      else if (flags.csv === true) io.out(summariesCsv(found.runs, names))
      else io.out(renderRuns(found, flags.metric ?? names.slice(0, mostColumns)))
      finish(exitCodes.pass)
    })

  const show = json(sub('show', 'All that is kept of one run.'))
    .argument('<run>', 'id of the run')
    .action(async (id: string, flags: Flags) => {
      const [{ showRun }, { renderEntry }] = await Promise.all([
        import('../history/list-runs.ts'),
        import('../report/history-terminal.ts'),
      ])
      const entry = await withRegistry(flags, signal, async (store) => await showRun(store, id))
      io.out(flags.json === true ? prettyJson(entry) : renderEntry(entry))
      finish(exitCodes.pass)
    })

  const best = json(
    filtered(sub('best', 'The run with the best value of a metric, on the evaluation set of the newest run.')),
  )
    .argument('<metric>', 'name of the metric')
    .addOption(
      new Option('--direction <which>', 'which way is better, for a metric that is not known').choices([
        'higher',
        'lower',
      ]),
    )
    .action(async (metric: string, flags: BestFlags) => {
      const [{ listRuns }, { bestRun }, { renderBest }] = await Promise.all([
        import('../history/list-runs.ts'),
        import('../history/select-runs.ts'),
        import('../report/history-terminal.ts'),
      ])
      const { history, runs } = await withRegistry(
        flags,
        signal,
        async (store) => await listRuns(store, flags, mostSearched, systemClock.now()),
      )
      const found = {
        schema: 'modelgate/history-best@1' as const,
        history,
        metric,
        ...bestRun(runs, metric, flags.direction),
      }
      io.out(flags.json === true ? prettyJson(found) : renderBest(found))
      finish(exitCodes.pass)
    })

  const trend = json(filtered(sub('trend', 'The course of a metric from run to run.')))
    .argument('<metric>', 'name of the metric')
    .option('--limit <number>', 'the newest so many', count, 60)
    .action(async (metric: string, flags: Flags & RunFilter & { limit: number }) => {
      const [{ trendOf }, { renderTrend }] = await Promise.all([
        import('../history/list-runs.ts'),
        import('../report/history-terminal.ts'),
      ])
      const found = await withRegistry(
        flags,
        signal,
        async (store) => await trendOf(store, flags, metric, flags.limit, systemClock.now()),
      )
      io.out(flags.json === true ? prettyJson(found) : renderTrend(found))
      finish(exitCodes.pass)
    })

  const exported = filtered(sub('export', 'All runs on standard output: whole entries, or their metrics as CSV.'))
    .addOption(new Option('--format <name>', 'how').choices(['ndjson', 'csv']).default('ndjson'))
    .action(async (flags: ExportFlags) => {
      const { exportRuns } = await import('../history/list-runs.ts')
      await withRegistry(flags, signal, async (store) => {
        for await (const piece of exportRuns(store, flags, flags.format, systemClock.now())) io.out(piece)
      })
      finish(exitCodes.pass)
    })

  const compact = json(
    sub(
      'compact',
      'Gather the entries of the inbox in the ledger. Writers do so now and then; a job at night can as well.',
    ),
  ).action(async (flags: Flags) => {
    const [{ compactRuns }, { renderCompaction }] = await Promise.all([
      import('../history/list-runs.ts'),
      import('../report/history-terminal.ts'),
    ])
    const found = await withRegistry(flags, signal, async (store) => await compactRuns(store, systemClock.now()))
    io.out(flags.json === true ? prettyJson(found) : renderCompaction(found))
    finish(exitCodes.pass)
  })

  const command = new Command('history').description('Recorded runs, in refs of the repository.')
  for (const one of [list, show, best, trend, exported, compact]) command.addCommand(one)
  return command.addHelpText('after', '\nExit code: 0 shown, 2 input, 1 the repository could not be read or written.')
}

function count(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0 && number <= 100_000) return number
  throw new InvalidArgumentError('It must be a whole number from 1 to 100000.')
}
