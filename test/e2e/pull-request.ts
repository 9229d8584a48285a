import { onTestFinished } from 'vitest'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }
import type { Permission } from '../github/server/account.ts'
import { GithubServer } from '../github/server/github-server.ts'
import type { Repository } from '../github/server/repository.ts'
import { type Project, projectFiles, projectLike } from './project.ts'
import { pushAll } from './pushed.ts'

/** A pull request as the runner checks it out: HEAD is GitHub's merge commit of the change into main. */
export type PullRequestProject = { project: Project; payload: unknown; base: string; head: string }

/** The change has these files; the branch main began with `main`, or with the small pipeline. */
export function pullRequest(files: Record<string, string>, main?: Record<string, string>): PullRequestProject {
  const { project, known } = projectLike(['pull request', files, main], (fresh) => {
    const forkPoint = fresh.commit('Train a model', main ?? projectFiles)
    fresh.git('checkout', '--quiet', '-b', 'change')
    const head = fresh.commit('Change the model', files)
    fresh.git('checkout', '--quiet', 'main')
    const base = fresh.commit('Say something else on main', { 'README.md': 'other work\n' })
    fresh.git('checkout', '--quiet', '--detach', base)
    fresh.git('merge', '--quiet', '--no-ff', '--message', 'Merge', head)
    return { forkPoint, head, base }
  })
  return { project, payload: payloadOf(known.head, known.forkPoint), base: known.base, head: known.head }
}

export function payloadOf(head: string, base: string): unknown {
  const payload = structuredClone(pullRequestPayload) as unknown as {
    pull_request: { head: { sha: string }; base: { sha: string } }
  }
  payload.pull_request.head.sha = head
  payload.pull_request.base.sha = base
  return payload
}

export type Hosted = { server: GithubServer; repository: Repository; env: Record<string, string> }

export type HostOptions = {
  kind?: 'cloud' | 'enterprise'
  isPrivate?: boolean
  /** Where the pull request comes from, when its token only reads. */
  from?: 'fork' | 'dependabot'
}

/** Puts a project on the loopback GitHub, with a pull request 7 of its branch `change` and a token `job` with these permissions. */
export async function host(project: Project, permissions: Permission[], options: HostOptions = {}): Promise<Hosted> {
  const server = await GithubServer.start(options.kind)
  onTestFinished(() => server.close())
  const repository = server.addRepository('octo/income', { isPrivate: options.isPrivate ?? false })
  await pushAll(project, repository, { 'refs/heads/main': 'main', 'refs/heads/change': 'change' })
  repository.addPull('change', { number: 7 })
  server.addJobToken('job', repository, permissions, options.from)
  return { server, repository, env: { GITHUB_API_URL: server.apiUrl } }
}
