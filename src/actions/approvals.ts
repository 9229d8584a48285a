import type { GithubContext } from '../github/context.ts'
import type { Patience } from '../github/patience.ts'
import type { FindApprovals } from '../pipeline/approvals.ts'

/**
 * Asks GitHub who approved the pull request of the event. Where nobody can be asked the rule stays open, and its reason says why. Undefined outside of
 * GitHub Actions.
 */
export function approvalsFinder(
  context: GithubContext | undefined,
  token: string,
  patience: Patience,
): FindApprovals | undefined {
  if (context === undefined) return undefined
  const { owner, repo, apiUrl, eventName, headSha, pullRequest } = context
  return async (approvers, isMeasured) => {
    const unknown = (note: string): { approvalNotes: string[] } => ({ approvalNotes: [note] })
    if (pullRequest === undefined)
      return unknown(`The event \`${eventName}\` is about no pull request, which somebody could have approved.`)
    if (token === '')
      return unknown(
        'There is no token to read approvals with: pass `github.token` as the input `token`, and add `pull-requests: read` under `permissions:` of the job.',
      )
    if (!(await isMeasured(headSha)))
      return unknown(
        `The run is neither of the head ${headSha.slice(0, 7)} of the pull request nor of its merge into the base, so an approval of the head says nothing about it.`,
      )
    const [{ createClient }, { findApprovals }] = await Promise.all([
      import('../github/client.ts'),
      import('../github/approvals.ts'),
    ])
    const client = await createClient({ token, apiUrl, patience })
    return await findApprovals({ client, where: { owner, repo }, pull: pullRequest.number, headSha, approvers })
  }
}
