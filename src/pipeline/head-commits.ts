import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { readApiError, unexpectedAnswer } from '../github/api-error.ts'
import type { Client } from '../github/client.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'

/** Commits of a pull request as GitHub has them. */

const commitSchema = z.object({ parents: z.array(z.object({ sha: z.string() })) })
const comparisonSchema = z.object({
  status: z.string(),
  merge_base_commit: z.object({ sha: z.string() }),
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
})
type CommitComparison = z.infer<typeof comparisonSchema>

/** GitHub lists no more files than this in a comparison. */
const mostFiles = 300

/**
 * The commit that a run of a pull request is measured against. The run must be of the head, or of a merge of the head into a commit of the base
 * branch; its base is then what it was merged into, and nothing older: it already has what the base had there. Throws `evidence/other-commit`.
 */
export async function findHeadBase(
  client: Client,
  where: RepositoryName,
  pull: { headSha: string; baseRef: string },
  measured: string | undefined,
): Promise<string> {
  if (measured === pull.headSha) {
    const compared = await compareCommits(client, where, pull.baseRef, pull.headSha)
    if (compared !== undefined) return compared.merge_base_commit.sha
  } else if (measured !== undefined) {
    const [first, second] = await parentsOf(client, where, measured)
    if (first !== undefined && second?.sha === pull.headSha) {
      const compared = await compareCommits(client, where, first.sha, pull.baseRef)
      if (compared !== undefined && isBehind(compared)) return first.sha
    }
  }
  const what = measured === undefined ? 'no commit' : `commit ${measured.slice(0, 7)}`
  throw new ModelgateError({
    code: 'evidence/other-commit',
    message: `The record in the artifact is of ${what}, which is neither the head ${pull.headSha.slice(0, 7)} of this pull request nor its merge into ${pull.baseRef}.`,
    help: 'Let the workflow check out the pull request itself, and leave the record as it was written.',
  })
}

/** True when a branch has the commit. */
export async function isOnBranch(
  client: Client,
  where: RepositoryName,
  commit: string,
  branch: string,
): Promise<boolean> {
  const compared = await compareCommits(client, where, commit, branch)
  return compared !== undefined && isBehind(compared)
}

/** Files that differ from a commit to a later one; undefined when it is no earlier one, or GitHub does not list them all. */
export async function filesSince(
  client: Client,
  where: RepositoryName,
  earlier: string,
  later: string,
): Promise<string[] | undefined> {
  const compared = await compareCommits(client, where, earlier, later)
  if (compared === undefined || !isBehind(compared)) return undefined
  const files = compared.files ?? []
  if (files.length >= mostFiles) return undefined
  return files.flatMap(({ filename, previous_filename }) => [
    filename,
    ...(previous_filename ? [previous_filename] : []),
  ])
}

/** True when the first commit of a comparison is the second one, or lies before it. */
function isBehind({ status }: CommitComparison): boolean {
  return status === 'ahead' || status === 'identical'
}

/** Undefined for commits that are not there, or have nothing in common. */
async function compareCommits(
  client: Client,
  where: RepositoryName,
  base: string,
  head: string,
): Promise<CommitComparison | undefined> {
  return await unlessMissing(async () => {
    // Octokit encodes it: done twice, GitHub would look for a branch with a percent sign in its name.
    const { data } = await client.rest.repos.compareCommitsWithBasehead({
      ...where,
      basehead: `${base}...${head}`,
      per_page: 1,
    })
    const parsed = comparisonSchema.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('compare two commits')
    return parsed.data
  })
}

/** None for a commit that is not there. */
async function parentsOf(client: Client, where: RepositoryName, commit: string): Promise<{ sha: string }[]> {
  const found = await unlessMissing(async () => {
    const parsed = commitSchema.safeParse((await client.rest.git.getCommit({ ...where, commit_sha: commit })).data)
    if (!parsed.success) throw unexpectedAnswer('get a commit')
    return parsed.data.parents
  })
  return found ?? []
}

async function unlessMissing<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request()
  } catch (error) {
    if ([404, 409, 422].includes(readApiError(error)?.status ?? 0)) return undefined
    throw error
  }
}
