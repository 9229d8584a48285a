import { expect, test } from 'vitest'
import { nodeAction, run, steps, temporaryFolder } from './fixture.ts'

const composite = 'name: c\ndescription: c\nruns:\n  using: composite\n  steps: [{ uses: owner/repo/a@v1 }]\n'

test.each([
  ['a job in a container', steps('- run: "true"', 'container: node:24'), 'the keyword container in job build'],
  ['services', steps('- run: "true"', 'services: { db: { image: postgres } }'), 'the keyword services in job build'],
  [
    'a reusable workflow',
    'on: push\njobs: { call: { uses: ./.github/workflows/other.yml } }',
    'the keyword uses in job call',
  ],
  ['a queue', `concurrency: { group: a, queue: max }\n${steps('- run: "true"')}`, 'the keyword queue in concurrency'],
  ['another system', steps('- run: "true"').replace('ubuntu-24.04', 'windows-2025'), 'runs-on: windows-2025'],
  ['another shell', steps('- { run: "true", shell: pwsh }'), 'shell: pwsh'],
  ['hashFiles', steps(`- run: echo "\${{ hashFiles('a') }}"`), "hashFiles('a')"],
  ['a function in an if', steps('- { if: "hashFiles(\'a\') != \'\'", run: "true" }'), 'hashFiles'],
  ['a property of github', steps(`- run: echo "\${{ github.repository_id }}"`), 'github.repository_id'],
  ['a property of runner', steps(`- run: echo "\${{ runner.surprise }}"`), 'runner.surprise'],
  ['an action nobody mapped', steps('- uses: actions/cache@v5'), 'uses: actions/cache@v5 (map it with'],
  ['an image', steps('- uses: docker://alpine'), 'uses: docker://alpine'],
  ['$/ without a folder', steps('- uses: $/a'), 'uses: $/a without the option `self`'],
])('%s rejects the run', async (_, text, message) => {
  const failure = await run(text).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(String(failure)).toContain(`Unsupported: the runner emulator does not model`)
  expect(String(failure)).toContain(message)
})

test('nothing runs before an unknown keyword is found', async () => {
  const folder = temporaryFolder()
  const text = steps(`- run: touch ${folder}/ran\n- run: echo "\${{ hashFiles('x') }}"`)
  await expect(run(text)).rejects.toThrow('hashFiles')
  const { readdirSync } = await import('node:fs')
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['a keyword that GitHub does not know', steps('- { run: "true", wiht: 1 }'), /Unexpected value 'wiht'/],
  [
    'a circle of needs',
    'on: push\njobs:\n  a: { needs: b, runs-on: u, steps: [{ run: x }] }\n  b: { needs: a, runs-on: u, steps: [{ run: x }] }',
    /needs|cycl|depend/i,
  ],
  ['an unknown context', steps(`- run: echo "\${{ secret.A }}"`), /Unrecognized named-value: 'secret'/],
  ['a context out of place', steps('- run: "true"', 'if: secrets.A'), /Unrecognized named-value: 'secrets'/],
  ['broken YAML', 'on: [push', /GitHub refuses/],
])('GitHub’s parser refuses %s', async (_, text, message) => {
  await expect(run(text)).rejects.toThrow(message)
})

test('an event that the workflow does not name rejects the run', async () => {
  await expect(run(steps('- run: "true"').replace('on: push', 'on: pull_request'))).rejects.toThrow(
    'is not started by push: pull_request',
  )
})

test('an activity type that the workflow does not name rejects the run', async () => {
  const started = (on: string, action: string) =>
    run(steps('- run: "true"').replace('on: push', `on: ${on}`), {
      event: { name: 'pull_request', payload: { action }, sha: 'a'.repeat(40), ref: 'refs/pull/7/merge' },
    })
  expect((await started('pull_request', 'synchronize')).conclusion).toBe('success')
  await expect(started('pull_request', 'closed')).rejects.toThrow('type closed: opened, synchronize, reopened')
  expect((await started('{ pull_request: { types: [closed] } }', 'closed')).conclusion).toBe('success')
  await expect(started('{ pull_request: { types: [closed] } }', 'opened')).rejects.toThrow('type opened: closed')
})

test('actions of other kinds reject the run', async () => {
  const old = temporaryFolder(nodeAction('a', '', 'runs: { using: node20, main: main.mjs }\n'))
  await expect(run(steps('- uses: $/a'), { self: old })).rejects.toThrow('runs.using: node20')
  const docker = temporaryFolder({
    'a/action.yml': 'name: d\ndescription: d\nruns: { using: docker, image: Dockerfile }\n',
  })
  await expect(run(steps('- uses: $/a'), { self: docker })).rejects.toThrow('runs.using: docker')
})

test('pre where it is uncertain whether GitHub runs it rejects the run', async () => {
  const files = {
    ...nodeAction('a', '', 'runs: { using: node24, pre: main.mjs, main: main.mjs }\n'),
    'c/action.yml': composite,
  }
  const folder = temporaryFolder(files)
  const options = { self: folder, repositories: { 'owner/repo': folder } }
  await expect(run(steps('- uses: $/a'), options)).rejects.toThrow('`pre` of $/a')
  await expect(run(steps('- uses: $/c'), options)).rejects.toThrow('`pre` of owner/repo/a@v1 inside a composite action')
})

test('a broken action.yml rejects the run', async () => {
  const self = temporaryFolder({ 'a/action.yml': 'name: a\nruns: { using: node24, mian: x.js }\n' })
  await expect(run(steps('- uses: $/a'), { self })).rejects.toThrow(/GitHub refuses .*action\.yml/)
})
