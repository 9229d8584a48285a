import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runAction } from '../e2e/action.ts'
import { dataFiles, dataPipeline, trainChecks, trainData } from '../e2e/data-files.ts'
import { forkScene, report } from '../e2e/fork.ts'
import { alterRecord } from '../e2e/fork-artifact.ts'
import { host, pullRequest } from '../e2e/pull-request.ts'
import { runAndKeep } from '../e2e/stored-run.ts'
import { expectInert } from '../report/tree.ts'

const bad = { 'data/train.csv': trainData(-3) }

async function judged(files: Record<string, string>, inputs: Record<string, string> = {}) {
  const { project, payload } = pullRequest(files, dataFiles)
  const { repository, env } = await host(project, ['pull-requests: write', 'checks: write'])
  const result = await runAction('pipeline', {
    cwd: project.root,
    inputs: { token: 'job', ...inputs },
    event: { name: 'pull_request', payload },
    env,
  })
  return { result, comment: repository.comments[0]?.body ?? '', check: repository.checkRuns[0] }
}

describe('a pull request whose data are wrong', () => {
  it('is stopped before the training, and everything that GitHub shows says why', async () => {
    const { result, comment, check } = await judged(bad)
    expect(result.exitCode).toBe(10)
    expect(result.outputs).toMatchObject({ verdict: 'fail', outcome: 'blocked', 'failed-rules': 'data' })
    // The base is measured, the change is not.
    expect(result.stdout.match(/^training$/gm)).toHaveLength(1)
    expect(comment).toMatch(
      /^## ❌ `tiny`: fail \(blocked\)\n\n\*\*Nothing was trained or measured:\*\* the data checks of stage `validate` failed\.\n/,
    )
    expect(comment).toContain('`data/train.csv:4` `age` = `-3`')
    expect(comment).toContain('They passed on the base (5 rows there).')
    expect(result.summary).toContain('### Data')
    expect(
      result.annotations.map(({ command, properties: { title, file, line } }) => [command, title, file, line]),
    ).toEqual([
      ['error', 'data: fail', undefined, undefined],
      ['error', 'train: age.range', 'data/train.csv', '4'],
    ])
    expect(check).toMatchObject({
      conclusion: 'failure',
      title: 'data: train: 1 of 7 checks failed: age.range. Nothing was trained or measured: 2 rules were not judged.',
      annotations: [
        {
          path: 'data/train.csv',
          start_line: 4,
          annotation_level: 'failure',
          title: 'train: age.range',
          message: '1 of 5 fail (20 %). Expected: ≥ 0 and ≤ 120.',
        },
      ],
    })
    expect(check?.summary).toContain('### Data')
    expect(readFileSync(result.outputs['page-file'] ?? '', 'utf8')).toContain('Nothing was trained or measured:')
  })

  it('is annotated with warnings where the rule may only warn', async () => {
    const yaml = dataPipeline({
      given: 'dataset: train, checks: checks/train.yaml, on-fail: continue',
      rules: '{ rules: [{ data: pass, level: warn }] }',
    })
    const { project, payload } = pullRequest(bad, { ...dataFiles, 'modelgate.yaml': yaml })
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { comment: 'off', check: 'none' },
      event: { name: 'pull_request', payload },
    })
    expect(result.exitCode).toBe(0)
    expect(result.annotations.map(({ command, properties: { title } }) => [command, title])).toEqual([
      ['warning', 'data.data: fail'],
      ['warning', 'train: age.range'],
    ])
  })

  it('cannot pass by loosening its checks', async () => {
    const loose = { 'checks/train.yaml': trainChecks.replace('min: 0', 'min: -10') }
    const { result, comment } = await judged({ ...bad, ...loose })
    expect(result.exitCode).toBe(10)
    expect(comment).toContain('> ⚠️ **This change edits the data checks.** The data of stage "validate" were judged by')
    expect(comment).toContain('Its own would say: pass. All 7 checks passed.')
    // The definition that judged is in the base: there is no line of this change to show.
    expect(result.annotations.at(-1)?.properties).toMatchObject({ file: 'data/train.csv', line: '4' })
  })
})

