import { describe, expect, it } from 'vitest'
import { type ActionResult, runAction } from '../e2e/action.ts'
import { startProxy } from '../e2e/http-proxy.ts'
import { type Project, tinyProject, withParams } from '../e2e/project.ts'
import { type Hosted, type HostOptions, host, payloadOf } from '../e2e/pull-request.ts'
import type { Permission } from '../github/server/account.ts'

const permissions: Permission[] = ['checks: write', 'pull-requests: write', 'actions: read', 'contents: read']

type Scene = Hosted & {
  judge(wrong: number, env: Record<string, string>, inputs?: Record<string, string>): Promise<ActionResult>
}

/** A pull request; each call of `judge` pushes to it and runs the root action, which comments anew. */
async function scene(options: HostOptions = {}): Promise<Scene> {
  const project: Project = tinyProject()
  const base = project.git('rev-parse', 'HEAD')
  project.git('checkout', '--quiet', '-b', 'change')
  const hosted = await host(project, permissions, options)
  return {
    ...hosted,
    judge: async (wrong, env, inputs = {}) => {
      const head = project.commit('Go on', withParams(wrong))
      project.git('push', '--quiet', '--force', hosted.repository.git.folder, 'change:refs/heads/change')
      const event = { name: 'pull_request', payload: payloadOf(head, base) }
      return await runAction('pipeline', {
        cwd: project.root,
        inputs: { token: 'job', comment: 'recreate', ...inputs },
        event,
        env: { ...hosted.env, ...env },
      })
    },
  }
}

/** One run after the other, each with comment and check; the comment of the first is folded away over GraphQL. */
async function expectReports({ judge, repository }: Scene, env: Record<string, string>): Promise<ActionResult[]> {
  const results = [await judge(35, env), await judge(2, env)]
  expect(results.map(({ exitCode }) => exitCode)).toEqual([10, 0])
  expect(repository.comments.map(({ body, minimized }) => [body.split('\n')[0], minimized])).toEqual([
    ['> Outdated: a newer report stands below.', 'outdated'],
    ['## ✅ `tiny`: pass', null],
  ])
  expect(repository.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success'])
  return results
}

const complaints = ({ annotations }: ActionResult): string[] =>
  annotations.filter(({ command }) => command === 'warning' || command === 'notice').map(({ message }) => message)

describe('on GitHub Enterprise Server', () => {
  it('comment, check and GraphQL go to the addresses below its host', async () => {
    const it = await scene({ kind: 'enterprise' })
    const results = await expectReports(it, {})
    expect(results.flatMap(complaints)).toEqual([])
    const paths = it.server.requests.map(({ path }) => path.split('/').slice(1, 3).join('/'))
    expect([...new Set(paths)].sort()).toEqual(['api/graphql', 'api/v3'])
  })

  it('the run cannot be kept as an artifact, which is one warning that says what to do', async () => {
    const it = await scene({ kind: 'enterprise' })
    const run = it.repository.addRun({ headSha: '0'.repeat(40) })
    const { ACTIONS_RUNTIME_TOKEN = '', ACTIONS_RESULTS_URL = '' } = it.server.environment(it.repository, run)
    const env = { ACTIONS_RUNTIME_TOKEN, ACTIONS_RESULTS_URL, GITHUB_SERVER_URL: 'https://ghe.example.com' }
    const result = await it.judge(2, env)
    expect(result.exitCode).toBe(0)
    expect(result.outputs.verdict).toBe('pass')
    expect(complaints(result)).toEqual([expect.any(String)])
    expect(complaints(result)[0]).toMatch(
      /^The run could not be kept as an artifact\. GitHub's artifact client does not work with this GitHub Enterprise Server\./,
    )
    expect(complaints(result)[0]).toContain('Set `artifact: none`')
    expect(it.server.artifacts.created).toEqual([])
  })
})

describe('behind a proxy', () => {
  it('every request goes through it, to a name that only it knows', async () => {
    const it = await scene()
    const proxy = await startProxy({ 'api.github.test': it.server.port })
    const results = await expectReports(it, { GITHUB_API_URL: 'http://api.github.test', http_proxy: proxy.url })
    expect(results.flatMap(complaints)).toEqual([])
    expect(proxy.passed.length).toBeGreaterThan(0)
    for (const passed of proxy.passed)
      expect(passed).toMatch(/^(?:CONNECT |[A-Z]+ http:\/\/)api\.github\.test(?::80|\/)/)
    for (const { headers } of it.server.requests) expect(headers.host).toBe('api.github.test')
  })

  it('a host of no_proxy is reached directly', async () => {
    const it = await scene()
    const proxy = await startProxy({})
    // An address of this machine that is not one of those that no proxy is ever asked for.
    const direct = { GITHUB_API_URL: `http://0.0.0.0:${it.server.port}`, http_proxy: proxy.url }
    await expectReports(it, { ...direct, no_proxy: 'example.com,0.0.0.0' })
    expect(proxy.passed).toEqual([])
  })

  it('that does not know the host costs the report on GitHub, and not the verdict', async () => {
    const it = await scene()
    const proxy = await startProxy({})
    // Without comment and stored baseline: each would try four times, over 14 seconds.
    const inputs = { comment: 'off', base: 'none' }
    const env = { GITHUB_API_URL: `http://0.0.0.0:${it.server.port}`, http_proxy: proxy.url }
    const result = await it.judge(35, env, inputs)
    expect(result.exitCode).toBe(10)
    expect(result.outputs.verdict).toBe('fail')
    expect(result.summary).toMatch(/^## ❌ /)
    expect(complaints(result)).toHaveLength(1)
    expect(complaints(result)[0]).toContain('No check run was opened. GitHub could not be reached')
    expect(proxy.passed.length).toBeGreaterThan(0)
    expect(it.server.requests).toEqual([])
  })
})
