import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runAction, runnerContract } from '../e2e/action.ts'
import { projectFiles, withParams } from '../e2e/project.ts'
import { host, pullRequest } from '../e2e/pull-request.ts'
import { start, waitForOutput } from '../e2e/spawn.ts'
import type { Permission } from '../github/server/account.ts'

const waiting = { 'train.mjs': "console.log('waiting'); setInterval(() => {}, 1000)\n" }

async function scene(files: Record<string, string>, permissions: Permission[]) {
  const { project, payload, head } = pullRequest(files)
  const hosted = await host(project, permissions)
  const options = {
    cwd: project.root,
    inputs: { token: 'job', comment: 'off' },
    event: { name: 'pull_request', payload },
    env: hosted.env,
  }
  return { ...hosted, options, head }
}

describe('the check run of the root action', () => {
  it('is opened on the head of the change before anything runs, and closed with the verdict', async () => {
    const { repository, options, head, server } = await scene(withParams(35), ['checks: write'])
    const result = await runAction('pipeline', options)
    expect(result.exitCode).toBe(10)
    expect(server.calls.filter((call) => /check-runs/.test(call)).map((call) => call.split(' ')[0])).toEqual([
      'POST',
      'PATCH',
    ])
    expect(repository.checkRuns).toHaveLength(1)
    const line = 1 + projectFiles['modelgate.yaml'].split('\n').findIndex((text) => text.includes('threshold:'))
    expect(repository.checkRuns[0]).toMatchObject({
      name: 'modelgate',
      headSha: head,
      status: 'completed',
      conclusion: 'failure',
      externalId: '100-1-gate',
    })
    expect(repository.checkRuns[0]?.title).toContain('model.threshold.accuracy')
    expect(repository.checkRuns[0]?.summary).toMatch(/^## ❌ `tiny`: fail \(blocked\)\n/)
    expect(
      repository.checkRuns[0]?.annotations.map(({ path, start_line, annotation_level, title }) => [
        path,
        start_line,
        annotation_level,
        title,
      ]),
    ).toEqual([
      ['modelgate.yaml', line, 'failure', 'model.threshold.accuracy: fail'],
      ['modelgate.yaml', line + 1, 'failure', 'model.non-inferior.accuracy: fail'],
    ])
  })

  it('needs an action of somebody when only an approval is missing', async () => {
    const { repository, options } = await scene(withParams(13, 50), ['checks: write'])
    expect((await runAction('pipeline', options)).exitCode).toBe(10)
    expect(repository.checkRuns).toMatchObject([{ conclusion: 'action_required' }])
  })

  it('is one, also when the answer to its creation was lost', async () => {
    const { repository, options, server } = await scene(withParams(2), ['checks: write'])
    server.faults.push({
      method: 'POST',
      path: /check-runs/,
      timing: 'after',
      answer: { status: 502, message: 'Bad Gateway' },
    })
    expect((await runAction('pipeline', options)).exitCode).toBe(0)
    expect(repository.checkRuns).toMatchObject([{ conclusion: 'success' }])
  })

  it('says what is wrong with the configuration, at its line', async () => {
    const { repository, options } = await scene(
      { 'modelgate.yaml': projectFiles['modelgate.yaml'].replace('outs:', 'out:') },
      ['checks: write'],
    )
    expect((await runAction('pipeline', options)).exitCode).toBe(2)
    expect(repository.checkRuns).toMatchObject([
      {
        conclusion: 'failure',
        title: 'Unknown key "out" in stages.train.',
        annotations: [{ path: 'modelgate.yaml', start_line: 6 }],
      },
    ])
  })

  it('is closed as cancelled when the job is cancelled', async () => {
    const { repository, options } = await scene(waiting, ['checks: write'])
    const contract = runnerContract(options)
    const { child, finished } = start('pipeline', [], { cwd: options.cwd, env: contract.env })
    await waitForOutput(child, 'waiting')
    expect(repository.checkRuns).toMatchObject([{ status: 'in_progress', conclusion: null }])
    child.kill('SIGINT')
    expect((await finished).exitCode).toBe(130)
    expect(repository.checkRuns).toMatchObject([{ status: 'completed', conclusion: 'cancelled', title: 'Cancelled' }])
  })

  it('is closed by the post step when the step was killed', async () => {
    const { repository, options } = await scene(waiting, ['checks: write'])
    const contract = runnerContract(options)
    const { child, finished } = start('pipeline', [], { cwd: options.cwd, env: contract.env })
    await waitForOutput(child, 'waiting')
    child.kill('SIGKILL')
    await finished
    // What the runner hands from a step to its post step.
    const [, state = ''] =
      /check<<(?:ghadelimiter_\S+)\n([\s\S]*?)\nghadelimiter_/.exec(
        readFileSync(contract.env.GITHUB_STATE ?? '', 'utf8'),
      ) ?? []
    const post = await start('close', [], { cwd: options.cwd, env: { ...contract.env, STATE_check: state } }).finished
    expect(post.exitCode).toBe(0)
    expect(repository.checkRuns).toMatchObject([
      { status: 'completed', conclusion: 'cancelled', title: 'The step ended before it could report' },
    ])
  })

  it('is left alone by the post step of a step that reported', async () => {
    const { repository, options, server } = await scene(withParams(2), ['checks: write'])
    const contract = runnerContract(options)
    await start('pipeline', [], { cwd: options.cwd, env: contract.env }).finished
    const states = [
      ...readFileSync(contract.env.GITHUB_STATE ?? '', 'utf8').matchAll(/check<<(ghadelimiter_\S+)\n([\s\S]*?)\n?\1/g),
    ].map(([, , value = '']) => value)
    expect(states).toHaveLength(2)
    const before = server.calls.length
    await start('close', [], { cwd: options.cwd, env: { ...contract.env, STATE_check: states.at(-1) ?? '' } }).finished
    expect(server.calls.length).toBe(before)
    expect(repository.checkRuns).toMatchObject([{ conclusion: 'success' }])
  })
})

describe('without `checks: write`', () => {
  it('a commit status takes its place', async () => {
    const { repository, options, head } = await scene(withParams(35), ['statuses: write'])
    const result = await runAction('pipeline', options)
    expect(result.exitCode).toBe(10)
    expect(repository.statuses.map(({ sha, context, state }) => ({ sha, context, state }))).toEqual(
      expect.arrayContaining([
        { sha: head, context: 'modelgate', state: 'pending' },
        { sha: head, context: 'modelgate', state: 'failure' },
      ]),
    )
    expect(result.annotations.filter(({ command }) => command !== 'error')).toEqual([])
  })

  it('and without `statuses: write`, a notice names the line to add', async () => {
    const { repository, options } = await scene(withParams(2), ['contents: read'])
    const result = await runAction('pipeline', options)
    expect(result.exitCode).toBe(0)
    expect(repository.checkRuns).toEqual([])
    expect(result.annotations.map(({ command }) => command)).toEqual(['notice'])
    expect(result.annotations[0]?.message).toContain('add `checks: write` under `permissions:`')
  })
})
