import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import type { Permission } from '../github/server/account.ts'
import { GithubServer } from '../github/server/github-server.ts'
import type { Artifact, Run } from '../github/server/models.ts'
import type { Repository } from '../github/server/repository.ts'
import { type ActionResult, runAction } from './action.ts'
import { type Project, projectFiles, projectLike } from './project.ts'
import { payloadOf } from './pull-request.ts'
import { pushAll } from './pushed.ts'
import { runAndKeep } from './stored-run.ts'

/** A pull request 7 of a fork: its run has finished and kept its artifact, and the privileged half has not begun. */
export type ForkScene = {
  project: Project
  server: GithubServer
  repository: Repository
  fork: Repository
  base: string
  head: string
  run: Run
  measured: ActionResult
}

export const reporting: Permission[] = ['actions: read', 'contents: read', 'pull-requests: write', 'checks: write']

type Measured = { folder: string; artifact: Artifact; result: ActionResult }

/** What runs of forks kept, by the files that they change: the same change is measured once in a test file. */
const measured = new Map<string, Measured>()
afterAll(() => {
  for (const { folder } of measured.values()) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  measured.clear()
})

export type ForkOptions = {
  permissions?: Permission[]
  isPrivate?: boolean
  /** What main began with, in place of the small pipeline. */
  begin?: Record<string, string>
  /** What main changed since the fork began. Only with `before`. */
  main?: Record<string, string>
  /** Runs before the run of the fork, on main. */
  before?: (scene: Pick<ForkScene, 'project' | 'server' | 'repository' | 'base'>) => Promise<void>
}

/** The fork changes these files. */
export async function forkScene(files: Record<string, string>, options: ForkOptions = {}): Promise<ForkScene> {
  const { begin = projectFiles, main } = options
  const { project, known: proposed } = projectLike(['fork', files, begin, main], (fresh) =>
    propose(fresh, files, begin, main),
  )
  const id = JSON.stringify([files, begin])
  const known = options.before === undefined ? measured.get(id) : undefined
  if (known !== undefined) cpSync(known.folder, project.root, { recursive: true, force: true })
  const { base, head, merge } = proposed

  const server = await GithubServer.start()
  onTestFinished(() => server.close())
  const repository = server.addRepository('octo/income', { isPrivate: options.isPrivate ?? false })
  const fork = server.addRepository('mallory/income', { forkOf: 'octo/income' })
  await pushAll(project, repository, { 'refs/heads/main': base, 'refs/test/merge': merge })
  await pushAll(project, fork, { 'refs/heads/main': base, 'refs/heads/change': head })
  repository.addPull('change', { number: 7, from: fork })
  await server.world.syncPulls(repository)
  server.addJobToken('fork', repository, ['contents: read', 'actions: read'], 'fork')
  server.addJobToken('report', repository, options.permissions ?? reporting)
  server.addJobToken('job', repository, ['actions: read'])
  await options.before?.({ project, server, repository, base })
  const about = { headSha: head, headBranch: 'change', headRepository: 'mallory/income', event: 'pull_request' }
  const scene = { project, server, repository, fork, base, head }
  if (known !== undefined) {
    const conclusion = known.result.exitCode === 0 ? 'success' : 'failure'
    const run = repository.addRun({ ...about, status: 'completed', conclusion })
    repository.artifacts.push({
      ...known.artifact,
      runId: run.id,
      createdAt: server.world.now(),
      expiresAt: server.world.now() + 90 * 86_400_000,
    })
    return { ...scene, run, measured: known.result }
  }
  const { run, result } = await runAndKeep({ server, repository, env: {} }, project, {
    commit: merge,
    run: about,
    inputs: { token: 'fork' },
    event: { name: 'pull_request', payload: payloadOf(head, base), sha: merge },
  })
  const artifact = repository.artifacts.at(-1)
  if (options.before === undefined && artifact !== undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-fork-'))
    cpSync(project.root, folder, { recursive: true })
    measured.set(id, { folder, artifact: { ...artifact }, result })
  }
  server.requests.length = 0
  return { ...scene, run, measured: result }
}

/** The change on a branch, and GitHub's merge of it into main, which is checked out. */
function propose(
  project: Project,
  files: Record<string, string>,
  begin: Record<string, string>,
  main?: Record<string, string>,
): { base: string; head: string; merge: string } {
  const forkPoint = project.commit('Train a model', begin)
  project.git('checkout', '--quiet', '-b', 'change')
  const head = project.commit('Change the model', files)
  project.git('checkout', '--quiet', '--detach', forkPoint)
  const base = main === undefined ? forkPoint : project.commit('Go on', main)
  project.git('merge', '--quiet', '--no-ff', '--message', 'Merge', head)
  return { base, head, merge: project.git('rev-parse', 'HEAD') }
}

/** Runs the shipped report action on the event that tells of the end of the run. */
export async function report(
  { project, server, repository, fork, run }: ForkScene,
  inputs: Record<string, string> = {},
  payload: Record<string, unknown> = {},
): Promise<ActionResult> {
  const own = repository.addRun({ headSha: run.headSha, event: 'workflow_run', path: '.github/workflows/report.yml' })
  const workflowRun = {
    id: run.id,
    event: run.event,
    conclusion: run.conclusion,
    head_sha: run.headSha,
    head_branch: run.headBranch,
    run_started_at: new Date(run.createdAt).toISOString(),
    head_repository: { id: fork.id, owner: { login: 'mallory' } },
    // Empty for forks, as on GitHub.
    pull_requests: [],
    ...payload,
  }
  return await runAction('report', {
    // Not the project: nothing of it is checked out in this half.
    cwd: `${project.root}/.git`,
    inputs: { token: 'report', ...inputs },
    event: {
      name: 'workflow_run',
      payload: {
        action: 'completed',
        repository: { id: repository.id, default_branch: 'main' },
        workflow_run: workflowRun,
      },
      sha: '77665544332211009988aabbccddeeff00112233',
      ref: 'refs/heads/main',
    },
    env: server.environment(repository, own),
  })
}
