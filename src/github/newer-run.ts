import { z } from 'zod'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

const runSchema = z.object({ id: z.number(), workflow_id: z.number(), status: z.string().nullable() })
const page = z.object({ workflow_runs: z.array(runSchema) })

/** True when the workflow of a run has already finished for another commit: what that run has to say is then newer. */
export async function findNewerRun(
  client: Client,
  where: RepositoryName,
  runId: number,
  headSha: string,
): Promise<boolean> {
  const own = runSchema.safeParse((await client.rest.actions.getWorkflowRun({ ...where, run_id: runId })).data)
  const listed = page.safeParse(
    (await client.rest.actions.listWorkflowRunsForRepo({ ...where, head_sha: headSha, event: 'pull_request' })).data,
  )
  if (!own.success || !listed.success) throw unexpectedAnswer('list workflow runs')
  return listed.data.workflow_runs.some(
    ({ id, workflow_id, status }) => id !== runId && workflow_id === own.data.workflow_id && status === 'completed',
  )
}