describe('steps one after the other', () => {
  it('stop at data that failed, and the gate blocks', async () => {
    const { project } = pullRequest(bad, dataFiles)
    const trained = await runAction('train', { cwd: project.root })
    expect(trained.exitCode).toBe(0)
    expect(trained.stdout).not.toMatch(/^training$/m)
    expect(trained.stdout).toContain('Data of stage "validate": fail.')
    const run = { 'run-file': trained.outputs['run-file'] ?? '' }
    const evaluated = await runAction('evaluate', { cwd: project.root, inputs: { ...run, base: 'none' } })
    expect(evaluated.exitCode).toBe(0)
    const gate = await runAction('gate', { cwd: project.root, inputs: { ...run, base: 'none' } })
    expect(gate.exitCode).toBe(10)
    expect(gate.outputs['failed-rules']).toBe('data')
  })
})

describe('the report on a pull request from a fork', () => {
  it('shows the data, and blocks', async () => {
    const scene = await forkScene(bad, { begin: dataFiles })
    const result = await report(scene, { 'fail-on-block': 'true' })
    expect(result.exitCode).toBe(10)
    expect(result.outputs['failed-rules']).toBe('data')
    const body = scene.repository.comments[0]?.body ?? ''
    expect(body).toContain('`data/train.csv:4` `age` = `-3`')
    // Nothing is checked out here: there is no file whose lines could be annotated.
    expect(scene.repository.checkRuns[0]?.annotations).toEqual([])
  })

  it('does not pass because the record has nothing about the data', async () => {
    const scene = await forkScene({ 'params.json': '{ "wrong": 2, "shift": 0 }\n' }, { begin: dataFiles })
    await alterRecord(scene, (record) => {
      record.dataChecks = []
    })
    const result = await report(scene, { 'fail-on-block': 'true' })
    expect([result.exitCode, result.outputs['failed-rules']]).toEqual([10, 'data'])
    expect(scene.repository.comments[0]?.body).toContain(
      'Stage "validate" checked data in the base, but not in this run.',
    )
  })

  it('does not pass because the record claims to have been stopped', async () => {
    const scene = await forkScene({ 'params.json': '{ "wrong": 2, "shift": 0 }\n' }, { begin: dataFiles })
    await alterRecord(scene, (record) => {
      record.stoppedAt = 'validate'
    })
    const result = await report(scene)
    expect(result.outputs.outcome).toBe('blocked')
  })

  it('is inert whatever the record says of its data', async () => {
    const evil = '</details> @octocat [x](https://evil.example) <img src=x> `a` | b #1'
    const scene = await forkScene(bad, { begin: dataFiles })
    await alterRecord(scene, (record) => {
      const [check] = record.dataChecks as {
        report: { name: string; reason: string; checks: Record<string, unknown>[] }
      }[]
      if (check === undefined) throw new Error('no data check')
      Object.assign(check.report, { name: evil, reason: evil })
      Object.assign(check.report.checks[0] ?? {}, {
        owner: evil,
        name: evil,
        url: 'javascript:alert(1)',
        observed: evil,
      })
    })
    await report(scene)
    const body = scene.repository.comments[0]?.body ?? ''
    expect(body).toContain('octocat')
    expectInert(body.replace(/<!-- modelgate:comment [^>]*-->$/, ''))
  })
})

describe('a stored run of the base', () => {
  it('that its data stopped is no baseline: the base is run', async () => {
    const { project, payload, base } = pullRequest(
      { 'params.json': '{ "wrong": 2, "shift": 0 }\n' },
      { ...dataFiles, ...bad },
    )
    const hosted = await host(project, ['pull-requests: write', 'checks: write', 'actions: read'])
    const { result: kept } = await runAndKeep(hosted, project, { commit: base, inputs: { 'fail-on-block': 'false' } })
    expect(kept.stdout).toContain('Nothing was trained or measured')
    const { repository, server } = hosted
    const result = await runAction('pipeline', {
      cwd: project.root,
      inputs: { token: 'job', comment: 'off', check: 'none' },
      event: { name: 'pull_request', payload },
      env: server.environment(repository, repository.addRun({ headSha: base, event: 'pull_request' })),
    })
    expect(result.stdout).toMatch(
      /The base is run here, because run \d+ of commit [0-9a-f]{7} was stopped by its data checks, so that it measured nothing\./,
    )
    // The base is trained whatever its data are like; the change is not.
    expect(result.stdout.match(/^training$/gm)).toHaveLength(1)
    expect(result.summary).toContain('Already failing on the base (5 rows there)')
  })
})
