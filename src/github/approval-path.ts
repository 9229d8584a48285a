import { z } from 'zod'
import { readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import { type Ownership, ownersOf } from './code-owners.ts'
import { readTextAt } from './remote-file.ts'
import type { RepositoryName } from './stored-artifact.ts'

/** Who has to agree before a model is promoted, as far as GitHub's settings say so. */

/** `unknown`: the token may not read it. */
export type ApprovalSettings = {
  /** People and teams who have to approve a job of the environment. */
  environment: { name: string; reviewers: number | 'unknown' }
  /** Who owns the file by which stages are changed through pull requests. */
  owners: { file: string; ownership: Ownership } | 'unknown'
  /** Whether a rule of the default branch asks for the review of owners. Settings of a branch that are no ruleset cannot be seen by a job. */
  ownersReview: 'required' | 'not-seen'
  isPrivate: boolean
}

const environmentSchema = z.object({
  protection_rules: z.array(z.object({ type: z.string(), reviewers: z.array(z.unknown()).optional() })).optional(),
})
const repositorySchema = z.object({ private: z.boolean(), default_branch: z.string() })
const rulesSchema = z.array(
  z.object({
    type: z.string(),
    parameters: z.object({ require_code_owner_review: z.boolean().optional() }).optional(),
  }),
)

/** Where GitHub looks for owners; the first one counts. */
const ownerFiles = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']

/**
 * Reads the settings that are about promotions of a model. Of several environments the first counts that asks for a reviewer. What the token may not
 * read is `unknown`; other failures reject with Octokit's error.
 */
export async function readApprovalSettings(
  client: Client,
  where: RepositoryName,
  environments: readonly [string, ...string[]],
  stagesFile: string,
): Promise<ApprovalSettings> {
  const parsed = repositorySchema.safeParse((await client.rest.repos.get({ ...where })).data)
  if (!parsed.success) throw unexpectedAnswer('get the repository')
  const { private: isPrivate, default_branch: branch } = parsed.data
  return {
    environment: await firstReviewed(client, where, environments),
    owners: (await told(() => readOwners(client, where, branch, stagesFile))) ?? 'unknown',
    ownersReview: (await told(() => asksOwners(client, where, branch))) === true ? 'required' : 'not-seen',
    isPrivate,
  }
}

async function firstReviewed(
  client: Client,
  where: RepositoryName,
  names: readonly [string, ...string[]],
): Promise<ApprovalSettings['environment']> {
  for (const name of names) {
    const reviewers = await reviewersOf(client, where, name)
    if (reviewers !== 0) return { name, reviewers }
  }
  return { name: names[0], reviewers: 0 }
}

async function reviewersOf(client: Client, where: RepositoryName, name: string): Promise<number | 'unknown'> {
  try {
    const { data } = await client.rest.repos.getEnvironment({ ...where, environment_name: name })
    const parsed = environmentSchema.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('get an environment')
    const rules = parsed.data.protection_rules ?? []
    return rules.filter(({ type }) => type === 'required_reviewers').flatMap(({ reviewers = [] }) => reviewers).length
  } catch (error) {
    const status = readApiError(error)?.status
    if (status === 404) return 0
    if (status === 403) return 'unknown'
    throw error
  }
}

async function readOwners(
  client: Client,
  where: RepositoryName,
  branch: string,
  stagesFile: string,
): Promise<{ file: string; ownership: Ownership }> {
  for (const file of ownerFiles) {
    const text = await readTextAt(client, where, file, branch)
    if (text !== undefined) return { file, ownership: ownersOf(text, stagesFile) }
  }
  return { file: ownerFiles[0] ?? '', ownership: undefined }
}

async function asksOwners(client: Client, where: RepositoryName, branch: string): Promise<boolean> {
  const { data } = await client.rest.repos.getBranchRules({ ...where, branch, per_page: 100 })
  const parsed = rulesSchema.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('get the rules of a branch')
  return parsed.data.some(
    ({ type, parameters }) => type === 'pull_request' && parameters?.require_code_owner_review === true,
  )
}

/** Undefined for what the token may not read, and for what an older server does not know. */
async function told<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    const status = readApiError(error)?.status
    if (status === 403 || status === 404) return undefined
    throw error
  }
}

/** Which way is in force, and in sentences what that means here. */
export type ApprovalInForce = { path: 'environment' | 'pull-request' | 'none'; sentences: string[] }

/** What the settings come to. Pure. */
export function approvalInForce(settings: ApprovalSettings, stagesFile: string): ApprovalInForce {
  const { environment, owners, ownersReview, isPrivate } = settings
  const sentences: string[] = []
  const reviewed = environment.reviewers
  if (reviewed !== 'unknown' && reviewed > 0) {
    sentences.push(`Approval by environment is in force: ${environment.name} asks for a reviewer.`)
  } else if (reviewed === 'unknown') {
    sentences.push(`Whether ${environment.name} asks for a reviewer is not known: add \`actions: read\` to the job.`)
  } else {
    const plan = isPrivate ? ', which a private repository has on GitHub Enterprise only' : ''
    sentences.push(`The environment ${environment.name} asks for no reviewer${plan}.`)
  }
  const covered = owners !== 'unknown' && (owners.ownership?.owners.length ?? 0) > 0
  if (owners === 'unknown') {
    sentences.push('CODEOWNERS could not be read: add `contents: read` to the job.')
  } else if (!covered) {
    sentences.push(
      `No line of CODEOWNERS gives ${stagesFile} an owner, so a pull request on it needs no particular review.`,
    )
  } else {
    const names = owners.ownership?.owners.join(', ') ?? ''
    sentences.push(
      ownersReview === 'required'
        ? `Approval by pull request is in force: ${stagesFile} is owned by ${names} (${owners.file}), and a rule of the default branch asks for their review.`
        : `${stagesFile} is owned by ${names} (${owners.file}); whether their review is required cannot be seen, for no ruleset of the default branch says so.`,
    )
  }
  const path =
    reviewed !== 'unknown' && reviewed > 0
      ? 'environment'
      : covered && ownersReview === 'required'
        ? 'pull-request'
        : 'none'
  if (path === 'none')
    sentences.push('So nobody but whoever starts a promotion has to agree to it, as far as can be seen.')
  return { path, sentences }
}
