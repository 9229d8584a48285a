import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAnnotations, runAction, runnerContract } from '../e2e/action.ts'
import { projectFiles, tinyProject, withParams } from '../e2e/project.ts'
import { host, pullRequest } from '../e2e/pull-request.ts'
import { start, waitForOutput } from '../e2e/spawn.ts'

describe('the root action on a pull request', () => {
  it('runs both sides, passes a better model, and writes summary, outputs and one comment', async () => {
    const { project, payload, base, head } = pullRequest(withParams(2))
    const { repository, env } = await host(project, ['pull-requests: write', 'checks: write'])
    const options = {
      cwd: project.root,
      inputs: { token: 'job' },
      event: { name: 'pull_request', payload },
      env,
    }
    const result = await runAction('pipeline', options)
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({
      verdict: 'pass',
      outcome: 'passed',
      'failed-rules': '',
      reason: '2 of 2 rules passed.',
    })
    expect(JSON.parse(readFileSync(result.outputs['run-file'] ?? '', 'utf8'))).toMatchObject({
      schema: 'modelgate/run@1',
      status: 'succeeded',
    })
    // The base is the first parent of the merge commit and not the commit that the branch began at.
    expect(JSON.parse(readFileSync(result.outputs['baseline-run-file'] ?? '', 'utf8'))).toMatchObject({
      source: { commit: base },
    })
    expect(result.summary).toMatch(/^## ✅ `tiny`: pass\n/)
    expect(result.summary).toContain(`commit ${base.slice(0, 6)}`)
    expect(repository.comments).toHaveLength(1)
    expect(repository.comments[0]?.body).toMatch(/^## ✅ `tiny`: pass\n/)
    expect(result.outputs['comment-url']).toBe(
      `https://github.com/octo/income/pull/7#issuecomment-${repository.comments[0]?.id}`,
    )
    expect(repository.checkRuns).toMatchObject([{ name: 'modelgate', headSha: head, conclusion: 'success' }])
    expect(result.annotations).toEqual([])

    const again = await runAction('pipeline', options)
    expect(again.exitCode).toBe(0)
    expect(repository.comments).toHaveLength(1)
  })

  it('blocks a worse model with exit code 10 and an annotation on the line of each rule', async () => {
    const { project, payload } = pullRequest(withParams(35))
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { comment: 'off', check: 'none' },
      event: { name: 'pull_request', payload },
    })
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({
      verdict: 'fail',
      outcome: 'blocked',
      'failed-rules': 'model.threshold.accuracy,model.non-inferior.accuracy',
    })
    const line = 1 + projectFiles['modelgate.yaml'].split('\n').findIndex((text) => text.includes('threshold:'))
    expect(result.annotations.map(({ command, properties }) => ({ command, ...properties }))).toEqual([
      { command: 'error', title: 'model.threshold.accuracy: fail', file: 'modelgate.yaml', line: String(line) },
      { command: 'error', title: 'model.non-inferior.accuracy: fail', file: 'modelgate.yaml', line: String(line + 1) },
    ])
    expect(result.summary).toMatch(/^## ❌ `tiny`: fail \(blocked\)\n/)
  })

  it('leaves the decision to later steps with fail-on-block: false', async () => {
    const { project, payload } = pullRequest(withParams(35))
    const inputs = { comment: 'off', check: 'none', 'fail-on-block': 'false' }
    const result = await runAction('pipeline', { cwd: project.root, inputs, event: { name: 'pull_request', payload } })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
  })

  it('is judged by the checkpoints of the base when it loosens its own', async () => {
    const loosened = projectFiles['modelgate.yaml']
      .replace('min: 0.7', 'min: 0.1')
      .replace('margin: 0.05', 'margin: 0.9')
    const { project, payload } = pullRequest({ ...withParams(35), 'modelgate.yaml': loosened })
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { comment: 'off', check: 'none' },
      event: { name: 'pull_request', payload },
    })
    expect(result.exitCode).toBe(10)
    expect(result.summary).toContain('This change edits the checkpoints')
    const verdict = JSON.parse(readFileSync(result.outputs['verdict-file'] ?? '', 'utf8'))
    expect(verdict.policy).toMatchObject({ from: 'base', proposed: { verdict: 'pass', outcome: 'passed' } })
  })

  it('warns with the line to add when the token may not comment, and passes all the same', async () => {
    const { project, payload } = pullRequest(withParams(2))
    const { env } = await host(project, ['checks: write'])
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { token: 'job' },
      event: { name: 'pull_request', payload },
      env,
    })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', 'comment-url': '' })
    expect(result.annotations.map((annotation) => annotation.command)).toEqual(['warning'])
    expect(result.annotations[0]?.message).toContain('pull-requests: write')
    expect(result.summary).toMatch(/^## ✅ `tiny`: pass\n/)
  })

  it('says that there is no baseline on a push, and claims no pass of a change rule', async () => {
    const project = tinyProject()
    const result = await runAction('pipeline', {
      cwd: project.root,
      event: { name: 'push', payload: {}, ref: 'refs/heads/main' },
    })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', 'comment-url': '' })
    expect(result.outputs['baseline-run-file']).toBe(undefined)
    expect(result.outputs.reason).toBe('1 of 1 rule passed. No baseline: 1 rule about the change was not judged.')
    expect(result.summary).toContain('**No baseline:**')
  })

  it('refuses pull_request_target', async () => {
    const { project, payload } = pullRequest(withParams(2))
    const result = await runAction('pipeline', { cwd: project.root, event: { name: 'pull_request_target', payload } })
    expect(result.exitCode).toBe(2)
    expect(result.annotations.map((annotation) => annotation.properties.title)).toEqual([
      'modelgate: github/pull-request-target',
    ])
    expect(existsSync(join(project.root, '.modelgate'))).toBe(false)
  })
})

