import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

// GitHub has an empty object where it knows the address of an author, but no account.
const account = z.object({ login: z.string().optional() }).nullish()
const pull = z.object({ user: account })
const signature = z.object({ email: z.string().nullish() }).nullish()
const commits = z.array(
  z.object({
    sha: z.string(),
    commit: z.object({ message: z.string(), author: signature, committer: signature }),
    author: account,
    committer: account,
  }),
)
type Commit = z.infer<typeof commits>[number]

const perPage = 100
/** GitHub lists so many commits of a pull request, and no more. */
const mostCommits = 250

/**
 * Who wrote a change, as far as GitHub knows their accounts: whoever opened the pull request, the authors of its commits, and co-authors whose address
 * tells their account. Throws `github/authors` when the commits of this head are not all known, `github/unexpected-answer`, or Octokit's error.
 */
export async function findAuthors(
  client: Client,
  where: RepositoryName,
  number: number,
  headSha: string,
): Promise<string[]> {
  const opened = pull.safeParse((await client.rest.pulls.get({ ...where, pull_number: number })).data)
  if (!opened.success) throw unexpectedAnswer('get a pull request')
  const all = await listCommits(client, where, number)
  if (all.length >= mostCommits) throw unknownAuthors(`The pull request has ${mostCommits} commits or more.`)
  if (!all.some(({ sha }) => sha === headSha))
    throw unknownAuthors(`Commit ${headSha.slice(0, 7)} is no longer part of the pull request.`)
  const byEmail = accountsByEmail(all)
  const names = [
    opened.data.user?.login,
    ...all.flatMap((one) => [one.author?.login ?? byEmail(one.commit.author?.email), ...coAuthors(one, byEmail)]),
  ]
  return [...new Set(names.filter((name) => name !== undefined))]
}

async function listCommits(client: Client, where: RepositoryName, pull_number: number): Promise<Commit[]> {
  const all: Commit[] = []
  for (let page = 1; page <= Math.ceil(mostCommits / perPage); page += 1) {
    const { data } = await client.rest.pulls.listCommits({ ...where, pull_number, per_page: perPage, page })
    const parsed = commits.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('list the commits of a pull request')
    all.push(...parsed.data)
    if (parsed.data.length < perPage) break
  }
  return all
}

/** The REST API names no account for a co-author. GitHub's own addresses have it in them, and other commits may tell whose an address is. */
function accountsByEmail(all: readonly Commit[]): (email: string | null | undefined) => string | undefined {
  const known = new Map<string, string>()
  for (const { commit, author, committer } of all) {
    for (const [of, { login } = {}] of [
      [commit.author, author ?? {}],
      [commit.committer, committer ?? {}],
    ] as const) {
      if (of?.email != null && login !== undefined) known.set(of.email.toLowerCase(), login)
    }
  }
  return (email) => {
    const address = email?.toLowerCase() ?? ''
    return known.get(address) ?? /^(?:\d+\+)?([a-z\d[\]_-]+)@users\.noreply\.[a-z\d.-]+$/.exec(address)?.[1]
  }
}

function coAuthors(
  { commit }: Commit,
  byEmail: (email: string | undefined) => string | undefined,
): (string | undefined)[] {
  return [...commit.message.matchAll(/^co-authored-by:[^<\n]*<([^<>\s]{1,320})>/gim)].map(([, email]) => byEmail(email))
}

function unknownAuthors(message: string): ModelgateError {
  return new ModelgateError({
    code: 'github/authors',
    message,
    help: 'Without all of its commits nobody is known not to be an author.',
  })
}
