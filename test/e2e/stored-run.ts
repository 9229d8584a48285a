import { expect } from 'vitest'
import type { Run } from '../github/server/models.ts'
import { type ActionResult, runAction } from './action.ts'
import type { Project } from './project.ts'
import type { Hosted } from './pull-request.ts'

export type RunOptions = {
  /** What is checked out, and run. */
  commit: string
  run?: Partial<Run>
  inputs?: Record<string, string>
  event?: { name: string; payload: unknown; sha?: string; ref?: string }
}

/**
 * A run of the shipped root action that keeps its record as an artifact on the loopback GitHub: of the branch main, unless said otherwise. The project
 * is left at what it had checked out.
 */
export async function runAndKeep(
  { server, repository }: Hosted,
  project: Project,
  { commit, run: given = {}, inputs = {}, event }: RunOptions,
): Promise<{ run: Run; result: ActionResult }> {
  const before = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '--detach', commit)
  const run = repository.addRun({ headSha: commit, headBranch: 'main', event: 'push', ...given })
  const result = await runAction('pipeline', {
    cwd: project.root,
    inputs: { token: 'job', comment: 'off', check: 'none', artifact: 'modelgate', ...inputs },
    event: event ?? { name: 'push', payload: {}, sha: commit, ref: 'refs/heads/main' },
    env: server.environment(repository, run),
  })
  expect(result.stdout).toContain('Artifact modelgate uploaded')
  run.status = 'completed'
  run.conclusion = given.conclusion === undefined ? (result.exitCode === 0 ? 'success' : 'failure') : given.conclusion
  project.git('checkout', '--quiet', '--detach', before)
  return { run, result }
}
