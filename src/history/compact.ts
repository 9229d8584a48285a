import { ModelgateError } from '../base/error.ts'
import { plural } from '../base/number-text.ts'
import { type Jitter, pauseAfter, usualJitter } from '../refs/jitter.ts'
import type { RefUpdate } from '../refs/state-store.ts'
import { entryLine, type HistoryEntry } from './entry.ts'
import type { Ledger, LedgerState, Waiting } from './ledger.ts'
import { ledgerSchema } from './ledger.ts'
import {
  type BatchName,
  batchesOf,
  batchName,
  headFile,
  headLength,
  indexFile,
  ledgerBranch,
  metaFile,
  monthOf,
  runsFile,
} from './ledger-layout.ts'
import {
  byTime,
  isAhead,
  mergeSummaries,
  type RunSummary,
  readSummaries,
  summariseEntry,
  summaryLine,
} from './summary.ts'
import { tidyMonth } from './tidy.ts'

export type Compaction =
  /** Nothing waits that can be read. */
  | { outcome: 'nothing' }
  /** Somebody else was faster, or wrote meanwhile. */
  | { outcome: 'lost' }
  /** `replayed`: entries of runs that the ledger had already. */
  | { outcome: 'done'; added: number; replayed: number }

/** Inbox refs that one push takes: servers limit how many refs a push may change. */
const mostAtOnce = 100

/** When somebody should compact: so many entries wait, or the oldest has waited so long. */
const [enough, longestWait] = [8, 3_600_000]

/**
 * After a write: compacts with probability 2/k when k entries wait, so that of many writers about two try. One try; that it is lost does no harm,
 * and neither does that it fails.
 */
export async function compactSometimes(
  ledger: Ledger,
  now: Date,
  random: () => number = Math.random,
): Promise<Compaction> {
  const state = await ledger.read()
  const inTime = waitingInTime(state, now)
  const waiting = inTime.length
  const oldest = Math.min(...inTime.map(({ entry }) => Date.parse(entry.record.finishedAt)))
  if (waiting < enough && now.getTime() - oldest < longestWait) return { outcome: 'nothing' }
  if (waiting === 0 || random() >= 2 / waiting) return { outcome: 'nothing' }
  return await compactState(ledger, state, now)
}

/** Gathers what waits, push by push, until nothing is left; for those who ask for it. */
export async function compactAll(ledger: Ledger, now: Date): Promise<Compaction> {
  const sum = { outcome: 'done' as const, added: 0, replayed: 0 }
  for (;;) {
    const result = await compactState(ledger, await ledger.read(), now)
    if (result.outcome !== 'done') return sum.added + sum.replayed === 0 ? result : sum
    sum.added += result.added
    sum.replayed += result.replayed
  }
}

/** One compaction: a batch for each month, a new head, and the inbox without what is in them, all in one step or not at all. `mostSmall`: see `tidyMonth`. */
export async function compactState(
  ledger: Ledger,
  state: LedgerState,
  now: Date,
  mostSmall?: number,
): Promise<Compaction> {
  const taken = waitingInTime(state, now).slice(0, mostAtOnce)
  if (taken.length === 0) return { outcome: 'nothing' }
  const fresh = await withoutStored(ledger, state, taken)
  const { store } = ledger
  const removals: RefUpdate[] = taken.map(({ ref, id }) => ({ ref, from: id, to: null }))
  const done = { outcome: 'done' as const, added: fresh.length, replayed: taken.length - fresh.length }
  if (fresh.length === 0) {
    return (await store.update(removals, { once: true })).outcome === 'done' ? done : { outcome: 'lost' }
  }
  return (await extend(ledger, state, fresh, removals, { now, mostSmall })) ? done : { outcome: 'lost' }
}

/** Entries of a day ahead of this machine's clock stay in the inbox: a clock that is wrong would keep them at the top of the ledger for ever. */
function waitingInTime({ waiting }: LedgerState, now: Date): Waiting[] {
  return waiting.filter(({ entry }) => !isAhead(entry.record, now))
}

/**
 * Adds a run to the inbox. Where the server takes no such refs it goes into a ledger on a branch at once, in as many tries as it takes when others do
 * the same: that is slower, and as safe. Throws `history/taken`, `history/ahead` for a run that says that it finished tomorrow or later, and the
 * errors of the store.
 */
