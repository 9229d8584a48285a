import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../base/clock.ts'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { writeRecord } from '../record/store.ts'
import type { HistoryEntry } from './entry.ts'
import type { Ledger, LedgerState } from './ledger.ts'
import type { PastRecord, PastRuns } from './past-runs.ts'
import type { RunEvidence } from './run-evidence.ts'
import { isAhead, pastRunOf, type RunSummary } from './summary.ts'

export type LedgerRunsOptions = {
  ledger: Ledger
  /** The run that a stage of a model stands for. */
  promoted(model: string, stage: string): Promise<string | undefined>
  /** Fetches record and predictions from where the entry says that they lie. */
  fetchEvidence(entry: HistoryEntry): Promise<RunEvidence>
  clock?: Clock
}

/** Runs that baselines are chosen among: at one an hour they are nearly three months. */
export const mostListed = 2000

/**
 * The history in refs as a source of baselines: only runs that measured everything on a branch that is trusted. What is read is asked for once.
 * Gives also what removes the files that came from elsewhere.
 */
export function ledgerRuns({
  ledger,
  promoted,
  fetchEvidence,
  clock = systemClock,
}: LedgerRunsOptions): PastRuns & { close(): Promise<void> } {
  let state: Promise<LedgerState> | undefined
  let listed: Promise<RunSummary[]> | undefined
  const removals: (() => Promise<void>)[] = []
  const records = new Map<string, Promise<PastRecord>>()
  const read = (): Promise<LedgerState> => {
    state ??= ledger.read()
    return state
  }
  const name = ledger.name
  const now = clock.now()
  return {
    name,
    list: async (pipeline) => {
      // A run of a time that has not come would be the newest for ever.
      const inTime = (runs: readonly RunSummary[]): RunSummary[] => runs.filter((run) => !isAhead(run, now))
      listed ??= ledger.summaries(await read(), Number.POSITIVE_INFINITY, (found) => inTime(found).length >= mostListed)
      const own = inTime(await listed).filter((summary) => summary.pipeline === pipeline)
      return own.filter(({ finished, baseline }) => finished && baseline).map(pastRunOf)
    },
    read: async (id) => {
      const found = records.get(id) ?? readRun(id)
      records.set(id, found)
      return await found
    },
    promoted,
    close: async () => {
      for (const remove of removals) await remove()
    },
  }

  async function readRun(id: string): Promise<PastRecord> {
    const entry = await ledger.entry(await read(), id)
    if (entry === undefined) {
      throw new ModelgateError({ code: 'history/no-run', message: `There is no run ${id} in the ${name}.` })
    }
    const evidence = await fetchEvidence(entry)
    if ('file' in evidence) {
      removals.push(evidence.remove)
      return { record: evidence.record, file: evidence.file }
    }
    const folder = await mkdtemp(join(tmpdir(), 'modelgate-past-'))
    removals.push(async () => await rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    const place = fileIn(folder, id)
    await mkdir(place)
    // Nothing lies beside it: values are compared as they are.
    const record = withComputed(entry)
    const file = await writeRecord(place, record)
    const hadMore = entry.record.predictions.length > 0 || entry.dropped.length > 0
    return { record, file, ...(hadMore ? { note: noteOf(evidence.reason, entry) } : {}) }
  }
}

/** The record with what was computed from its predictions in place of these. */
function withComputed({ record, computed }: HistoryEntry): HistoryEntry['record'] {
  const [first] = record.predictions
  const made = Object.entries(computed).map(([name, value]) => ({
    name,
    value,
    file: first?.source ?? 'predictions',
    stage: first?.stage ?? record.stages[0]?.name ?? 'evaluate',
  }))
  const stated = record.metrics.filter(({ name }) => !Object.hasOwn(computed, name))
  return { ...record, metrics: [...made, ...stated], predictions: [] }
}

function noteOf(reason: string, { record, dropped }: HistoryEntry): string {
  const paired = record.predictions.length === 0 ? '' : ', so that its values are compared without pairing rows'
  const lost = dropped.length === 0 ? '' : `; the history keeps no ${dropped.join(', ')}`
  return `${reason}${paired}${lost}`
}
