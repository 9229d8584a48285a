import { ModelgateError } from '../base/error.ts'
import type { Approval, Approvers, JudgeContext } from '../gate/judge.ts'
import { plainName } from '../gate/rules/approval.ts'
import { readApiError } from './api-error.ts'
import { isAtLeast, roleOf } from './chat/role.ts'
import type { Client } from './client.ts'
import { explainApiError, type Permission } from './permission.ts'
import { findAuthors } from './pull-authors.ts'
import { type ApprovingReview, listApprovingReviews } from './reviews.ts'
import type { RepositoryName } from './stored-artifact.ts'
import { TeamRoll } from './team-roll.ts'

/** What GitHub knows of the approvals of a pull request, in the form in which rules are judged. */
export type KnownApprovals = Pick<JudgeContext, 'approvals' | 'authors' | 'headSha' | 'approvalNotes'>

export type ApprovalRequest = {
  client: Client
  where: RepositoryName
  pull: number
  /** The head that was judged. */
  headSha: string
  approvers: Approvers
}

/** People whose role is asked for, at most: in a public repository anybody may send a review. */
export const mostPeople = 100

/**
 * Approvals of a pull request by people who may write in the repository, with those of the named teams that they are in, and the authors of the
 * change. What GitHub does not tell is said in a note and never counts: for a missing permission, a rate limit or a lost connection nothing is thrown.
 */
export async function findApprovals(request: ApprovalRequest): Promise<KnownApprovals> {
  const { client, where, pull, headSha, approvers } = request
  const notes: string[] = []
  const known: KnownApprovals = { headSha, approvalNotes: notes }
  /** Undefined, and a note, when GitHub did not tell. */
  const told = async <T>(what: string, needs: Permission, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof ModelgateError) && readApiError(error) === undefined) throw error
      notes.push(`${what} ${explainApiError(error, needs, false)}`)
      return undefined
    }
  }
  const reviews = await told('The reviews of this pull request are not known.', 'pull-requests: read', () =>
    listApprovingReviews(client, where, pull),
  )
  const candidates = [...(reviews ?? [])].filter(isCandidate(approvers)).sort(likelyFirst(headSha))
  if (candidates.length === 0) return { ...known, approvals: [] }

  const authors = await told('Who wrote the change is not known.', 'pull-requests: read', () =>
    findAuthors(client, where, pull, headSha),
  )
  const roll = new TeamRoll(client, where.owner, approvers.teams)
  const approvals: Approval[] = []
  const powerless: string[] = []
  for (const { by, at, sha } of candidates.slice(0, mostPeople)) {
    const role = await told(`Whether @${by} may write here is not known.`, 'contents: read', () =>
      roleOf(client, where, by),
    )
    // What refuses one question refuses the next as well.
    if (role === undefined) break
    if (!isAtLeast(role, 'write')) {
      powerless.push(by)
      continue
    }
    const teams = await told(`Which teams @${by} is in is not known.`, 'contents: read', () => roll.teamsOf(by))
    approvals.push({ by, at, sha, teams: teams ?? [] })
  }
  notes.push(...roll.notes, ...powerlessNote(powerless, approvers))
  if (candidates.length > mostPeople) notes.push(`Only ${mostPeople} of ${candidates.length} approvals were looked at.`)
  return { ...known, approvals, ...(authors === undefined ? {} : { authors }) }
}

/** Without a team only the people who are named can count, so nobody else is asked about. */
function isCandidate({ users, teams }: Approvers): (review: ApprovingReview) => boolean {
  const names = new Set(users.map(plainName))
  return ({ by }) => teams.length > 0 || names.has(plainName(by))
}

/** Those of the head before others, and those whom GitHub takes for members: what it says there is no permission, but tells whom to ask first. */
function likelyFirst(headSha: string): (one: ApprovingReview, other: ApprovingReview) => number {
  const rank = ({ sha, isInsider }: ApprovingReview): number => (sha === headSha ? 0 : 1) + (isInsider ? 0 : 2)
  return (one, other) => rank(one) - rank(other)
}

/** Of strangers nothing is said: they may approve what they like. */
function powerlessNote(people: readonly string[], { users }: Approvers): string[] {
  const names = new Set(users.map(plainName))
  const named = people.filter((by) => names.has(plainName(by))).map((by) => `@${by}`)
  if (named.length === 0) return []
  return [`The approval by ${named.join(', ')} does not count: it takes write access to this repository.`]
}
