import { dirname } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { formatError, ModelgateError } from '../base/error.ts'
import { locateConfig } from '../config/load.ts'
import { folderEvidence, localStanding, recordHistory } from '../pipeline/record-history.ts'
import type { ChangeResult } from '../pipeline/run-change.ts'
import { openStateStore } from '../refs/open-state-store.ts'
import { findRemote } from '../refs/remote.ts'
import type { CliIo } from './io.ts'

/** Whether there is a place to record a run in, as far as that shows without asking it: a wrong name must not cost a training. */
export async function requireHistory(config: string | undefined, remote: string | boolean): Promise<void> {
  const workingDirectory = dirname(locateConfig(process.cwd(), config))
  await findRemote(workingDirectory, typeof remote === 'string' ? remote : undefined, undefined)
}

/** Records a judged run in the history, and says so. Gives the error that kept it from that, which is printed already. */
export async function recordRun(
  io: CliIo,
  { fresh, judged, repository, loaded }: ChangeResult,
  remote: string | boolean,
  signal: AbortSignal,
): Promise<ModelgateError | undefined> {
  try {
    const store = await openStateStore({
      workingDirectory: loaded.root,
      signal,
      ...(typeof remote === 'string' ? { remote } : {}),
    })
    try {
      const { entry } = await recordHistory({
        store,
        fresh,
        judgement: judged?.judgement,
        standing: await localStanding(repository, fresh),
        job: null,
        evidence: folderEvidence(repository, fresh.file),
        clock: systemClock,
        signal,
      })
      const { baseline, why } = entry.standing
      io.err(`Recorded in the ${store.name}, ${baseline ? 'as a baseline' : 'not as a baseline'}: ${why}.\n`)
      if (entry.dropped.length > 0) io.err(`The entry keeps no ${entry.dropped.join(', ')}.\n`)
      return undefined
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof ModelgateError) || error.kind === 'cancelled') throw error
    io.err(`Not recorded in the history. ${formatError(error)}\n`)
    io.err(`  Later, the same command with --continue ${dirname(fresh.file)} records it, without another training.\n`)
    return error
  }
}
