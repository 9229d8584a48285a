import { posix } from 'node:path'
import { z } from 'zod'
import { unexpectedAnswer } from '../github/api-error.ts'
import type { Client } from '../github/client.ts'
import { commitOf } from '../github/commit-of.ts'
import { readTextAt } from '../github/remote-file.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'
import { goldenFault } from './golden-rows.ts'
import { isOnBranch } from './head-commits.ts'
import type { Lineage } from './lineage.ts'
import { unusable } from './past-baseline.ts'

export type RemoteLineageRequest = {
  client: Client
  where: RepositoryName
  pull: { headSha: string; baseRef: string }
  /** Path of modelgate.yaml in the repository. */
  config: string
  /** The base of the change. */
  commit: string
}

const perPage = 100
/** 2,000 commits: as many as there are runs among which a baseline is looked for. */
const mostPages = 20
/** Commits behind these that are asked about one by one. */
const mostAsked = 20
/** Commits that are looked through for a run. */
const mostAncestors = 300

const commitsSchema = z.array(z.object({ sha: z.string() }))

/** Asks GitHub, of a pull request of which nothing is checked out. */
export function remoteLineage({ client, where, pull, config, commit }: RemoteLineageRequest): Lineage {
  return {
    hasBase: true,
    ofBase: async (commits) => {
      const missing = new Set(commits)
      const found = new Set<string>()
      if (missing.size === 0) return found
      let seen = 0
      for await (const sha of commitsUpTo(client, where, pull.baseRef)) {
        seen += 1
        if (missing.delete(sha)) found.add(sha)
        if (missing.size === 0) break
      }
      // Of a long history only the end was listed: that no run is there would look as if none had been recorded yet.
      const left = seen < perPage * mostPages ? [] : [...missing].slice(0, mostAsked)
      for (const sha of left) if (await isOnBranch(client, where, sha, pull.baseRef)) found.add(sha)
      return found
    },
    ancestors: async () => {
      const found: string[] = []
      for await (const sha of commitsUpTo(client, where, commit)) {
        found.push(sha)
        if (found.length >= mostAncestors) break
      }
      return found
    },
    resolve: async (ref) => await commitOf(client, where, ref),
    goldenText: async (file) => {
      const path = posix.normalize(posix.join(posix.dirname(config), file))
      if (path.startsWith('../') || posix.isAbsolute(path))
        throw goldenFault('outside', file, 'The file of golden rows lies outside the repository.')
      for (const ref of [pull.baseRef, pull.headSha]) {
        const text = await readTextAt(client, where, path, ref, 'a list of golden rows')
        if (text !== undefined) return text
      }
      throw goldenFault('not-found', file, 'The file of golden rows does not exist.')
    },
    recordOfBase: async (path) =>
      unusable(
        `The baseline ${path} is a file, and this report is made where nothing is checked out.`,
        'Let the checkpoint compare with the base branch, or with runs of the history, such as `champion`.',
      ),
  }
}

/** Newest first, at most 2,000. */
async function* commitsUpTo(client: Client, where: RepositoryName, tip: string): AsyncGenerator<string> {
  for (let page = 1; page <= mostPages; page += 1) {
    const { data } = await client.rest.repos.listCommits({ ...where, sha: tip, per_page: perPage, page })
    const parsed = commitsSchema.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('list commits')
    for (const { sha } of parsed.data) yield sha
    if (parsed.data.length < perPage) return
  }
}
