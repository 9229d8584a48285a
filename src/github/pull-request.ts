import { z } from 'zod'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** An open pull request as the API describes it at this moment. */
export type OpenPull = {
  number: number
  headSha: string
  baseRef: string
  /** Repository of the head; undefined when it is gone. */
  headRepositoryId: number | undefined
}

const pull = z.object({
  number: z.number(),
  state: z.string(),
  head: z.object({ sha: z.string(), repo: z.object({ id: z.number() }).nullish() }),
  base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }) }),
})

/** Where a head branch lies, as GitHub itself says it of a run. */
export type HeadBranch = { repositoryId: number; owner: string; branch: string }

/**
 * Open pull requests of this repository from a branch, whatever commit they stand at now. Looked up by the branch and not by a number: whoever
 * made the run could have written any number.
 */
export async function findOpenPulls(client: Client, where: RepositoryName, head: HeadBranch): Promise<OpenPull[]> {
  const { data } = await client.rest.pulls.list({
    ...where,
    state: 'open',
    head: `${head.owner}:${head.branch}`,
    per_page: 100,
  })
  const parsed = z.array(pull).safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('list pull requests')
  return parsed.data
    .filter((found) => isOf(found, where))
    .map(toOpenPull)
    .filter((found) => found.headRepositoryId === head.repositoryId)
}

/** The pull request as it is now; undefined when it is closed. */
export async function getOpenPull(
  client: Client,
  where: RepositoryName,
  number: number,
): Promise<OpenPull | undefined> {
  const { isOpen, ...found } = (await getPull(client, where, number)) ?? { isOpen: false }
  return isOpen && 'number' in found ? found : undefined
}

/** The pull request as it is now, also when it is closed; undefined when it is none of this repository. */
export async function getPull(
  client: Client,
  where: RepositoryName,
  number: number,
): Promise<(OpenPull & { isOpen: boolean }) | undefined> {
  const parsed = pull.safeParse((await client.rest.pulls.get({ ...where, pull_number: number })).data)
  if (!parsed.success) throw unexpectedAnswer('get a pull request')
  return isOf(parsed.data, where) ? { ...toOpenPull(parsed.data), isOpen: parsed.data.state === 'open' } : undefined
}

function isOf({ base }: z.infer<typeof pull>, { owner, repo }: RepositoryName): boolean {
  return base.repo.full_name.toLowerCase() === `${owner}/${repo}`.toLowerCase()
}

function toOpenPull({ number, head, base }: z.infer<typeof pull>): OpenPull {
  return { number, headSha: head.sha, baseRef: base.ref, headRepositoryId: head.repo?.id }
}
