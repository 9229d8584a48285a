import { describe, expect, it } from 'vitest'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import type { Promotion } from '../../src/registry/promotion.ts'
import { type Answered, type Conversation, conversation, type SayOptions, say } from '../e2e/comment-event.ts'
import { publishAll } from '../registry/stages.ts'

type Scene = Conversation & {
  ask(words: string, options?: SayOptions): Promise<Answered>
  history(): Promise<Promotion[]>
}

/** Version 1.0.0 was published of the base, 1.1.0 of the head; the second was compared with the first. */
async function scene(): Promise<Scene> {
  const talk = await conversation()
  const { server, repository, base, head } = talk
  server.addJobToken('mighty', repository, ['contents: write', 'deployments: write', 'pull-requests: write'])
  const open = async () => {
    const remote = `${server.url}/octo/income.git`
    return await openStateStore({
      workingDirectory: '/',
      remote,
      token: 'mighty',
      signal: new AbortController().signal,
    })
  }
  const store = await open()
  await publishAll(store, ['1.0.0'], undefined, base)
  await publishAll(store, ['1.1.0'], '1.0.0', head)
  await store.close()
  return {
    ...talk,
    ask: async (words, options = {}) =>
      await say(talk, words, { token: 'mighty', env: { GITHUB_SERVER_URL: server.url }, ...options }),
    history: async () => {
      const reader = await open()
      const found = await new ModelStages(reader).history('churn', 'production')
      await reader.close()
      return found.map(({ record }) => record)
    },
  }
}

describe('/modelgate promote', () => {
  it('promotes the version that was published of the commit, also after the merge', async () => {
    const it = await scene()
    const first = await it.ask(`/modelgate promote ${it.base.slice(0, 9)} production`)
    expect(first.result.outputs).toMatchObject({ command: 'promote', outcome: 'done' })
    expect(first.reactions).toEqual(['eyes', 'rocket'])
    expect(first.answers.at(-1)?.body).toContain('✅ production of churn stands for version 1.0.0 now.')
    expect(it.repository.deployments).toMatchObject([{ environment: 'churn/production', sha: it.base }])
    it.repository.merge(7, it.head)
    const closed: SayOptions = { change: (payload) => Object.assign(payload.issue, { state: 'closed' }) }
    const second = await it.ask(`/modelgate promote ${it.head} production`, closed)
    expect(second.result.outputs).toMatchObject({ outcome: 'done' })
    const [newest, ...others] = await it.history()
    expect(newest).toMatchObject({ version: '1.1.0', who: { actor: 'lea', approvers: [], via: 'comment' } })
    expect(newest?.why).toBe(`Asked for in ${it.server.url}/octo/income/pull/7#issuecomment-${second.asked.id}`)
    expect(others).toHaveLength(1)
  })

  it('refuses by the rules of every promotion', async () => {
    const it = await scene()
    await it.ask(`/modelgate promote ${it.head} production`)
    const stale = await it.ask(`/modelgate promote ${it.base} production`)
    expect(stale.result).toMatchObject({ exitCode: 0, outputs: { outcome: 'refused' } })
    expect(stale.answers.at(-1)?.body).toContain(
      '❌ Refused: The verdict on version 1.0.0 of churn compared it with nothing',
    )
    it.repository.addEnvironment('production', { reviewers: ['eva'] })
    const guarded = await it.ask(`/modelgate promote ${it.base} production`)
    expect(guarded.answers.at(-1)?.body).toContain('asks for a reviewer, and nobody approved this for it')
    expect((await it.history()).map(({ version }) => version)).toEqual(['1.1.0'])
  })

  it('answers why not', async () => {
    const it = await scene()
    for (const [words, options, answer] of [
      ['/modelgate promote abcdef1 production', {}, 'No version was published of the commit'],
      ['/modelgate promote HEAD production', {}, 'must be the SHA of a commit'],
      ['/modelgate promote abcdef1 ../x', {}, 'must be a stage such as'],
      ['/modelgate promote abcdef1 production', { login: 'wim' }, 'This takes the role `maintain`'],
    ] as const) {
      const { result, answers } = await it.ask(words, options)
      expect(result.outputs).toMatchObject({ outcome: 'refused' })
      expect(answers.at(-1)?.body).toContain(answer)
    }
    expect(it.repository.deployments).toEqual([])
  })

  it('says which line is missing when the token may not write', async () => {
    const it = await scene()
    const { answers } = await it.ask(`/modelgate promote ${it.base} production`, { token: 'job' })
    expect(answers.at(-1)?.body.replace(/\u2060|\\/g, '')).toContain('permissions: contents: write')
    expect(await it.history()).toEqual([])
  })
})
