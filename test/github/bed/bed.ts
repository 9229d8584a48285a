import { Octokit } from '@octokit/rest'
import type { Permission } from '../server/account.ts'
import { GithubServer } from '../server/github-server.ts'
import type { Repository } from '../server/repository.ts'

export const target = { owner: 'octo', repo: 'income' }

const everything: Permission[] = [
  'actions: write',
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

export async function makeBed(isPrivate = false): Promise<Bed> {
  const server = await GithubServer.start()
  const repository = server.addRepository('octo/income', { isPrivate })
  server.addJobToken('job', repository, everything)
  server.addJobToken('bare', repository, [])
  server.addJobToken('fork', repository, everything, 'fork')
  server.addUser('lea', 'lea', [repository], everything)
  const main = await repository.commit('main', { 'README.md': '# Income\n', 'data/train.csv': 'a,b\n1,2\n' }, 'Start')
  await repository.git.changeRefs([{ name: 'refs/heads/more-rows', after: main }])
  const head = await repository.commit('more-rows', { 'data/train.csv': 'a,b\n1,2\n3,4\n' }, 'Add a row')
  repository.addPull('more-rows', { title: 'More rows' })
  await server.world.syncPulls(repository)
  return { server, repository, main, head, octokit: connect(server, 'job') }
}
