import { describe, expect, it } from 'vitest'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import type { StateStore } from '../../src/refs/state-store.ts'
import { ModelStages } from '../../src/registry/model-stages.ts'
import type { Promotion } from '../../src/registry/promotion.ts'
import pushPayload from '../github/payloads/push.json' with { type: 'json' }
import type { Permission } from '../github/server/account.ts'
import { publishAll } from '../registry/stages.ts'
import type { RunEvent } from '../runner/event.ts'
import type { Value } from '../runner/expression.ts'
import type { RunOptions } from '../runner/options.ts'
import { jobOf, type RunResult } from '../runner/result.ts'
import { template } from './files.ts'
import { Hosted } from './hosted.ts'

/** The starter workflow for promotions as it is copied, run with the shipped bundle on the loopback GitHub. */

const text = template('model-promote')

type Scene = { hosted: Hosted; sha: string; use<T>(work: (store: StateStore) => Promise<T>): Promise<T> }

/** 1.0.0 was compared with nothing, 1.1.0 and 1.2.0 with it. All were made from the first commit. */
async function scene(): Promise<Scene> {
  const hosted = await Hosted.start({ 'README.md': 'models\n' })
  hosted.server.addJobToken('seed', hosted.repository, ['contents: write'])
  const sha = (await hosted.repository.git.readRef('refs/heads/main'))?.sha ?? ''
  const use: Scene['use'] = async (work) => {
    const remote = `${hosted.server.url}/octo/income.git`
    const signal = new AbortController().signal
    const store = await openStateStore({ workingDirectory: '/', remote, token: 'seed', signal })
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }
  await use(async (store) => {
    await publishAll(store, ['1.0.0'], undefined, sha)
    await publishAll(store, ['1.1.0', '1.2.0'], '1.0.0', sha)
  })
  return { hosted, sha, use }
}

function dispatch(sha: string, inputs: Record<string, string | boolean>): RunEvent {
  const all = { model: 'churn', version: '', stage: 'production', because: 'better', rollback: false, ...inputs }
  const payload = { inputs: all, repository: pushPayload.repository } as unknown as Record<string, Value>
  return { name: 'workflow_dispatch', payload, sha, ref: 'refs/heads/main' }
}

/** Runs the copied workflow in a repository with an environment for each stage. */
async function run(hosted: Hosted, event: RunEvent, options: Partial<RunOptions> = {}): Promise<RunResult> {
  return await hosted.run(text, event, { environments: { production: {} }, ...options })
}

/** A push of a change of the file, as GitHub sends it. */
async function pushed({ hosted }: Scene, lines: string, pull?: number): Promise<RunEvent> {
  const before = (await hosted.repository.git.readRef('refs/heads/main'))?.sha
  const event = await hosted.push('main', { 'models/churn/stages.yaml': lines })
  if (pull !== undefined) hosted.repository.merge(pull, event.sha)
  return { ...event, payload: { ...event.payload, before: before ?? '' } }
}

const history = async ({ use }: Scene): Promise<Promotion[]> =>
  await use(async (store) => (await new ModelStages(store).history('churn', 'production')).map(({ record }) => record))
const steps = async (it: Scene): Promise<string[]> =>
  (await history(it)).map(({ action, version }) => `${action} ${version}`)
const errors = (result: RunResult): string[] =>
  result.jobs.flatMap(({ steps: all }) =>
    all.flatMap(({ annotations }) => annotations.flatMap(({ level, message }) => (level === 'error' ? message : []))),
  )

