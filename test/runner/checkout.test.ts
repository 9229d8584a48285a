import { expect, test } from 'vitest'
import { bareRepository, git, nodeAction, run, sha, steps, temporaryFolder } from './fixture.ts'
import { jobOf, stepOf } from './result.ts'

const count = '- { id: see, run: "git rev-list --count HEAD; git rev-parse --abbrev-ref HEAD; git rev-parse HEAD" }'

function pullRequest(head: string, headSha = sha) {
  return {
    pull_request: {
      number: 7,
      head: { ref: 'feature', sha: headSha, repo: { full_name: head } },
      base: { ref: 'main' },
    },
  }
}

async function checkedOut(
  url: string,
  event: { name: string; payload: ReturnType<typeof pullRequest> | Record<string, never>; sha: string; ref: string },
  inputs = '',
) {
  const text = steps(`- { id: get, uses: actions/checkout@v6${inputs} }\n${count}`).replace(
    'on: push',
    'on: [push, pull_request]',
  )
  const job = jobOf(await run(text, { event, repository: { name: 'octo/income', url } }), 'build')
  return { job, seen: stepOf(job, 'see').log.split('\n').slice(-3) }
}

test('a push is checked out as its branch, one commit deep unless more is asked for', async () => {
  const { url, first, second } = bareRepository({ 'a.txt': 'a' })
  const event = { name: 'push', payload: {}, sha: second, ref: 'refs/heads/main' }
  expect((await checkedOut(url, event)).seen).toEqual(['1', 'main', second])
  expect((await checkedOut(url, event, ', with: { fetch-depth: 0 }')).seen).toEqual(['2', 'main', second])
  // The event's commit, not the tip of the branch.
  const old = await checkedOut(url, { ...event, sha: first })
  expect(old.seen).toEqual(['1', 'main', first])
  expect(stepOf(old.job, 'get').outputs).toEqual({ ref: 'refs/heads/main', commit: first })
})

test('a pull request is checked out as its merge commit, detached', async () => {
  const { url, first, second } = bareRepository({ 'a.txt': 'a' })
  git(url, 'update-ref', 'refs/pull/7/merge', second)
  const event = { name: 'pull_request', payload: pullRequest('octo/income'), sha: second, ref: 'refs/pull/7/merge' }
  expect((await checkedOut(url, event)).seen).toEqual(['1', 'HEAD', second])
  expect((await checkedOut(url, event, `, with: { ref: ${first} }`)).seen).toEqual(['1', 'HEAD', first])
})

test('a checked-out repository has its local actions', async () => {
  const { url, second } = bareRepository(nodeAction('actions/a', `console.log('local')`))
  const event = { name: 'push', payload: {}, sha: second, ref: 'refs/heads/main' }
  const text = steps('- { uses: actions/checkout@v6, with: { path: sub } }\n- { id: it, uses: ./sub/actions/a }')
  const job = jobOf(await run(text, { event, repository: { name: 'octo/income', url } }), 'build')
  expect(stepOf(job, 'it').log.split('\n').at(-1)).toBe('local')
})

test('a commit that is not there fails the step', async () => {
  const { url } = bareRepository({ 'a.txt': 'a' })
  const event = { name: 'push', payload: {}, sha, ref: 'refs/heads/main' }
  const { job } = await checkedOut(url, event)
  expect(stepOf(job, 'get').outcome).toBe('failure')
  expect(stepOf(job, 'get').annotations[0]?.message).toMatch(/^The process '\/usr\/bin\/git' failed with exit code 128/)
})

test('a privileged workflow does not get the code of a fork', async () => {
  const { url, second } = bareRepository({ 'a.txt': 'a' })
  const text = steps(
    `- { id: get, uses: actions/checkout@v6, with: { ref: "\${{ github.event.pull_request.head.sha }}" } }`,
  ).replace('on: push', 'on: pull_request_target')
  const outcome = async (head: string) => {
    const event = {
      name: 'pull_request_target',
      payload: pullRequest(head, second),
      sha: second,
      ref: 'refs/heads/main',
    }
    return stepOf(jobOf(await run(text, { event, repository: { name: 'octo/income', url } }), 'build'), 'get')
  }
  expect((await outcome('octo/income')).outcome).toBe('success')
  const refused = await outcome('mallory/income')
  expect(refused.annotations[0]?.message).toBe(
    `Refusing to check out fork pull request code (${second}) under pull_request_target`,
  )
})

test('inputs and repositories beyond the model reject the run', async () => {
  const refusal = (text: string, url?: string) =>
    expect(run(steps(text), { repository: { name: 'octo/income', ...(url === undefined ? {} : { url }) } })).rejects
  await refusal('- { uses: actions/checkout@v6, with: { lfs: true } }').toThrow('the input lfs of actions/checkout')
  await refusal('- { uses: actions/checkout@v6, with: { repository: a/b } }').toThrow('another repository: a/b')
  await refusal('- uses: actions/checkout@v6').toThrow('without the option `repository.url`')
})

test('credentials stay until the post step, unless they are not to persist', async () => {
  const { createServer } = await import('node:http')
  const { url, second } = bareRepository({ 'a.txt': 'a' })
  git(url, 'update-server-info')
  const seen = new Set<string | undefined>()
  const { readFile } = await import('node:fs/promises')
  const server = createServer(async (request, response) => {
    seen.add(request.headers.authorization)
    const path = new URL(request.url ?? '', 'http://x').pathname.replace('/octo/income.git', '')
    const bytes = await readFile(url + path).catch(() => undefined)
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const http = `http://127.0.0.1:${port}/octo/income.git`
  const folder = temporaryFolder()
  const event = { name: 'push', payload: {}, sha: second, ref: 'refs/heads/main' }
  const text = (persist: boolean) =>
    steps(
      `- { id: get, uses: actions/checkout@v6, with: { fetch-depth: 0, persist-credentials: ${persist} } }
- { id: config, run: "git config --local --get-regexp extraheader || echo none" }`,
    )
  const options = { event, repository: { name: 'octo/income', url: http }, folder }
  const kept = jobOf(await run(text(true), options), 'build')
  const basic = `basic ${Buffer.from('x-access-token:ghs_').toString('base64').slice(0, 20)}`
  expect([...seen].every((header) => header?.toLowerCase().startsWith(basic.toLowerCase().slice(0, 26)))).toBe(true)
  expect(stepOf(kept, 'config').log.split('\n').at(-1)).toBe(
    `http.http://127.0.0.1:${port}/.extraheader AUTHORIZATION: basic ***`,
  )
  expect(stepOf(kept, 'get', 'post').outcome).toBe('success')
  const config = await readFile(`${folder}/build/_work/income/income/.git/config`, 'utf8')
  expect(config).not.toContain('extraheader =')
  const clean = jobOf(await run(text(false), options), 'build')
  expect(stepOf(clean, 'config').log.split('\n').at(-1)).toBe('none')
  expect(clean.steps.some((step) => step.stage === 'post')).toBe(false)
  await new Promise((resolve) => server.close(resolve))
})
