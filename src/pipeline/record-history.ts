import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { digestOfFile } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { truncate } from '../base/escape.ts'
import { portablePath, resolveInside } from '../base/files.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { Verdict } from '../gate/verdict.ts'
import { addEntry, type Compaction, compactSometimes } from '../history/compact.ts'
import type { EvidencePlace, HistoryEntry, HistoryVerdict, Standing } from '../history/entry.ts'
import { fitEntry } from '../history/fit-entry.ts'
import { Ledger } from '../history/ledger.ts'
import { standingOfLocal } from '../history/standing.ts'
import type { Repository } from '../record/repository.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { StoredRun } from '../report/judgement.ts'

export type RecordRequest = {
  store: StateStore
  fresh: StoredRun
  /** Undefined for a run that nobody judged. */
  judgement: { comparison: Comparison; verdict: Verdict } | undefined
  standing: Standing
  job: HistoryEntry['job']
  evidence: EvidencePlace | null
  clock: Clock
  signal: AbortSignal
}

export type Recorded = { ref: string; entry: HistoryEntry; compaction: Compaction }

/** Writes a run into the history, and compacts it now and then, which may fail: the next one does it. Throws the errors of `addEntry`. */
export async function recordHistory(request: RecordRequest): Promise<Recorded> {
  const { store, clock, signal } = request
  const entry = fitEntry(await entryOf(request))
  const ledger = new Ledger(store)
  const ref = await addEntry(ledger, entry, clock.now(), { signal })
  try {
    return { ref, entry, compaction: await compactSometimes(ledger, clock.now()) }
  } catch (error) {
    if (error instanceof ModelgateError && error.kind === 'cancelled') throw error
    return { ref, entry, compaction: { outcome: 'lost' } }
  }
}

async function entryOf({ fresh, judgement, standing, job, evidence }: RecordRequest): Promise<HistoryEntry> {
  return {
    schema: 'modelgate/history@1',
    record: fresh.record,
    recordDigest: await digestOfFile(fresh.file),
    dropped: [],
    computed: judgement === undefined ? {} : computedIn(judgement.comparison),
    verdict: judgement === undefined ? null : verdictOf(judgement),
    standing,
    job,
    evidence,
  }
}

/** Finite values that were computed from the predictions, those of the whole first. */
function computedIn({ metrics }: Comparison): Record<string, number> {
  const values = metrics.flatMap(({ name, new: { value, origin } }) =>
    origin === 'predictions' && value !== null && Number.isFinite(value) && name.length <= 200
      ? [[name, value] as const]
      : [],
  )
  return Object.fromEntries(values)
}

function verdictOf({ comparison, verdict }: NonNullable<RecordRequest['judgement']>): HistoryVerdict {
  const { base } = comparison
  return {
    verdict: verdict.verdict,
    outcome: verdict.outcome,
    reason: truncate(verdict.reason, 500),
    failedRules: verdict.failedRules.slice(0, 200).map((rule) => truncate(rule, 200)),
    policy: verdict.policy.digest,
    comparedWith:
      base === null ? null : { run: base.id, ...(base.commit === undefined ? {} : { commit: base.commit }) },
  }
}

/** Where the run lies on this machine, relative to the repository; null outside of it. */
export function folderEvidence(repository: Repository | undefined, file: string): EvidencePlace | null {
  if (repository === undefined || resolveInside(repository.root, file) === undefined) return null
  return { kind: 'folder', path: portablePath(repository.root, dirname(file)) }
}

/** The standing of a run outside of GitHub Actions. */
export async function localStanding(repository: Repository | undefined, { record }: StoredRun): Promise<Standing> {
  const head = await repository?.git.raw(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD']).catch(() => '')
  const known = /^refs\/remotes\/origin\/(.+)$/.exec(head ?? '')?.[1]
  const { commit, branch, dirty = false } = record.source ?? {}
  // Without a remote that says it, the usual two names.
  const defaultBranch = known ?? (branch === 'master' ? 'master' : 'main')
  return standingOfLocal({ branch, commit, dirty, defaultBranch })
}
