import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runAction } from '../e2e/action.ts'
import { type Project, tinyProject, withParams } from '../e2e/project.ts'
import { Loopback } from '../github/loopback.ts'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }

async function trainAndEvaluate(project: Project): Promise<string> {
  const trained = await runAction('train', { cwd: project.root })
  expect(trained.exitCode).toBe(0)
  const afterTraining = JSON.parse(readFileSync(trained.outputs['run-file'] ?? '', 'utf8'))
  expect(afterTraining.stages.map((stage: { name: string }) => stage.name)).toEqual(['train'])
  const evaluated = await runAction('evaluate', {
    cwd: project.root,
    inputs: { 'run-file': trained.outputs['run-file'] ?? '' },
  })
  expect(evaluated.exitCode).toBe(0)
  // The training was not done again.
  expect(evaluated.stdout).not.toContain('training')
  const record = JSON.parse(readFileSync(evaluated.outputs['run-file'] ?? '', 'utf8'))
  expect(record.id).toBe(afterTraining.id)
  expect(record.stages.map((stage: { name: string; status: string }) => [stage.name, stage.status])).toEqual([
    ['train', 'succeeded'],
    ['evaluate', 'succeeded'],
  ])
  return evaluated.outputs['run-file'] ?? ''
}

describe('train, evaluate, gate and comment one after the other', () => {
  it('judge against a stored record and explain it in one comment', async () => {
    const github = await Loopback.start()
    onTestFinished(() => github.close())
    const project = tinyProject()
    const baseline = await trainAndEvaluate(project)
    project.commit('Get worse', withParams(35))
    const run = await trainAndEvaluate(project)

    const gate = await runAction('gate', {
      cwd: project.root,
      inputs: { 'run-file': run, 'baseline-file': baseline, 'fail-on-block': 'true' },
    })
    expect(gate.exitCode).toBe(10)
    expect(gate.outputs).toMatchObject({
      verdict: 'fail',
      'failed-rules': 'model.threshold.accuracy,model.non-inferior.accuracy',
    })
    expect(gate.summary).toBe('')
    expect(readFileSync(gate.outputs['page-file'] ?? '', 'utf8')).toContain('<h1>tiny</h1>')

    const comment = await runAction('comment', {
      cwd: project.root,
      inputs: { 'report-file': gate.outputs['report-file'] ?? '', token: 'good-token' },
      event: { name: 'pull_request', payload: pullRequestPayload },
      env: { GITHUB_API_URL: github.url },
    })
    expect(comment.exitCode).toBe(0)
    expect(comment.summary).toBe(
      readFileSync(gate.outputs['report-file'] ?? '', 'utf8')
        .trimEnd()
        .concat('\n\n'),
    )
    expect(github.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ❌ `tiny`: fail (blocked)'])
    expect(comment.outputs['comment-url']).toBe(
      `https://github.com/octo/income/pull/7#issuecomment-${github.comments[0]?.id}`,
    )
  })

  it('the gate without a baseline judges thresholds only, and says so', async () => {
    const project = tinyProject()
    const run = await trainAndEvaluate(project)
    const gate = await runAction('gate', { cwd: project.root, inputs: { 'run-file': run, summary: 'true' } })
    expect(gate.exitCode).toBe(0)
    expect(gate.outputs).toMatchObject({
      verdict: 'pass',
      reason: '1 of 1 rule passed. No baseline: 1 rule about the change was not judged.',
    })
    expect(gate.summary).toContain('**No baseline:**')
  })
})

describe('faults of the user', () => {
  const faulty: [string, string, Record<string, string>, string, string][] = [
    [
      'a required input that is missing',
      'gate',
      {},
      'action/missing-input',
      'The input "run-file" is required and was not given.',
    ],
    [
      'a report that does not exist',
      'comment',
      { 'report-file': 'none.md' },
      'files/not-found',
      'none.md: The report does not exist.',
    ],
    [
      'a switch that is neither true nor false',
      'gate',
      { 'run-file': 'x', 'fail-on-block': 'maybe' },
      'action/invalid-input',
      'The input "fail-on-block" must be true or false, but is "maybe".',
    ],
    [
      'a record that does not exist',
      'gate',
      { 'run-file': 'none.json' },
      'files/not-found',
      'none.json: The run record does not exist.',
    ],
    ['a stage that does not exist', 'train', { stages: 'trian' }, 'config/unknown-stage', 'There is no stage "trian".'],
  ]
  for (const [what, action, inputs, code, message] of faulty) {
    it(`${what}: one annotation, exit code 2, no stack trace`, async () => {
      const project = tinyProject()
      const result = await runAction(action, { cwd: project.root, inputs })
      expect(result.exitCode).toBe(2)
      expect(result.annotations.map((annotation) => [annotation.command, annotation.properties.title])).toEqual([
        ['error', `modelgate: ${code}`],
      ])
      expect(result.annotations[0]?.message.split('\n')[0]).toBe(message)
      expect(result.stdout + result.stderr).not.toMatch(/^\s+at /m)
    })
  }

  it('every fault of modelgate.yaml is annotated at its line', async () => {
    const project = tinyProject()
    project.write({ 'modelgate.yaml': 'version: 1\nname: tiny\ntask: regresion\nstages:\n  a: { runn: x }\n' })
    const result = await runAction('train', { cwd: project.root })
    expect(result.exitCode).toBe(2)
    expect(result.annotations.map(({ properties }) => [properties.file, properties.line, properties.title])).toEqual([
      ['modelgate.yaml', '3', 'modelgate: config/invalid-value'],
      ['modelgate.yaml', '5', 'modelgate: config/unknown-key'],
      ['modelgate.yaml', '5', 'modelgate: config/invalid-value'],
    ])
  })

  it('a failing command is reported with its stage and last lines', async () => {
    const project = tinyProject()
    project.write({ 'train.mjs': "console.log('loading'); throw new Error('no such column: age')\n" })
    const result = await runAction('train', { cwd: project.root })
    expect(result.exitCode).toBe(2)
    expect(result.annotations).toHaveLength(1)
    expect(result.annotations[0]).toMatchObject({
      command: 'error',
      properties: { title: 'modelgate: run/stage-failed', file: 'modelgate.yaml', line: '6' },
    })
    expect(result.annotations[0]?.message).toMatch(
      /^Stage "train" failed: its command ended with exit code 1\.\nThe last lines that it printed:\n/,
    )
    expect(result.annotations[0]?.message).toContain('Error: no such column: age')
    const record = JSON.parse(
      readFileSync(readFileSync(join(project.root, '.modelgate', 'latest'), 'utf8').trim(), 'utf8'),
    )
    expect(record).toMatchObject({ status: 'failed', stages: [{ name: 'train', status: 'failed', exitCode: 1 }] })
  })
})
