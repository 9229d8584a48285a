import { readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

/**
 * The commit that a branch, a tag or the beginning of a SHA names now; undefined when GitHub knows none. Asks for the SHA alone: the commit
 * itself would come with all its changes. Rejects with Octokit's error.
 */
export async function commitOf(client: Client, where: RepositoryName, ref: string): Promise<string | undefined> {
  try {
    const { data } = await client.rest.repos.getCommit({ ...where, ref, mediaType: { format: 'sha' } })
    // Bytes, where the answer does not name its encoding.
    const given: unknown = data
    const sha = (given instanceof ArrayBuffer ? Buffer.from(given).toString('latin1') : String(given)).trim()
    if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha)) throw unexpectedAnswer('get a commit')
    return sha
  } catch (error) {
    const status = readApiError(error)?.status
    if (status === 404 || status === 422) return undefined
    throw error
  }
}
