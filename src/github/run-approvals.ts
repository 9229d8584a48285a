import { z } from 'zod'
import { readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

const reviews = z.array(
  z.object({
    environments: z.array(z.object({ name: z.string().optional() })),
    state: z.string(),
    user: z.object({ login: z.string() }),
  }),
)

/**
 * People who approved a job of this run for an environment; undefined when the token may not read it (`actions: read`). Rejects with Octokit's
 * error otherwise.
 */
export async function approversOfRun(
  client: Client,
  where: RepositoryName,
  runId: number,
  environment: string,
): Promise<string[] | undefined> {
  try {
    const parsed = reviews.safeParse((await client.rest.actions.getReviewsForRun({ ...where, run_id: runId })).data)
    if (!parsed.success) throw unexpectedAnswer('get the approvals of a run')
    const approved = parsed.data.filter(
      ({ state, environments }) => state === 'approved' && environments.some(({ name }) => name === environment),
    )
    return [...new Set(approved.map(({ user }) => user.login))]
  } catch (error) {
    const status = readApiError(error)?.status
    if (status === 403 || status === 404) return undefined
    throw error
  }
}
