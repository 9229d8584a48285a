import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EvidencePlace, HistoryEntry } from '../history/entry.ts'
import { Ledger } from '../history/ledger.ts'
import { ledgerRuns } from '../history/ledger-runs.ts'
import type { PastRuns } from '../history/past-runs.ts'
import { recordFolder } from '../history/record-folder.ts'
import { type RunEvidence, readEvidenceFolder } from '../history/run-evidence.ts'
import type { Repository } from '../record/repository.ts'
import { openStateStore } from '../refs/open-state-store.ts'
import type { StateStore } from '../refs/state-store.ts'
import { incumbentOf, ModelStages } from '../registry/model-stages.ts'

/** How the history of the job's own repository is reached, in GitHub Actions. */
export type HistoryAccess = {
  /** Opens it; the one that git finds without it. */
  openStore?: () => Promise<StateStore>
  /** Fetches what a run kept as an artifact. */
  fetchArtifact?: (place: Extract<EvidencePlace, { kind: 'artifact' }>, recordDigest: string) => Promise<RunEvidence>
}

export type HistoryRequest = {
  workingDirectory: string
  /** `refs`, `refs:<remote>`, the address of a repository, or a folder with records; undefined for none. */
  history: string | undefined
  access?: HistoryAccess | undefined
  repository: Repository | undefined
  signal: AbortSignal
}

export type OpenHistory = { source: PastRuns | undefined; close(): Promise<void> }

/** The word for the history in refs. */
export const refsWord = 'refs'

/** Which repository `history` names; undefined for a folder of records. */
export function remoteIn(history: string, workingDirectory: string): { remote: string | undefined } | undefined {
  if (history === refsWord) return { remote: undefined }
  if (history.startsWith(`${refsWord}:`)) return { remote: history.slice(refsWord.length + 1) }
  const isAddress = /^[a-z][a-z+.-]*:\/\//.test(history) || /^[\w.-]+@[\w.-]+:/.test(history)
  const isName = /^\w[\w.-]*$/.test(history) && !existsSync(resolve(workingDirectory, history))
  return isAddress || isName ? { remote: history } : undefined
}

/** Where earlier runs come from, as `--history` or the input says. Whoever opens it closes it. */
export async function openHistory(request: HistoryRequest): Promise<OpenHistory> {
  const { history, workingDirectory, access = {}, repository, signal } = request
  if (history === undefined) return { source: undefined, close: async () => undefined }
  const named = remoteIn(history, workingDirectory)
  if (named === undefined) return { source: recordFolder(history, workingDirectory), close: async () => undefined }
  const { remote } = named
  const store =
    remote === undefined && access.openStore !== undefined
      ? await access.openStore()
      : await openStateStore({ workingDirectory, signal, ...(remote === undefined ? {} : { remote }) })
  const source = ledgerRuns({
    ledger: new Ledger(store),
    promoted: async (model, stage) => incumbentOf(await new ModelStages(store).head(model, stage))?.record.run.id,
    fetchEvidence: async (entry) => await fetchEvidence(entry, repository, access),
  })
  return {
    source,
    close: async () => {
      await source.close()
      await store.close()
    },
  }
}

async function fetchEvidence(
  { evidence, recordDigest }: HistoryEntry,
  repository: Repository | undefined,
  { fetchArtifact }: HistoryAccess,
): Promise<RunEvidence> {
  if (evidence === null) return { reason: 'its predictions were not kept' }
  if (evidence.kind === 'artifact') {
    if (fetchArtifact !== undefined) return await fetchArtifact(evidence, recordDigest)
    return {
      reason: `its predictions lie in the artifact ${evidence.name} of run ${evidence.run}, which only a job of ${evidence.repository} fetches`,
    }
  }
  if (repository === undefined)
    return { reason: 'its predictions lie in a folder of the repository, and there is none here' }
  return await readEvidenceFolder(repository.root, evidence.path, recordDigest)
}
