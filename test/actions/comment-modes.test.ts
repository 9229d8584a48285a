import { describe, expect, it } from 'vitest'
import { runAction } from '../e2e/action.ts'
import { type Project, projectFiles, tinyProject, withParams } from '../e2e/project.ts'
import { type Hosted, host, payloadOf } from '../e2e/pull-request.ts'

/** A branch `change` on the loopback GitHub; each call of `push` changes it and runs the root action on it. */
async function conversation(
  mode: string,
): Promise<Hosted & { push(files: Record<string, string>): Promise<string[]> }> {
  const project: Project = tinyProject()
  const base = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '-b', 'change')
  const hosted = await host(project, ['pull-requests: write', 'checks: write'])
  return {
    ...hosted,
    push: async (files) => {
      const head = project.commit('Go on', files)
      project.git('push', '--quiet', '--force', hosted.repository.git.folder, 'change:refs/heads/change')
      const payload = payloadOf(head, base)
      const inputs = { token: 'job', comment: mode }
      const result = await runAction('pipeline', {
        cwd: project.root,
        inputs,
        event: { name: 'pull_request', payload },
        env: hosted.env,
      })
      expect([0, 2, 10]).toContain(result.exitCode)
      return hosted.repository.comments.map(
        ({ body, minimized }) => `${body.split('\n')[0]}${minimized === null ? '' : ` (${minimized})`}`,
      )
    },
  }
}

const [passed, failed] = ['## ✅ `tiny`: pass', '## ❌ `tiny`: fail (blocked)']

describe('the mode of the comment', () => {
  it('always: one comment, kept up to date', async () => {
    const { push } = await conversation('always')
    expect(await push(withParams(2))).toEqual([passed])
    expect(await push(withParams(35))).toEqual([failed])
    expect(await push(withParams(2))).toEqual([passed])
  })

  it.each(['always', 'on-failure'])('%s: a run without a verdict takes the place of an older report', async (mode) => {
    const { push, repository } = await conversation(mode)
    await push(withParams(35))
    const train = "console.log('<b>@octocat</b>'); console.log('```'); process.exit(3)\n"
    expect(await push({ 'train.mjs': train })).toEqual(['## 🚫 `tiny`: no verdict'])
    expect(repository.comments[0]?.body).toContain('**Stage "train" failed: its command ended with exit code 3.**')
    expect(repository.comments[0]?.body).toContain('\n    <b>@\u2060octocat</b>\n    ```\n')
    const broken = projectFiles['modelgate.yaml'].replace('outs:', 'out:')
    expect(await push({ 'modelgate.yaml': broken })).toEqual(['## 🚫 `tiny`: no verdict'])
    expect(repository.comments[0]?.body).toMatch(/`modelgate.yaml:6:\d+`: \*\*Unknown key "out" in stages.train.\*\*/)
  })

  it('on-failure: none until the gate blocks, then kept up to date', async () => {
    const { push } = await conversation('on-failure')
    expect(await push(withParams(2))).toEqual([])
    expect(await push(withParams(35))).toEqual([failed])
    expect(await push(withParams(2))).toEqual([passed])
  })

  it('on-change: none for a change that does not concern the model', async () => {
    const { push } = await conversation('on-change')
    expect(await push({ 'README.md': 'words\n' })).toEqual([])
    expect(await push(withParams(2))).toEqual([passed])
  })

  it('recreate: a new one each time, the old ones marked and folded away', async () => {
    const { push, repository } = await conversation('recreate')
    expect(await push(withParams(2))).toEqual([passed])
    expect(await push(withParams(35))).toEqual(['> Outdated: a newer report stands below. (outdated)', failed])
    expect(await push(withParams(3))).toEqual([
      '> Outdated: a newer report stands below. (outdated)',
      '> Outdated: a newer report stands below. (outdated)',
      passed,
    ])
    expect(repository.comments[0]?.body).toContain('<!-- modelgate:outdated key=tiny -->')
  })

  it('off: none at all', async () => {
    const { push, server } = await conversation('off')
    expect(await push(withParams(35))).toEqual([])
    expect(server.calls.filter((call) => /comments/.test(call))).toEqual([])
  })

  it('survives that somebody deletes or edits the comment', async () => {
    const { push, repository } = await conversation('always')
    await push(withParams(2))
    repository.comments.length = 0
    expect(await push(withParams(35))).toEqual([failed])
    const [comment] = repository.comments
    if (comment !== undefined) comment.body = 'edited, without the marker'
    expect(await push(withParams(2))).toEqual(['edited, without the marker', passed])
  })
})
