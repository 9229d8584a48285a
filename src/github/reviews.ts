import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** Somebody's approval of a pull request that still stands. */
export type ApprovingReview = {
  by: string
  /** When it was sent, as an ISO timestamp; empty when GitHub does not say. */
  at: string
  /** The commit that was looked at; empty when it is gone. */
  sha: string
  /** What GitHub writes beside the name: a hint, and no permission. */
  isInsider: boolean
}

const listed = z.array(
  z.object({
    user: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
    state: z.string(),
    submitted_at: z.string().nullish(),
    commit_id: z.string().nullish(),
    author_association: z.string().optional(),
  }),
)
type Review = z.infer<typeof listed>[number]

const perPage = 100
/** Reviews that are read. Everybody may review in public, and a page costs a request. */
export const mostReviews = 5000

/** Names of people; an underscore stands in those that an enterprise manages. Others never reach an address. */
const loginPattern = /^[a-z\d][a-z\d_-]{0,98}$/i

/**
 * Approvals that stand: of each person the last review that approves, asks for changes or was dismissed, where that one approves; comments change
 * nothing. Without bots, and without accounts that are gone. Throws `github/too-many-reviews`, `github/unexpected-answer`, or Octokit's error.
 */
export async function listApprovingReviews(
  client: Client,
  where: RepositoryName,
  pull: number,
): Promise<ApprovingReview[]> {
  const last = new Map<string, Review>()
  for (let page = 1; page <= mostReviews / perPage; page += 1) {
    const { data } = await client.rest.pulls.listReviews({ ...where, pull_number: pull, per_page: perPage, page })
    const parsed = listed.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('list the reviews of a pull request')
    for (const review of parsed.data) {
      // In the order of time. A review that is dismissed keeps its place and changes its state.
      if (!['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(review.state)) continue
      if (isPerson(review)) last.set(review.user?.login.toLowerCase() ?? '', review)
    }
    if (parsed.data.length < perPage) return [...last.values()].flatMap(toApproval)
  }
  // Any of those left could take an approval back.
  throw new ModelgateError({
    code: 'github/too-many-reviews',
    message: `There are ${mostReviews} reviews or more, which are not all read.`,
    help: 'Open a new pull request for this change.',
  })
}

function isPerson({ user }: Review): boolean {
  return user != null && user.type === 'User' && loginPattern.test(user.login)
}

function toApproval({ user, state, submitted_at, commit_id, author_association = '' }: Review): ApprovingReview[] {
  if (user == null || state !== 'APPROVED') return []
  const isInsider = ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(author_association)
  return [{ by: user.login, at: submitted_at ?? '', sha: commit_id ?? '', isInsider }]
}
