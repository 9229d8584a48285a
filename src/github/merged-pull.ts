import { z } from 'zod'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import { listApprovingReviews } from './reviews.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** A pull request that was merged, with those whose approval stood. Its title is its author's words. */
export type MergedPull = { number: number; title: string; url: string; author: string; approvers: string[] }

const pulls = z.array(
  z.object({
    number: z.number(),
    title: z.string(),
    html_url: z.string(),
    merged_at: z.string().nullish(),
    merge_commit_sha: z.string().nullish(),
    base: z.object({ ref: z.string() }),
    user: z.object({ login: z.string() }).nullish(),
  }),
)

/** The pull request by which a commit came onto a branch; undefined for a direct push. Takes `pull-requests: read`; rejects with Octokit's error. */
export async function mergedPullOf(
  client: Client,
  where: RepositoryName,
  commit: string,
  branch: string,
): Promise<MergedPull | undefined> {
  const { data } = await client.rest.repos.listPullRequestsAssociatedWithCommit({ ...where, commit_sha: commit })
  const parsed = pulls.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('list the pull requests of a commit')
  const merged = parsed.data.find(({ merged_at, base }) => merged_at != null && base.ref === branch)
  if (merged === undefined) return undefined
  const { number, title, html_url: url, user } = merged
  const author = user?.login ?? 'ghost'
  const reviews = await listApprovingReviews(client, where, number)
  return { number, title, url, author, approvers: reviews.map(({ by }) => by).filter((by) => by !== author) }
}
