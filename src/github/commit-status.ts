import { oneLine, truncate } from '../base/escape.ts'
import type { CheckTarget } from './check-run.ts'
import type { Client } from './client.ts'

/** GitHub refuses longer ones. */
const descriptionLimit = 140

export type StatusState = 'pending' | 'success' | 'failure' | 'error'

/**
 * Sets the status of a commit under a context. The newest of a context counts, so a repeated request does no harm. Rejects with
 * Octokit's error.
 */
export async function setCommitStatus(
  client: Client,
  target: CheckTarget,
  state: StatusState,
  description: string,
): Promise<void> {
  const { owner, repo, headSha, name, detailsUrl } = target
  await client.rest.repos.createCommitStatus({
    owner,
    repo,
    sha: headSha,
    state,
    context: truncate(name, 255),
    description: truncate(oneLine(description), descriptionLimit),
    target_url: detailsUrl,
  })
}
