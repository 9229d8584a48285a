import { describe, expect, it } from 'vitest'
import { type ForkScene, forkScene, report } from '../e2e/fork.ts'
import { projectFiles, withParams } from '../e2e/project.ts'
import { runAndKeep } from '../e2e/stored-run.ts'

const withRules = (...rules: string[]): Record<string, string> => ({
  ...projectFiles,
  'modelgate.yaml': `${projectFiles['modelgate.yaml']}${rules.map((rule) => `      - ${rule}\n`).join('')}`,
})

/** A run of main that is recorded in the refs of the repository, with what it kept. */
async function recordMain({
  server,
  repository,
  project,
  base,
}: Pick<ForkScene, 'server' | 'repository' | 'project' | 'base'>): Promise<void> {
  server.addJobToken('recorder', repository, ['contents: write', 'actions: read'])
  const payload = { repository: { default_branch: 'main' } }
  await runAndKeep({ server, repository, env: {} }, project, {
    commit: base,
    inputs: { token: 'recorder' },
    event: { name: 'push', payload, sha: base, ref: 'refs/heads/main' },
  })
}

const reported = (scene: ForkScene): string => scene.repository.comments[0]?.body ?? ''

describe('the report on a pull request from a fork, without a checkout', () => {
  it('holds it to the golden rows of the base, whatever the fork strikes from the list', async () => {
    const begin = { ...withRules('flips: { golden: golden.txt }'), 'golden.txt': '50\n60\n' }
    const scene = await forkScene({ ...withParams(2, 50), 'golden.txt': '60\n' }, { begin })
    const result = await report(scene)
    expect(result.outputs).toMatchObject({ verdict: 'fail', 'failed-rules': 'model.flips' })
    expect(reported(scene)).toContain('1 of 2 golden rows is broken: 50.')
  })

  it('compares with runs of the history, and looks at what they measured', async () => {
    const begin = withRules(
      '{ non-inferior: { metric: accuracy, margin: 0.05 }, baseline: best }',
      'history: { metric: accuracy, window: 5 }',
    )
    const scene = await forkScene(withParams(2), { begin, before: recordMain })
    await report(scene)
    expect(reported(scene)).toMatch(/`best`: the best accuracy \(0\.9\) of 1 run, run \S+ of commit/)
    // Row by row: the predictions come out of the artifact that the run kept.
    expect(reported(scene)).toMatch(/accuracy\S+best`.* ✅\spass .*interval/)
    expect(reported(scene)).toContain('1 earlier run of git refs of')
  })

  it('refuses a folder as history', async () => {
    const result = await report(await forkScene(withParams(2)), { history: './records' })
    expect(result.exitCode).toBe(2)
    expect(result.annotations[0]?.message).toContain('The input "history" is "./records", a folder')
  })
})
