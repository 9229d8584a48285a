import { z } from 'zod'
import { plural } from '../base/number-text.ts'
import { findDamage } from '../record/intact.ts'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import { type Evidence, fetchEvidence } from './evidence.ts'
import { explainApiError } from './permission.ts'
import { listArtifactsNamed, mostListed, type RepositoryName, type StoredArtifact } from './stored-artifact.ts'
import { isTrusted } from './subject.ts'

/** Where the baseline is looked for: runs of a branch of the repository itself that kept their record as an artifact. */
export type BaselineSearch = RepositoryName & {
  /** Name of the artifact. */
  artifact: string
  /** The branch that a change would be merged into; any branch of the repository without it. */
  branch: string | undefined
  /** Commits that may be the baseline, the best first: the base of the change and what came before it. */
  history: readonly string[]
}

/** A run of the branch that was accepted, with its evidence; or in a sentence why there is none, with the error that GitHub answered. */
export type StoredBaseline =
  | { evidence: Evidence & { remove(): Promise<void> }; commit: string; runId: number | string; event: string }
  | { evidence: undefined; reason: string; error?: unknown }

const run = z.object({
  id: z.number(),
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
})

/** Runs that are looked at before the search is given up. */
const mostRuns = 5

/**
 * Finds the newest successful run at or before the base of a change. Only runs of what the branch itself accepted count: never those of a pull
 * request or of a fork, whatever they call their branch. A problem is a reason and no error: the base can still be run.
 */
export async function findStoredBaseline(client: Client, search: BaselineSearch): Promise<StoredBaseline> {
  try {
    return await find(client, search)
  } catch (error) {
    return { evidence: undefined, reason: explainApiError(error, 'actions: read').replace(/\.$/, ''), error }
  }
}

async function find(client: Client, search: BaselineSearch): Promise<StoredBaseline> {
  const { owner, repo, branch, history } = search
  const rank = new Map(history.map((commit, index) => [commit, index]))
  const rankOf = ({ run }: StoredArtifact): number => rank.get(run?.headSha ?? '') ?? Number.POSITIVE_INFINITY
  const best = search.history[0]
  // Runs of pull requests keep artifacts of the same name: in a busy repository that of the base stands far down.
  const listed = await listArtifactsNamed(client, { owner, repo }, search.artifact, (found) =>
    found.some(({ run }) => run?.fromFork === false && run.headSha === best),
  )
  const own = listed.filter(
    (artifact) => artifact.run?.fromFork === false && (branch === undefined || artifact.run.headBranch === branch),
  )
  const candidates = own
    .filter((artifact) => Number.isFinite(rankOf(artifact)))
    // The list is the newest first, and this sort keeps that order among the artifacts of one commit.
    .sort((one, other) => rankOf(one) - rankOf(other))
  if (candidates.length === 0) return { evidence: undefined, reason: whyNone(search, own.length, listed.length) }
  const reasons: string[] = []
  for (const artifact of candidates.slice(0, mostRuns)) {
    const { id = 0, headSha = '' } = artifact.run ?? {}
    const refusal = artifact.expired ? expiry(artifact) : await refusalOf(client, search, id, headSha)
    if (typeof refusal === 'string') {
      reasons.push(refusal)
      continue
    }
    try {
      const evidence = await fetchEvidence(client, { owner, repo }, artifact)
      const damaged = await findDamage(evidence.fresh)
      if (damaged === undefined) return { evidence, commit: headSha, runId: id, event: refusal.event }
      await evidence.remove()
      reasons.push(`run ${id} cannot be used: ${damaged}`)
    } catch (error) {
      reasons.push(`run ${id} cannot be used: ${explainApiError(error, 'actions: read').replace(/\.$/, '')}`)
    }
  }
  return { evidence: undefined, reason: reasons[0] ?? whyNone(search, 0, 0) }
}

/** The run behind an artifact, or why it is no baseline. */
async function refusalOf(
  client: Client,
  { owner, repo, branch }: BaselineSearch,
  id: number,
  headSha: string,
): Promise<string | { event: string }> {
  const response = await client.rest.actions.getWorkflowRun({ owner, repo, run_id: id, exclude_pull_requests: true })
  const parsed = run.safeParse(response.data)
  if (!parsed.success) throw unexpectedAnswer('get a workflow run')
  const { event, status, conclusion, head_branch, head_sha } = parsed.data
  const of = branch ?? head_branch ?? 'a deleted branch'
  if (head_sha !== headSha || !isTrusted(event, `refs/heads/${head_branch ?? ''}`) || head_branch !== of)
    return `run ${id} was not made from ${of} itself but by ${event}`
  if (status !== 'completed') return `run ${id} of ${of} has not finished yet`
  if (conclusion !== 'success') return `run ${id} of ${of} ended as ${conclusion ?? 'unknown'}`
  return { event }
}

function expiry({ run: made, expiresAt }: StoredArtifact): string {
  return `the artifact of run ${made?.id} expired${expiresAt === undefined ? '' : ` on ${expiresAt.slice(0, 10)}`}; a longer retention, or a scheduled run of the workflow, keeps one at hand`
}

function whyNone({ branch, artifact, history }: BaselineSearch, others: number, listed: number): string {
  const [only = '', another] = history
  if (branch === undefined && another === undefined)
    return `no run of commit ${only.slice(0, 7)} kept an artifact "${artifact}"`
  const where = listed < mostListed ? '' : `, among the newest ${listed} of that name`
  const kept = `no run of ${branch ?? 'this repository'} kept an artifact "${artifact}"${where}`
  return others === 0 ? kept : `${kept} at or before this base (${plural(others, 'run')} of later commits did)`
}
