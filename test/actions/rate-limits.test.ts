import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ActionOptions, type ActionResult, parseAnnotations, runAction, runnerContract } from '../e2e/action.ts'
import { withParams } from '../e2e/project.ts'
import { type Hosted, host, pullRequest } from '../e2e/pull-request.ts'
import { start, waitForOutput } from '../e2e/spawn.ts'
import type { Fault } from '../github/server/fault.ts'

type Scene = Hosted & { options: ActionOptions }

async function scene(wrong = 35): Promise<Scene> {
  const { project, payload } = pullRequest(withParams(wrong))
  const hosted = await host(project, ['checks: write', 'pull-requests: write', 'contents: read'])
  const inputs = { token: 'job', base: 'none' }
  return {
    ...hosted,
    options: { cwd: project.root, inputs, event: { name: 'pull_request', payload }, env: hosted.env },
  }
}

const secondary = 'You have exceeded a secondary rate limit.'

function limited(path: RegExp, seconds: number, method = 'POST'): Fault {
  return {
    method,
    path,
    timing: 'before',
    answer: { status: 403, message: secondary, headers: { 'retry-after': `${seconds}` } },
  }
}

const warnings = ({ annotations }: Pick<ActionResult, 'annotations'>): string[] =>
  annotations.filter(({ command }) => command === 'warning').map(({ message }) => message)

/** Starts the root action, cancels it as the runner does when a text appears, and says how long it went on. */
async function cancelledAt(text: string, { options }: Scene) {
  const contract = runnerContract(options)
  const { child, finished } = start('pipeline', [], { cwd: options.cwd, env: contract.env })
  await waitForOutput(child, text)
  const from = performance.now()
  child.kill('SIGINT')
  const result = await finished
  const milliseconds = performance.now() - from
  return { ...result, ...contract.read(), annotations: parseAnnotations(result.stdout), milliseconds }
}

describe('a rate limit', () => {
  it('that opens soon delays comment and check, and no more', async () => {
    const it = await scene()
    it.server.faults.push(limited(/check-runs$/, 1), limited(/comments$/, 1), limited(/check-runs\//, 1, 'PATCH'))
    const result = await runAction('pipeline', it.options)
    expect(result.exitCode).toBe(10)
    expect(warnings(result)).toEqual([])
    expect(result.stdout.match(/^GitHub's rate limit: waiting 1\.0 s\.$/gm)).toHaveLength(3)
    expect(it.repository.comments).toHaveLength(1)
    expect(it.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
  })

  it('that opens in an hour costs the comment, and a warning says when it opens', async () => {
    const it = await scene()
    it.server.faults.push(limited(/comments$/, 3600))
    const start = performance.now()
    const result = await runAction('pipeline', it.options)
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({ verdict: 'fail', outcome: 'blocked', 'comment-url': '' })
    expect(result.summary).toMatch(/^## ❌ /)
    expect(warnings(result)).toEqual([
      "No comment was written. GitHub's rate limit for this token is used up: try again in 3600 s.",
    ])
    expect(it.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
  })

  it('of the hour that is used up after the check was opened changes no verdict, and the post step closes the check', async () => {
    const it = await scene(2)
    it.server.limiter.leave('job', 1)
    const contract = runnerContract(it.options)
    const finished = await start('pipeline', [], { cwd: it.options.cwd, env: contract.env }).finished
    expect(finished.exitCode).toBe(0)
    expect(contract.read().outputs).toMatchObject({ verdict: 'pass', outcome: 'passed' })
    const told = warnings({ annotations: parseAnnotations(finished.stdout) })
    expect(told).toHaveLength(2)
    expect(told[0]).toMatch(/^No comment was written\. GitHub's rate limit .*: try again after \d\d:\d\d UTC\.$/)
    expect(told[1]).toMatch(/^The result could not be written to the commit\. .*: try again after \d\d:\d\d UTC\.$/)
    expect(it.repository.checkRuns).toMatchObject([{ status: 'in_progress' }])

    it.server.world.advance(3_600_000)
    const state = /.*check<<(ghadelimiter_\S+)\n([\s\S]*?)\n\1/s.exec(
      readFileSync(contract.env.GITHUB_STATE ?? '', 'utf8'),
    )?.[2]
    const env = { ...contract.env, STATE_check: state ?? '' }
    expect((await start('close', [], { cwd: it.options.cwd, env }).finished).exitCode).toBe(0)
    expect(it.repository.checkRuns).toMatchObject([{ status: 'completed', conclusion: 'success' }])
    expect(it.repository.checkRuns[0]?.title).toMatch(/rules? passed/)
  })

  it('ends its wait when the job is cancelled, and the verdict that is there stands', async () => {
    const it = await scene()
    it.server.faults.push(limited(/comments$/, 50))
    const result = await cancelledAt("GitHub's rate limit: waiting 50.0 s.", it)
    // The runner gives a step 7.5 s before it ends it.
    expect(result.milliseconds).toBeLessThan(7000)
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({ verdict: 'fail' })
    expect(it.repository.comments).toEqual([])
    expect(it.repository.checkRuns).toMatchObject([{ status: 'completed', conclusion: 'failure' }])
    expect(warnings(result)).toHaveLength(1)
  })

  it('ends its wait before anything ran, and then nothing runs', async () => {
    const it = await scene()
    it.server.faults.push(limited(/check-runs$/, 50))
    const result = await cancelledAt("GitHub's rate limit: waiting 50.0 s.", it)
    expect(result.milliseconds).toBeLessThan(7000)
    expect(result.exitCode).toBe(130)
    expect(result.outputs.verdict).toBeUndefined()
    expect(it.repository.checkRuns).toEqual([])
  })
})
