import { systemClock } from '../base/clock.ts'
import { formatError, ModelgateError } from '../base/error.ts'
import type { GithubContext } from '../github/context.ts'
import type { Patience } from '../github/patience.ts'
import type { EvidencePlace } from '../history/entry.ts'
import { standingOfEvent } from '../history/standing.ts'
import { recordHistory } from '../pipeline/record-history.ts'
import type { ChangeResult } from '../pipeline/run-change.ts'
import { notice } from './annotate.ts'
import { openOwnStore } from './history.ts'
import type { RecordMode } from './record-mode.ts'
import { logLine } from './step.ts'

export type RecordOptions = {
  mode: RecordMode
  token: string
  patience: Patience
  /** Artifact that the run was kept as. */
  artifact: { name: string; id: number } | undefined
}

/** Records the run of a job in the history of its repository. That it cannot is a notice: the verdict stands. */
export async function recordOwnRun(
  context: GithubContext | undefined,
  { fresh, judged }: Pick<ChangeResult, 'fresh' | 'judged'>,
  { mode, token, artifact, patience }: RecordOptions,
  signal: AbortSignal,
): Promise<void> {
  if (context === undefined || mode === 'off') return
  const { eventName, ref, defaultBranch, runId, runAttempt, job, workflow, owner, repo } = context
  const standing = standingOfEvent({
    event: eventName,
    ref,
    defaultBranch,
    isProtected: process.env.GITHUB_REF_PROTECTED === 'true',
    dirty: fresh.record.source?.dirty ?? true,
  })
  if (mode === 'auto' && !standing.baseline) {
    logLine(`Not recorded in the history: ${standing.why}.`)
    return
  }
  if (token === '') {
    notice('The run was not recorded in the history: there is no token.')
    return
  }
  const evidence: EvidencePlace | null =
    artifact === undefined
      ? null
      : { kind: 'artifact', repository: `${owner}/${repo}`, run: runId, name: artifact.name, id: artifact.id }
  try {
    const store = await openOwnStore(context, token, patience, signal)
    try {
      const { entry } = await recordHistory({
        store,
        fresh,
        judgement: judged?.judgement,
        standing,
        job: { run: runId, attempt: runAttempt, job, workflow },
        evidence,
        clock: systemClock,
        signal,
      })
      const lost = entry.dropped.length === 0 ? '' : ` The entry keeps no ${entry.dropped.join(', ')}.`
      logLine(
        `Recorded in the ${store.name}, ${standing.baseline ? 'as a baseline' : 'not as a baseline'}: ${standing.why}.${lost}`,
      )
    } finally {
      await store.close()
    }
  } catch (error) {
    if (error instanceof ModelgateError && error.kind === 'cancelled') throw error
    notice(`The run was not recorded in the history, so that it is no baseline of later changes. ${formatError(error)}`)
  }
}
