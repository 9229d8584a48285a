import { ModelgateError } from '../base/error.ts'
import { escapeJson, oneLine, truncate } from '../base/escape.ts'
import type { StateStore } from '../refs/state-store.ts'
import { compactAll } from './compact.ts'
import { summariesCsv } from './csv.ts'
import { entryLine, type HistoryEntry } from './entry.ts'
import type { HistoryCompact, HistoryList, HistoryTrend } from './history-json.ts'
import { Ledger, type LedgerState } from './ledger.ts'
import { filterRuns, metricNames, type RunFilter, withMetric } from './select-runs.ts'
import { aheadLast, isAhead, mergeSummaries, type RunSummary, summariseEntry } from './summary.ts'

/** What `modelgate history` does, on any store. */

/** The newest runs that pass the filter, `most` at most; behind them, with a mark, those that say that they are of a time that has not come. */
export async function listRuns(store: StateStore, filter: RunFilter, most: number, now: Date): Promise<HistoryList> {
  const ledger = new Ledger(store)
  const state = await ledger.read()
  const inTime = (runs: readonly RunSummary[]): RunSummary[] => runs.filter((run) => !isAhead(run, now))
  const isEnough = (found: readonly RunSummary[]): boolean => inTime(filterRuns(found, filter)).length >= most
  const found = await ledger.summaries(state, Number.POSITIVE_INFINITY, isEnough)
  const chosen = filterRuns(found, filter)
  const listed = filter.baselines === true ? inTime(chosen) : aheadLast(chosen, now)
  return {
    schema: 'modelgate/history-list@1',
    history: store.name,
    runs: listed.slice(0, most).map((run) => (isAhead(run, now) ? { ...run, ahead: true } : run)),
    total: Math.max(found.length, countRuns(state)),
    unreadable: [...state.damaged],
  }
}

/** Those in the ledger, and those that wait and are not among the newest of it. */
function countRuns({ stored, head, waiting }: LedgerState): number {
  const known = new Set(head.map(({ id }) => id))
  const fresh = waiting.filter(({ entry }) => !known.has(entry.record.id)).length
  return (stored === Number.MAX_SAFE_INTEGER ? head.length : stored) + fresh
}

/** Throws `history/no-run`. */
export async function showRun(store: StateStore, id: string): Promise<HistoryEntry> {
  const ledger = new Ledger(store)
  const entry = await ledger.entry(await ledger.read(), id)
  if (entry !== undefined) return entry
  throw new ModelgateError({
    code: 'history/no-run',
    message: `There is no run ${truncate(oneLine(id), 128)} in the ${store.name}.`,
    help: 'See `modelgate history list`.',
  })
}

/** Values of a metric, oldest first, of the newest `most` finished runs that have it. */
export async function trendOf(
  store: StateStore,
  filter: RunFilter,
  metric: string,
  most: number,
  now: Date,
): Promise<HistoryTrend> {
  const { history, runs } = await listRuns(store, filter, most, now)
  const points = withMetric(runs, metric)
    .reverse()
    .map(({ run: { id, commit, finishedAt, evaluationSet }, value }) => ({
      id,
      ...(commit === undefined ? {} : { commit }),
      finishedAt,
      value,
      ...(evaluationSet === undefined ? {} : { evaluationSet }),
    }))
  return { schema: 'modelgate/history-trend@1', history, metric, points }
}

/** All runs in pieces of text: an entry for each line, or, as CSV, their summaries in one piece. */
export async function* exportRuns(
  store: StateStore,
  filter: RunFilter,
  format: 'ndjson' | 'csv',
  now: Date,
): AsyncGenerator<string> {
  const ledger = new Ledger(store)
  const state = await ledger.read()
  const summaries: RunSummary[] = []
  for await (const entry of ledger.entries(state)) {
    const summary = summariseEntry(entry)
    if (filterRuns([summary], filter).length === 0) continue
    if (format === 'ndjson') yield escapeJson(entryLine(entry))
    else summaries.push(summary)
  }
  if (format === 'csv') {
    const sorted = aheadLast(mergeSummaries(summaries), now)
    yield summariesCsv(sorted, metricNames(sorted))
  }
}

export async function compactRuns(store: StateStore, now: Date): Promise<HistoryCompact> {
  const ledger = new Ledger(store)
  const { damaged, waiting } = await ledger.read()
  const ahead = waiting.filter(({ entry }) => isAhead(entry.record, now))
  const result = await compactAll(ledger, now)
  const { added, replayed } = result.outcome === 'done' ? result : { added: 0, replayed: 0 }
  return {
    schema: 'modelgate/history-compact@1',
    history: store.name,
    outcome: result.outcome,
    added,
    replayed,
    unreadable: [
      ...damaged,
      ...ahead.map(({ ref }) => ({
        place: ref,
        problem: 'says that it finished more than a day ahead, and stays there',
      })),
    ],
  }
}
