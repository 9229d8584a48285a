import { setTimeout as sleep } from 'node:timers/promises'
import { isUncertain } from './api-error.ts'
import type { Client } from './client.ts'
import { getHeadRun, type HeadRun } from './head-runs.ts'
import type { RepositoryName } from './stored-artifact.ts'

export type Extent = 'all jobs' | 'the failed jobs'

/** What a new attempt runs: where jobs failed those, with what depends on them; else all. */
export function extentOf({ conclusion }: HeadRun): Extent {
  return conclusion === 'failure' || conclusion === 'timed_out' ? 'the failed jobs' : 'all jobs'
}

/**
 * Starts a new attempt of a completed run. The request is sent once: when its answer is lost, the run itself tells whether it had its effect.
 * Rejects with Octokit's error.
 */
export async function rerun(client: Client, where: RepositoryName, run: HeadRun, settle = 2000): Promise<Extent> {
  const extent = extentOf(run)
  const target = { ...where, run_id: run.id }
  try {
    if (extent === 'all jobs') await client.rest.actions.reRunWorkflow(target)
    else await client.rest.actions.reRunWorkflowFailedJobs(target)
  } catch (error) {
    if (!isUncertain(error)) throw error
    await sleep(settle)
    const now = await getHeadRun(client, where, run.id)
    if (now.attempt === run.attempt && now.status === 'completed') throw error
  }
  return extent
}
