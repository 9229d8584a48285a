import type { HistoryEntry } from '../../src/history/entry.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { recordOf } from '../compare/records.ts'

export type EntryParts = { record?: Partial<RunRecord> } & Partial<Omit<HistoryEntry, 'record'>>

/** Milliseconds of the first run; each number after it is a minute later. */
const start = Date.parse('2026-11-01T00:00:00.000Z')

/** An entry of the run of this number, whose accuracy tells which one it is. */
export function entryOf(number: number, { record: more = {}, ...parts }: EntryParts = {}): HistoryEntry {
  const finishedAt = new Date(start + number * 60_000).toISOString()
  const record: RunRecord = {
    ...recordOf(),
    id: `run-${String(number).padStart(6, '0')}`,
    startedAt: finishedAt,
    finishedAt,
    source: { commit: number.toString(16).padStart(40, '0'), branch: 'main', dirty: false },
    ...more,
  }
  return {
    schema: 'modelgate/history@1',
    record,
    recordDigest: `sha256:${'a'.repeat(64)}`,
    dropped: [],
    computed: { accuracy: 0.8 + (number % 1000) / 10_000 },
    verdict: {
      verdict: 'pass',
      outcome: 'passed',
      reason: 'All rules pass.',
      failedRules: [],
      policy: 'sha256:p',
      comparedWith: null,
    },
    standing: { baseline: true, event: 'push', ref: 'refs/heads/main', why: 'a run of the default branch' },
    job: { run: 1000 + number, attempt: 1, job: 'train', workflow: 'model' },
    evidence: null,
    ...parts,
  }
}
