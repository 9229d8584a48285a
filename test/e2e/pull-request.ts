import { onTestFinished } from 'vitest'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }
import type { Permission } from '../github/server/account.ts'
import { GithubServer } from '../github/server/github-server.ts'
import type { Repository } from '../github/server/repository.ts'
import { type Project, tinyProject } from './project.ts'

/** A pull request as the runner checks it out: HEAD is GitHub's merge commit of the change into main. */
export type PullRequestProject = { project: Project; payload: unknown; base: string; head: string }

/** The change has these files; the branch main began with `main`, or with the small pipeline. */
export function pullRequest(files: Record<string, string>, main?: Record<string, string>): PullRequestProject {
  const project = tinyProject(main)
  const forkPoint = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '-b', 'change')
  const head = project.commit('Change the model', files)
  project.git('checkout', '--quiet', 'main')
  const base = project.commit('Say something else on main', { 'README.md': 'other work\n' })
  project.git('checkout', '--quiet', '--detach', base)
  project.git('merge', '--quiet', '--no-ff', '--message', 'Merge', head)
  return { project, payload: payloadOf(head, forkPoint), base, head }
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
  // One commit makes the bare repository; the push replaces it.
  await repository.commit('main', { 'README.md': 'to be replaced\n' })
  project.git('push', '--quiet', '--force', repository.git.folder, 'main:refs/heads/main', 'change:refs/heads/change')
  repository.addPull('change', { number: 7 })
  server.addJobToken('job', repository, permissions, options.from)
  return { server, repository, env: { GITHUB_API_URL: server.apiUrl } }
}
