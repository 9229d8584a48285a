import { digestOfFile } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { Ledger } from '../history/ledger.ts'
import { recordFileName } from '../record/store.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { CheckedRun } from './checked-run.ts'
import { evidenceError } from './evidence-error.ts'

/** Runs that are looked through for one that may not be there at all. */
const mostRuns = 1000

/**
 * Where the history knows a run, its record must be the one there: whoever edits a folder does not edit refs. Gives a note where the history cannot be
 * read. Throws `evidence/history`.
 */
export async function requireAsRecorded(store: StateStore, { evidence, folder }: CheckedRun): Promise<string[]> {
  const { id } = evidence.record
  const ledger = new Ledger(store)
  let recorded: string | undefined
  try {
    recorded = (await ledger.entry(await ledger.read(), id, mostRuns))?.recordDigest
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.kind === 'cancelled') throw error
    return [`Whether the history has another record of run ${id} is not known: ${error.message}`]
  }
  if (recorded !== undefined && recorded !== (await digestOfFile(fileIn(folder, recordFileName))))
    throw evidenceError('history', folder, recordFileName, `is not the record of run ${id} that the history has`)
  return []
}
