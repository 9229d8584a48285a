import { found } from '../answer.ts'
import { type CommitData, readCommit } from '../commit-data.ts'
import type { Repository } from '../repository.ts'
import { nodeId, userView } from './user-view.ts'

const unsigned = { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null }

export function commitOf(repository: Repository, sha: string): Promise<CommitData> {
  return readCommit(repository.git, sha).then(found)
}

/** `git-commit`, of the API for git objects. */
export async function gitCommitView(repository: Repository, sha: string): Promise<Record<string, unknown>> {
  const { apiUrl, htmlUrl } = repository
  const { tree, parents, author, committer, message } = await commitOf(repository, sha)
  return {
    sha,
    node_id: nodeId('Commit', sha),
    url: `${apiUrl}/git/commits/${sha}`,
    html_url: `${htmlUrl}/commit/${sha}`,
    author,
    committer,
    tree: { sha: tree, url: `${apiUrl}/git/trees/${tree}` },
    message,
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${apiUrl}/git/commits/${parent}`,
      html_url: `${htmlUrl}/commit/${parent}`,
    })),
    verification: unsigned,
  }
}

/** `commit`, of the API for commits. Accounts are known by the addresses in `World.emails`, and null for all others. */
export async function commitView(repository: Repository, sha: string): Promise<Record<string, unknown>> {
  const { apiUrl, htmlUrl } = repository
  const { tree, parents, author, committer, message } = await commitOf(repository, sha)
  const url = `${apiUrl}/commits/${sha}`
  const { world } = repository
  const account = ({ email }: { email: string }) => userView(world, world.emails.get(email) ?? null)
  return {
    sha,
    node_id: nodeId('Commit', sha),
    url,
    html_url: `${htmlUrl}/commit/${sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${apiUrl}/git/commits/${sha}`,
      author,
      committer,
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${apiUrl}/git/trees/${tree}` },
      verification: unsigned,
    },
    author: account(author),
    committer: account(committer),
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${apiUrl}/commits/${parent}`,
      html_url: `${htmlUrl}/commit/${parent}`,
    })),
  }
}

/** `nullable-simple-commit`, as in runs. */
export async function simpleCommitView(repository: Repository, sha: string): Promise<Record<string, unknown> | null> {
  const data = await readCommit(repository.git, sha)
  if (data === undefined) return null
  const { tree, message, author, committer } = data
  const person = ({ name, email }: { name: string; email: string }) => ({ name, email })
  return {
    id: sha,
    tree_id: tree,
    message,
    timestamp: committer.date,
    author: person(author),
    committer: person(committer),
  }
}
