import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from '@octokit/rest'
import { afterAll } from 'vitest'
import type { Permission } from '../server/account.ts'
import { GitRepository } from '../server/git-repository.ts'
import { GithubServer } from '../server/github-server.ts'
import type { Repository } from '../server/repository.ts'

export const target = { owner: 'octo', repo: 'income' }

const everything: Permission[] = [
  'actions: write',
  'attestations: write',
  'checks: write',
  'contents: write',
  'deployments: write',
  'issues: write',
  'pull-requests: write',
  'statuses: write',
]

/** A server with the repository octo/income, a commit on main, a branch ahead of it with pull request 1, and tokens. */
export type Bed = { server: GithubServer; repository: Repository; main: string; head: string; octokit: Octokit }

/** Octokit without its log and without retries: what the server says is what the test sees. */
export function connect(server: GithubServer, token?: string): Octokit {
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  return new Octokit({ ...(token === undefined ? {} : { auth: token }), baseUrl: server.url, log, request: { log } })
}

type Template = { folder: string; main: string; head: string }
let template: Promise<Template> | undefined

/** The commits of every bed, made once for each file of tests and copied from then on. */
async function makeTemplate(): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), 'modelgate-template-'))
  const git = new GitRepository(folder)
  const main = await git.commit('main', { 'README.md': '# Income\n', 'data/train.csv': 'a,b\n1,2\n' })
  await git.changeRefs([{ name: 'refs/heads/more-rows', after: main }])
  const head = await git.commit('more-rows', { 'data/train.csv': 'a,b\n1,2\n3,4\n' })
  return { folder, main, head }
}

afterAll(async () => {
  if (template !== undefined) await rm((await template).folder, { recursive: true })
})

export async function makeBed(): Promise<Bed> {
  template ??= makeTemplate()
  const { folder, main, head } = await template
  const server = await GithubServer.start()
  const repository = server.addRepository('octo/income')
  await repository.git.copyFrom(folder)
  server.addJobToken('job', repository, everything)
  server.addJobToken('bare', repository, [])
  server.addJobToken('fork', repository, everything, 'fork')
  server.addUser('lea', 'lea', [repository], everything)
  repository.addPull('more-rows', { title: 'More rows' })
  return { server, repository, main, head, octokit: connect(server, 'job') }
}
