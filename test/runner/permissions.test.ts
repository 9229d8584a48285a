import { expect, test } from 'vitest'
import type { RunEvent } from './event.ts'
import { run, sha, steps } from './fixture.ts'
import type { RunOptions } from './options.ts'
import type { Token } from './permissions.ts'
import { jobOf } from './result.ts'

const read = `- { run: 'echo "[$SECRET]"', env: { SECRET: "\${{ secrets.KEY }}" } }`

/** What the job's token may do beyond nothing, and what the job could see of the secret. */
async function granted(text: string, options: Partial<RunOptions> = {}) {
  const tokens: Token[] = []
  const result = await run(text, {
    secrets: { KEY: 'hunter2' },
    onToken: (token) => void tokens.push(token),
    ...options,
  })
  const [token] = tokens
  const scopes = Object.entries(token?.permissions ?? {}).filter(([, access]) => access !== 'none')
  return { token, scopes: Object.fromEntries(scopes), log: jobOf(result, 'build').log, result }
}

function pullRequest(name: string, head: string | null, actor = 'octocat'): RunEvent {
  const repo = head === null ? null : { full_name: head }
  return {
    name,
    payload: { pull_request: { head: { ref: 'f', sha, repo }, base: { ref: 'main' } } },
    sha,
    ref: 'refs/pull/7/merge',
    actor,
  }
}

const on = (event: string, text: string) => text.replace('on: push', `on: ${event}`)

test('without a word the token reads contents and packages, or writes where the repository says so', async () => {
  expect((await granted(steps(read))).scopes).toEqual({ contents: 'read', packages: 'read', metadata: 'read' })
  const permissive = await granted(steps(read), { defaultPermissions: 'permissive' })
  expect(permissive.scopes).toMatchObject({ contents: 'write', 'pull-requests': 'write' })
  expect(permissive.scopes['id-token']).toBeUndefined()
})

test('what is not named is none, and the job’s permissions replace those of the workflow', async () => {
  const workflow = (job: string) => `permissions: { contents: read, issues: write }\n${steps(read, job)}`
  expect((await granted(workflow(''))).scopes).toEqual({ contents: 'read', issues: 'write', metadata: 'read' })
  expect((await granted(workflow('permissions: { pull-requests: write }'))).scopes).toEqual({
    'pull-requests': 'write',
    metadata: 'read',
  })
  expect((await granted(workflow('permissions: {}'))).scopes).toEqual({ metadata: 'read' })
})

test('read-all and write-all name every scope', async () => {
  const read_ = (await granted(steps(read, 'permissions: read-all'))).scopes
  expect(read_).toMatchObject({ contents: 'read', checks: 'read' })
  expect(read_['id-token']).toBeUndefined()
  expect((await granted(steps(read, 'permissions: write-all'))).scopes).toMatchObject({
    'id-token': 'write',
    models: 'read',
  })
})

test('each job has a token of its own, masked, the same in each run', async () => {
  const values = async () => {
    const seen: string[] = []
    const text = steps(
      `- run: echo "\${{ github.token }} \${{ secrets.GITHUB_TOKEN }}"`,
      'strategy: { matrix: { n: [1, 2] } }',
    )
    const result = await run(text, { onToken: ({ value }) => void seen.push(value) })
    expect(result.jobs.map((job) => job.log.split('\n').at(-1))).toEqual(['*** ***', '*** ***'])
    return seen
  }
  const [first, second] = await values()
  expect(first).toMatch(/^ghs_[0-9a-f]{36}$/)
  expect(second).not.toBe(first)
  expect(await values()).toEqual([first, second])
})

test('a pull request of a fork gets no secrets and reads only', async () => {
  const text = on(
    'pull_request',
    steps(read, 'permissions: { contents: write, pull-requests: write, id-token: write }'),
  )
  const own = await granted(text, { event: pullRequest('pull_request', 'octo/income') })
  expect(own.scopes).toEqual({ contents: 'write', 'pull-requests': 'write', 'id-token': 'write', metadata: 'read' })
  expect(own.log.split('\n').at(-1)).toBe('[***]')
  for (const head of ['mallory/income', null]) {
    const fork = await granted(text, { event: pullRequest('pull_request', head) })
    expect(fork.scopes).toEqual({ contents: 'read', 'pull-requests': 'read', metadata: 'read' })
    expect(fork.token?.readOnly).toBe(true)
    expect(fork.log.split('\n').at(-1)).toBe('[]')
  }
})

test('pull_request_target has the secrets and the rights, also for a fork', async () => {
  const text = on('pull_request_target', steps(read, 'permissions: { contents: write }'))
  const target = await granted(text, { event: pullRequest('pull_request_target', 'mallory/income') })
  expect([target.scopes.contents, target.log.split('\n').at(-1)]).toEqual(['write', '[***]'])
})

test('Dependabot is treated as a fork, on push as well', async () => {
  const text = on('[push, pull_request]', steps(read, 'permissions: { contents: write }'))
  const push: RunEvent = { name: 'push', payload: {}, sha, ref: 'refs/heads/dependabot/npm', actor: 'dependabot[bot]' }
  for (const event of [push, pullRequest('pull_request', 'octo/income', 'dependabot[bot]')]) {
    const { scopes, log } = await granted(text, { event })
    expect([scopes.contents, log.split('\n').at(-1)]).toEqual(['read', '[]'])
  }
})

test('an environment brings its secrets and variables, and has to be declared', async () => {
  const text = steps(
    `${read}\n- run: echo "\${{ vars.PLACE }}"`,
    'environment: { name: production, url: https://example.org }',
  )
  const environments = { production: { secrets: { KEY: 'of production' }, vars: { PLACE: 'here' } } }
  const { log, result } = await granted(text, { environments })
  expect(log).toContain('[***]')
  expect(log.split('\n').at(-1)).toBe('here')
  expect(jobOf(result, 'build').environment).toBe('production')
  const event = pullRequest('pull_request', 'mallory/income')
  const fork = await granted(on('pull_request', text), { environments, event })
  expect(fork.log).toContain('[]\n')
  await expect(granted(text)).rejects.toThrow('the environment production without the option `environments`')
})