export async function addEntry(
  ledger: Ledger,
  entry: HistoryEntry,
  now: Date,
  { signal, jitter = usualJitter }: { signal: AbortSignal; jitter?: Jitter },
): Promise<string> {
  const { id, finishedAt } = entry.record
  if (isAhead(entry.record, now)) {
    throw new ModelgateError({
      code: 'history/ahead',
      message: `Run ${id} says that it finished at ${finishedAt}, which is more than a day ahead.`,
      help: 'Set the clock of the machine that ran it, and run it again.',
    })
  }
  try {
    return await ledger.add(entry)
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.code !== 'refs/refused') throw error
    for (let attempt = 0; attempt < jitter.tries; attempt += 1) {
      const state = await ledger.read()
      const fresh = await withoutStored(ledger, state, [{ ref: '', id: '', entry }])
      if (fresh.length === 0 || (await extend(ledger, state, fresh, [], { now, ref: ledgerBranch })))
        return ledgerBranch
      await pauseAfter(attempt, jitter, signal)
    }
    throw new ModelgateError({
      code: 'history/contended',
      kind: 'tool',
      message: `The run could not be added to the history on the branch ${ledgerBranch.slice('refs/heads/'.length)}: others were faster ${jitter.tries} times.`,
      help: 'Run the job again; a repository that takes refs below refs/modelgate/ has no such limit.',
    })
  }
}

/** Puts entries into the ledger, in one step with these changes of other refs; false when somebody else was faster. */
async function extend(
  ledger: Ledger,
  state: LedgerState,
  fresh: readonly Waiting[],
  others: readonly RefUpdate[],
  { now, ref = state.at, mostSmall }: { now: Date; ref?: string; mostSmall?: number | undefined },
): Promise<boolean> {
  const files = new Map<string, { id: string } | { content: string }>(
    [...(state.ledger?.files ?? [])].map(([path, id]) => [path, { id }] as const),
  )
  const added: RunSummary[] = []
  for (const [month, waiting] of byMonth(fresh)) added.push(...addBatch(files, month, waiting))
  const moved = await tidyMonth(ledger, state, monthOf(now.toISOString()), files, mostSmall)
  const head = mergeSummaries(added, state.head).slice(0, headLength)
  const lines = head.map((summary) => summaryLine({ ...summary, ...moved.get(summary.id) }))
  files.set(headFile, { content: lines.join('') })
  files.set(metaFile, { content: `${JSON.stringify({ schema: ledgerSchema, runs: countRuns(files.keys()) })}\n` })
  const { store } = ledger
  const from = state.ledger?.id ?? null
  const to = await store.commit({
    files,
    parents: from === null ? [] : [from],
    message: `Add ${plural(fresh.length, 'run')}`,
    time: now.toISOString(),
  })
  // A ledger that goes on on a branch follows the one in the other ref.
  const lease = ref === state.at ? from : null
  const { outcome } = await store.update([{ ref, from: lease, to }, ...others], { once: true })
  return outcome === 'done'
}

/** Each run once, and none that the ledger has. */
async function withoutStored(ledger: Ledger, state: LedgerState, taken: readonly Waiting[]): Promise<Waiting[]> {
  const unique = [...new Map([...taken].reverse().map((one) => [one.entry.record.id, one])).values()].reverse()
  const stored = new Set(state.head.map(({ id }) => id))
  const last = state.head.at(-1)
  // The head holds the newest ones without a gap: only what is older than all of it can be in the ledger without being in the head.
  const isWithin = ({ entry }: Waiting): boolean =>
    state.isHeadWhole &&
    (state.stored <= state.head.length || (last !== undefined && byTime(summariseEntry(entry), last) < 0))
  const months = new Set(unique.filter((one) => !isWithin(one)).map(({ entry }) => monthOf(entry.record.finishedAt)))
  if (state.ledger !== undefined && months.size > 0) {
    const batches = batchesOf(state.ledger.files.keys()).filter(({ month }) => months.has(month))
    for (const text of await ledger.files(state.ledger, batches.map(indexFile))) {
      for (const { id } of readSummaries(text).summaries) stored.add(id)
    }
  }
  return unique.filter(({ entry }) => !stored.has(entry.record.id))
}

function byMonth(waiting: readonly Waiting[]): Map<string, Waiting[]> {
  const months = new Map<string, Waiting[]>()
  for (const one of waiting) {
    const month = monthOf(one.entry.record.finishedAt)
    months.set(month, [...(months.get(month) ?? []), one])
  }
  return months
}

function addBatch(
  files: Map<string, { id: string } | { content: string }>,
  month: string,
  waiting: readonly Waiting[],
): RunSummary[] {
  const sorted = waiting
    .map(({ entry }) => ({ entry, summary: summariseEntry(entry) }))
    .sort((a, b) => byTime(b.summary, a.summary))
  const lines = sorted.map(({ entry }) => entryLine(entry))
  const newest = sorted.at(-1)?.entry.record.finishedAt ?? ''
  const batch = batchName(month, newest, lines)
  const summaries = sorted.map(({ summary }) => ({ ...summary, batch: `${month}/${batch.file}` }))
  files.set(runsFile(batch), { content: lines.join('') })
  files.set(indexFile(batch), { content: summaries.map(summaryLine).join('') })
  return summaries
}

function countRuns(paths: Iterable<string>): number {
  return batchesOf(paths).reduce((sum, { count }: BatchName) => sum + count, 0)
}