describe('model-promote.yml by hand', () => {
  it('promotes, refuses a stale verdict, rolls back, and shows it as deployments and tags', async () => {
    const it = await scene()
    const { hosted, sha } = it
    const first = await run(hosted, dispatch(sha, { version: '1.0.0', because: 'first; $(id) `id`' }))
    expect([first.conclusion, errors(first)]).toEqual(['success', []])
    expect(jobOf(first, 'by-pull-request').conclusion).toBe('skipped')
    expect(jobOf(first, 'by-hand').summary).toContain('✅ production of churn stands for version 1.0.0 now.')
    expect(jobOf(first, 'by-hand').summary).toContain('The environment production asks for no reviewer.')
    expect((await run(hosted, dispatch(sha, { version: '1.1.0' }))).conclusion).toBe('success')
    const stale = await run(hosted, dispatch(sha, { version: '1.2.0' }))
    expect(stale.conclusion).toBe('failure')
    expect(errors(stale).join()).toContain('production stands for version 1.1.0, made by run run-1.1.0')
    expect((await run(hosted, dispatch(sha, { rollback: true, because: 'alarms' }))).conclusion).toBe('success')
    expect(await steps(it)).toEqual(['rollback 1.0.0', 'promote 1.1.0', 'promote 1.0.0'])
    expect((await history(it)).map(({ why, who }) => [why, who.via])).toEqual([
      ['alarms', 'token'],
      ['better', 'token'],
      ['first; $(id) `id`', 'token'],
    ])
    const shown = hosted.repository.deployments.map(({ environment, task, payload, statuses }) => {
      const { promotion } = payload as { promotion: Promotion }
      return [environment, task, `${promotion.action} ${promotion.version}`, statuses.at(-1)?.state]
    })
    expect(shown).toEqual([
      ['churn/production', 'promote-model', 'promote 1.0.0', 'inactive'],
      ['churn/production', 'promote-model', 'promote 1.1.0', 'inactive'],
      ['churn/production', 'promote-model', 'rollback 1.0.0', 'success'],
    ])
    const tags = (await hosted.repository.git.listRefs('refs/tags/')).map(({ name }) => name.slice('refs/tags/'.length))
    expect(tags).toEqual([
      'churn#production#1',
      'churn#production#2',
      'churn#production#3',
      'churn@v1.0.0',
      'churn@v1.1.0',
    ])
  })

  it('goes no way around the reviewers of the environment, and names those who agreed', async () => {
    const it = await scene()
    const { hosted, sha } = it
    hosted.repository.addEnvironment('production', { reviewers: ['eva'] })
    const refused = await run(hosted, dispatch(sha, { version: '1.0.0' }))
    expect(refused.conclusion).toBe('failure')
    expect(errors(refused).join()).toContain('nobody approved this for it')
    expect(await steps(it)).toEqual([])
    hosted.server.world.user('eva')
    // GitHub numbers runs as they come: the approval is of the next one.
    const approve = (runId: number): void => {
      hosted.repository.runApprovals.push({
        runId,
        environments: ['production'],
        state: 'approved',
        login: 'eva',
        comment: '',
      })
    }
    const done = await run(hosted, dispatch(sha, { version: '1.0.0' }), { onToken: approving(hosted, approve) })
    expect([done.conclusion, errors(done)]).toEqual(['success', []])
    expect((await history(it))[0]?.who).toMatchObject({ approvers: ['eva'], via: 'environment' })
  })

  it('does nothing on another branch', async () => {
    const it = await scene()
    const event = { ...dispatch(it.sha, { version: '1.0.0' }), ref: 'refs/heads/other' }
    const result = await run(it.hosted, event)
    expect(jobOf(result, 'by-hand').conclusion).toBe('skipped')
    expect(await steps(it)).toEqual([])
  })
})

describe('model-promote.yml by pull request', () => {
  it('promotes what the merged lines name, and rolls back when they are reverted', async () => {
    const it = await scene()
    const { hosted, sha } = it
    await hosted.repository.git.changeRefs([{ name: 'refs/heads/topic', after: sha }])
    await hosted.repository.commit('topic', { 'models/churn/stages.yaml': 'production: 1.0.0\n' })
    hosted.repository.addPull('topic', { number: 9, title: 'Put 1.0.0 into production', login: 'ada' })
    hosted.repository.addReview(9, 'eva', 'APPROVED', sha)
    const first = await run(hosted, await pushed(it, 'production: 1.0.0\nstaging: 1.0.0\n', 9))
    expect([first.conclusion, errors(first)]).toEqual(['success', []])
    const [promoted] = await history(it)
    expect(promoted?.who).toMatchObject({ approvers: ['eva'], via: 'pull-request' })
    expect(promoted?.why).toMatch(/^Put 1\.0\.0 into production \(http.*\/pull\/9\)$/)
    expect((await run(hosted, await pushed(it, 'production: 1.1.0\nstaging: 1.0.0\n'))).conclusion).toBe('success')
    expect((await run(hosted, await pushed(it, 'production: 1.0.0\n'))).conclusion).toBe('success')
    expect(await steps(it)).toEqual(['rollback 1.0.0', 'promote 1.1.0', 'promote 1.0.0'])
    // A line that stays asks for nothing, and one that is gone changes nothing.
    expect(await it.use(async (store) => (await new ModelStages(store).history('churn', 'staging')).length)).toBe(1)
    const wrong = await run(hosted, await pushed(it, 'production: latest\n'))
    expect(wrong.conclusion).toBe('failure')
    expect(errors(wrong).join()).toContain('must be a version such as 1.4.0')
  })
})

/** Lets somebody approve the run before its job begins, as GitHub waits for it. */
function approving(hosted: Hosted, approve: (runId: number) => void): NonNullable<RunOptions['onToken']> {
  return ({ value, permissions }) => {
    approve(hosted.lastRun?.id ?? 0)
    const granted = Object.entries(permissions).filter(([, access]) => access !== 'none')
    hosted.server.addJobToken(
      value,
      hosted.repository,
      granted.map(([scope, access]) => `${scope}: ${access}` as Permission),
    )
  }
}
