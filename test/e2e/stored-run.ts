import { expect } from 'vitest'
import type { Artifact, Run } from '../github/server/models.ts'
import { type ActionResult, runAction } from './action.ts'
import type { Project } from './project.ts'
import type { Hosted } from './pull-request.ts'

export type RunOptions = {
  /** What is checked out, and run. */
  commit: string
  run?: Partial<Run>
  inputs?: Record<string, string>
  event?: { name: string; payload: unknown; sha?: string; ref?: string }
  /** The files that the run leaves in the project are wanted, and not only what it kept. */
  inProject?: boolean
}

/** What runs of this test file kept that began with nothing else on GitHub, by what they ran: the same commit is run once. */
const kept = new Map<string, { artifact: Artifact; result: ActionResult }>()

/**
 * A run of the shipped root action that keeps its record as an artifact on the loopback GitHub: of the branch main, unless said otherwise. The project
 * is left at what it had checked out.
 */
export async function runAndKeep(
  { server, repository }: Hosted,
  project: Project,
  { commit, run: given = {}, inputs = {}, event, inProject = false }: RunOptions,
): Promise<{ run: Run; result: ActionResult }> {
  const key =
    event === undefined && repository.runs.length === 0 && repository.artifacts.length === 0
      ? JSON.stringify([commit, inputs])
      : undefined
  const run = repository.addRun({ headSha: commit, headBranch: 'main', event: 'push', ...given })
  const end = (result: ActionResult): { run: Run; result: ActionResult } => {
    run.status = 'completed'
    run.conclusion = given.conclusion === undefined ? (result.exitCode === 0 ? 'success' : 'failure') : given.conclusion
    return { run, result }
  }
  const known = key === undefined || inProject ? undefined : kept.get(key)
  if (known !== undefined) {
    const createdAt = server.world.now()
    const times = { createdAt, expiresAt: createdAt + known.artifact.expiresAt - known.artifact.createdAt }
    repository.artifacts.push({ ...known.artifact, id: server.world.nextId(), runId: run.id, ...times })
    return end(known.result)
  }
  const before = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '--detach', commit)
  const result = await runAction('pipeline', {
    cwd: project.root,
    inputs: { token: 'job', comment: 'off', check: 'none', artifact: 'modelgate', ...inputs },
    event: event ?? { name: 'push', payload: {}, sha: commit, ref: 'refs/heads/main' },
    env: server.environment(repository, run),
  })
  expect(result.stdout).toContain('Artifact modelgate uploaded')
  project.git('checkout', '--quiet', '--detach', before)
  const artifact = repository.artifacts.at(-1)
  if (key !== undefined && artifact !== undefined) kept.set(key, { artifact: { ...artifact }, result })
  return end(result)
}
