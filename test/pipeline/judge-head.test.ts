import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/github/client.ts'
import { findHeadArtifact, listHeadRuns } from '../../src/github/head-runs.ts'
import { getOpenPull } from '../../src/github/pull-request.ts'
import { judgeHead } from '../../src/pipeline/judge-head.ts'
import { conversation, runBoth } from '../e2e/comment-event.ts'
import { runAndKeep } from '../e2e/stored-run.ts'

const where = { owner: 'octo', repo: 'income' }

async function judged(scene: Awaited<ReturnType<typeof conversation>>) {
  const client = await createClient({ token: 'job', apiUrl: scene.server.url, retryPause: 5 })
  const pull = await getOpenPull(client, where, 7)
  if (pull === undefined) throw new Error('it is closed')
  const found = await findHeadArtifact(client, where, await listHeadRuns(client, where, pull), 'modelgate')
  if (found === undefined) throw new Error('nothing was kept')
  const request = {
    client,
    where,
    pull,
    artifact: found.artifact,
    config: 'modelgate.yaml',
    baselineArtifact: 'modelgate',
    openHistory: async () => ({ source: undefined, close: async () => undefined }),
  }
  return await judgeHead(request)
}

describe('the stored run of a head', () => {
  it('is judged as its merge into the base, also when the branch of the base has a slash in its name', async () => {
    const scene = await conversation()
    const { repository, project, base } = scene
    const release = 'release/1.0'
    project.git('push', '--quiet', repository.git.folder, `${base}:refs/heads/${release}`)
    const pull = repository.issues.find(({ number }) => number === 7)?.pull
    if (pull !== undefined) pull.baseRef = release
    const { ofBase } = await runBoth(scene)
    for (const run of repository.runs) if (run.id === ofBase) run.headBranch = release
    const { judgement, policy } = await judged(scene)
    expect(judgement.comparison.baseline.explanation).toBe(`stored run ${ofBase} (push) of commit ${base.slice(0, 7)}`)
    expect([judgement.verdict.verdict, policy.from]).toEqual(['pass', 'base'])
  })

  it('is refused when it says that it measured a commit which GitHub does not know', async () => {
    const scene = await conversation()
    const elsewhere = scene.project.commit('Not pushed')
    await runAndKeep(scene, scene.project, {
      commit: elsewhere,
      run: { event: 'pull_request', headSha: scene.head, headBranch: 'change' },
    })
    await expect(judged(scene)).rejects.toMatchObject({ code: 'evidence/other-commit' })
  })
})