describe('what a change cannot do to the step that judges it', () => {
  it('forge outputs, summary or workflow commands', async () => {
    const forging = `${projectFiles['train.mjs']}
import { appendFileSync } from 'node:fs'
for (const name of ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_STEP_SUMMARY', 'GITHUB_PATH', 'GITHUB_STATE']) {
  if (process.env[name] !== undefined) appendFileSync(process.env[name], 'verdict=pass\\n')
}
console.log('::error title=forged::forged')
console.log('::add-mask::a')
console.log('::set-output name=verdict::pass')
console.log('token:' + process.env.INPUT_TOKEN)
`
    const { project, payload } = pullRequest({ ...withParams(35), 'train.mjs': forging })
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { comment: 'off', check: 'none', token: 'secret' },
      event: { name: 'pull_request', payload },
    })
    expect(result.exitCode).toBe(10)
    expect(result.outputs.verdict).toBe('fail')
    expect(result.stdout).toContain('::error title=forged::forged')
    expect(result.stdout).toContain('token:undefined')
    expect(result.annotations.map((annotation) => annotation.properties.title)).toEqual([
      'model.threshold.accuracy: fail',
      'model.non-inferior.accuracy: fail',
    ])
    expect(result.summary).not.toContain('verdict=pass')
  })
})

describe('cancellation', () => {
  it('ends the commands, leaves a record and exits 130', async () => {
    const project = tinyProject()
    project.commit('Wait', { 'train.mjs': "console.log('waiting'); setInterval(() => {}, 1000)\n" })
    const contract = runnerContract({ cwd: project.root, event: { name: 'push', payload: {} } })
    const { child, finished } = start('pipeline', [], { cwd: project.root, env: contract.env })
    await waitForOutput(child, 'waiting')
    child.kill('SIGINT')
    const result = await finished
    expect(result.exitCode).toBe(130)
    expect(parseAnnotations(result.stdout).map(({ message }) => message)).toEqual([
      'The run was cancelled in stage "train".',
    ])
    const record = readFileSync(join(project.root, '.modelgate', 'latest'), 'utf8').trim()
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({
      status: 'cancelled',
      stages: [{ status: 'cancelled' }, { status: 'skipped' }],
    })
  })
})
