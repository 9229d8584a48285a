import { z } from 'zod'
import { type Digest, digestPattern } from '../base/digest.ts'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'

export type RepositoryName = { owner: string; repo: string }

/** An artifact as the API lists it. Its name, branch and bytes are those of whoever made the run. */
export type StoredArtifact = {
  id: number
  name: string
  bytes: number
  /** Of the zip, counted by GitHub when it was uploaded; undefined on servers that do not count it. */
  digest: Digest | undefined
  expired: boolean
  /** When it was uploaded, as an ISO date. */
  createdAt: string | undefined
  /** When GitHub deletes it, as an ISO date. */
  expiresAt: string | undefined
  /** The run that made it; undefined when it is gone. */
  run: { id: number; headSha: string; headBranch: string | undefined; fromFork: boolean } | undefined
}

const artifact = z.object({
  id: z.number(),
  name: z.string(),
  size_in_bytes: z.number(),
  digest: z.string().nullish(),
  expired: z.boolean(),
  created_at: z.string().nullish(),
  expires_at: z.string().nullish(),
  workflow_run: z
    .object({
      id: z.number().optional(),
      repository_id: z.number().optional(),
      head_repository_id: z.number().optional(),
      head_branch: z.string().nullish(),
      head_sha: z.string().optional(),
    })
    .nullish(),
})
const page = z.object({ artifacts: z.array(artifact) })

const perPage = 100

/** Most artifacts of one name that are looked through. */
export const mostListed = 1000

/**
 * Artifacts of the repository with this name, the newest first, page by page until one has what is looked for, and `mostListed` at most. Rejects
 * with Octokit's error.
 */
export async function listArtifactsNamed(
  client: Client,
  where: RepositoryName,
  name: string,
  isEnough: (page: readonly StoredArtifact[]) => boolean = () => false,
): Promise<StoredArtifact[]> {
  return await listPages(
    mostListed / perPage,
    (number) => client.rest.actions.listArtifactsForRepo({ ...where, name, per_page: perPage, page: number }),
    isEnough,
  )
}

/** The artifacts of one run, or those with this name, of at most two pages. Rejects with Octokit's error. */
export async function listArtifactsOfRun(
  client: Client,
  where: RepositoryName,
  runId: number,
  name?: string,
): Promise<StoredArtifact[]> {
  const of = { ...where, run_id: runId, ...(name === undefined ? {} : { name }) }
  return await listPages(2, (number) =>
    client.rest.actions.listWorkflowRunArtifacts({ ...of, per_page: perPage, page: number }),
  )
}

async function listPages(
  pages: number,
  request: (page: number) => Promise<{ data: unknown }>,
  isEnough: (page: readonly StoredArtifact[]) => boolean = () => false,
): Promise<StoredArtifact[]> {
  const found: StoredArtifact[] = []
  for (let number = 1; number <= pages; number += 1) {
    const parsed = page.safeParse((await request(number)).data)
    if (!parsed.success) throw unexpectedAnswer('list artifacts')
    const listed = parsed.data.artifacts.map(toStored)
    found.push(...listed)
    if (listed.length < perPage || isEnough(listed)) break
  }
  return found
}

function toStored(listed: z.infer<typeof artifact>): StoredArtifact {
  const { id: runId, repository_id, head_repository_id, head_branch, head_sha } = listed.workflow_run ?? {}
  return {
    id: listed.id,
    name: listed.name,
    bytes: listed.size_in_bytes,
    digest: digestPattern.test(listed.digest ?? '') ? (listed.digest as Digest) : undefined,
    expired: listed.expired,
    createdAt: listed.created_at ?? undefined,
    expiresAt: listed.expires_at ?? undefined,
    run:
      runId === undefined || head_sha === undefined
        ? undefined
        : {
            id: runId,
            headSha: head_sha,
            headBranch: head_branch ?? undefined,
            // Unknown counts as foreign.
            fromFork: repository_id === undefined || repository_id !== head_repository_id,
          },
  }
}
