import { z } from 'zod'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { OpenPull } from './pull-request.ts'
import { listArtifactsNamed, listArtifactsOfRun, type RepositoryName, type StoredArtifact } from './stored-artifact.ts'

/** A run of the event `pull_request` for the head of a pull request. */
export type HeadRun = {
  id: number
  attempt: number
  status: string
  conclusion: string | undefined
  /** Path of the workflow file: the same in every branch. */
  workflow: string
  url: string
  /** When this attempt began, as an ISO date. */
  startedAt: string | undefined
}

const run = z.object({
  id: z.number(),
  run_attempt: z.number().optional(),
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  head_sha: z.string(),
  path: z.string(),
  html_url: z.string(),
  run_started_at: z.string().nullish(),
  head_repository: z.object({ id: z.number() }).nullish(),
})
const page = z.object({ workflow_runs: z.array(run) })

/** Runs whose artifacts are looked through. A pull request has one for each workflow, and a further one when it was opened again. */
const mostRuns = 20

/**
 * The runs that GitHub made for exactly this head, the newest first. Another pull request can have a head of the same SHA: those from another
 * repository are left out. Rejects with Octokit's error.
 */
export async function listHeadRuns(
  client: Client,
  where: RepositoryName,
  { headSha, headRepositoryId }: Pick<OpenPull, 'headSha' | 'headRepositoryId'>,
): Promise<HeadRun[]> {
  const { data } = await client.rest.actions.listWorkflowRunsForRepo({
    ...where,
    event: 'pull_request',
    head_sha: headSha,
    exclude_pull_requests: true,
    per_page: 100,
  })
  const parsed = page.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('list workflow runs')
  return parsed.data.workflow_runs
    .filter(({ event, head_sha }) => event === 'pull_request' && head_sha === headSha)
    .filter(({ head_repository }) => head_repository?.id === headRepositoryId)
    .map(toHeadRun)
}

export async function getHeadRun(client: Client, where: RepositoryName, id: number): Promise<HeadRun> {
  const { data } = await client.rest.actions.getWorkflowRun({ ...where, run_id: id, exclude_pull_requests: true })
  const parsed = run.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('get a workflow run')
  return toHeadRun(parsed.data)
}

/** The newest artifact of this name that runs of a head kept, with its run: a later attempt of an older run counts as newer. */
export async function findHeadArtifact(
  client: Client,
  where: RepositoryName,
  runs: readonly HeadRun[],
  name: string,
): Promise<{ artifact: StoredArtifact; run: HeadRun } | undefined> {
  let newest: { artifact: StoredArtifact; run: HeadRun } | undefined
  for (const candidate of runs.slice(0, mostRuns)) {
    for (const artifact of await listArtifactsOfRun(client, where, candidate.id, name)) {
      if (artifact.name === name && artifact.id > (newest?.artifact.id ?? 0)) newest = { artifact, run: candidate }
    }
  }
  return newest
}

/** The workflow file whose newest run in this repository kept an artifact of this name; forks can give theirs any name, and do not count. */
export async function findKeepingWorkflow(
  client: Client,
  where: RepositoryName,
  name: string,
): Promise<string | undefined> {
  const artifacts = await listArtifactsNamed(client, where, name, () => true)
  const own = artifacts.find((artifact) => artifact.run?.fromFork === false)
  return own?.run === undefined ? undefined : (await getHeadRun(client, where, own.run.id)).workflow
}

function toHeadRun(listed: z.infer<typeof run>): HeadRun {
  return {
    id: listed.id,
    attempt: listed.run_attempt ?? 1,
    status: listed.status ?? 'unknown',
    conclusion: listed.conclusion ?? undefined,
    // Some are named with the ref that they were taken from.
    workflow: listed.path.replace(/@.*$/, ''),
    url: listed.html_url,
    startedAt: listed.run_started_at ?? undefined,
  }
}
