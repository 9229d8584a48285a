import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelgateError } from '../../src/base/error.ts'
import { judgeStored } from '../../src/pipeline/judge-stored.ts'
import { git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { change, rules, run } from './change.ts'
import { recorder } from './project.ts'

/** The "model" is a number: its error on every row. */
const script = `const fs = require('node:fs')
const error = Number(fs.readFileSync('error.txt', 'utf8'))
let text = 'id,y_true,y_pred\\n'
for (let i = 0; i < 200; i++) text += [i, i, i + error * (1 + (i % 7) / 10)].join() + '\\n'
fs.writeFileSync('predictions.csv', text)
`
const config = (limit: number): string => `version: 1
name: tiny
task: regression
stages:
  evaluate:
    run: node evaluate.cjs
    predictions: predictions.csv
checkpoints:
  model:
    after: evaluate
    rules:
      - threshold: { metric: mae, max: ${limit} }
      - non-inferior: { metric: mae, margin: 0.2 }
`
const files = (error: number, limit: number): Record<string, string> => ({
  'modelgate.yaml': config(limit),
  'evaluate.cjs': script,
  'error.txt': String(error),
  '.gitignore': 'predictions.csv\n',
})

describe('a change', () => {
  it.each(['error.txt/x', 'circle/x', ...(existsSync('/proc/self') ? ['/proc/x'] : [])])(
    'is not run where nothing can be written: %s',
    async (out) => {
      const folder = repositoryWith(files(1, 2))
      symlinkSync('circle', join(folder, 'circle'))
      const stopped = run(folder, { out })
      await expect(stopped).rejects.toMatchObject({
        code: 'files/unwritable',
        kind: 'user',
        place: { file: expect.stringMatching(/x$/) },
      })
      expect(existsSync(join(folder, 'predictions.csv'))).toBe(false)
    },
  )

  it('leaves no folder behind that it only tried', async () => {
    const folder = repositoryWith(files(1, 2))
    await expect(run(folder, { out: 'new/place', baseline: 'none' })).rejects.toMatchObject({ code: 'files/not-found' })
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  it('is run, its base too, and the one judged against the other', async () => {
    const folder = change(files(1, 2), { 'error.txt': '0.9' })
    const result = await run(folder, { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: pass'])
    expect(result.judged?.judgement.verdict).toMatchObject({
      verdict: 'pass',
      outcome: 'passed',
      withoutBaseline: false,
    })
    expect(result.judged?.judgement.verdict.policy).toMatchObject({ from: 'base' })
    expect(result.judged?.judgement.verdict.policy.proposed).toBe(undefined)
    expect(result.judged?.judgement.comparison.changes.code.map((code) => code.name)).toEqual(['error.txt'])
    expect(result.events).toEqual([
      'base evaluate 1/1',
      'base evaluate succeeded',
      'base recorded succeeded',
      'new evaluate 1/1',
      'new evaluate succeeded',
      'new recorded succeeded',
    ])
    expect(readdirSync(result.folder).sort()).toEqual([
      'base',
      'comparison.json',
      'predictions-evaluate.csv',
      'report.html',
      'report.md',
      'run.json',
      'verdict.json',
    ])
    expect(git(folder, 'status', '--porcelain')).toBe('')
    expect(git(folder, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1)
  })

  it('that makes the model worse is blocked', async () => {
    const result = await run(change(files(1, 5), { 'error.txt': '1.5' }), { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: fail'])
    expect(result.judged?.judgement.verdict).toMatchObject({
      outcome: 'blocked',
      failedRules: ['model.non-inferior.mae'],
    })
  })

  it('that loosens its own checkpoint is judged by the one of the base', async () => {
    const result = await run(change(files(1, 1.5), { ...files(1.1, 9), 'error.txt': '1.6' }), { base: 'main' })
    const { verdict } = result.judged?.judgement ?? {}
    expect(verdict?.rules[0]?.expected).toContain('1.5')
    expect(verdict).toMatchObject({ outcome: 'blocked', policy: { from: 'base', proposed: { outcome: 'blocked' } } })
    expect(verdict?.failedRules).toContain('model.threshold.mae')
  })

  it('that removes all checkpoints is judged by those of the base', async () => {
    const own = config(1.5).replace(/checkpoints:[\s\S]*/, '')
    const result = await run(change(files(1, 1.5), { 'modelgate.yaml': own, 'error.txt': '3' }), { base: 'main' })
    expect(result.judged?.judgement.verdict).toMatchObject({
      outcome: 'blocked',
      policy: { from: 'base', proposed: { outcome: 'passed' } },
    })
  })

  it('cannot turn a loss into a gain by calling the other direction better', async () => {
    const own = `${config(9)}metrics: { mae: { direction: higher } }\n`
    const result = await run(change(files(1, 9), { 'modelgate.yaml': own, 'error.txt': '3' }), { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: fail'])
  })

  it('in a configuration of another name is judged by that of the base, too', async () => {
    const { 'modelgate.yaml': yaml, ...others } = files(1, 1.5)
    const folder = change({ 'gate.yaml': yaml, ...others }, { 'gate.yaml': config(9), 'error.txt': '3' })
    const result = await run(folder, { base: 'main', config: 'gate.yaml' })
    expect(result.judged?.judgement.verdict).toMatchObject({
      outcome: 'blocked',
      withoutBaseline: false,
      policy: { from: 'base' },
    })
    expect(result.fresh.record.factors.code.files).not.toHaveProperty(['gate.yaml'])
  })

  it('in a sub-folder is judged there', async () => {
    const below = (error: number): Record<string, string> =>
      Object.fromEntries(Object.entries(files(error, 9)).map(([name, text]) => [`models/a/${name}`, text]))
    const folder = change(below(1), { 'models/a/error.txt': '3' })
    const result = await run(join(folder, 'models/a'), { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: fail'])
  })
})

describe('a base', () => {
  it('without modelgate.yaml is no baseline', async () => {
    const folder = change({ 'README.md': 'x' }, files(1, 2))
    const short = git(folder, 'rev-parse', '--short=7', 'main')
    const result = await run(folder, { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: skipped'])
    expect(result.judged?.judgement.comparison.baseline).toEqual({
      kind: 'none',
      explanation: `commit ${short}, the tip of main has no modelgate.yaml, so the pipeline begins with this change.`,
    })
    expect(result.judged?.judgement.verdict).toMatchObject({ withoutBaseline: true, policy: { from: 'change' } })
  })

  it('whose stage fails leaves the change without evidence: that does not pass', async () => {
    const folder = change({ ...files(1, 2), 'evaluate.cjs': 'process.exit(4)' }, { 'evaluate.cjs': script })
    const short = git(folder, 'rev-parse', '--short=7', 'main')
    const result = await run(folder, { base: 'main' })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: incomparable'])
    expect(result.judged?.judgement.verdict).toMatchObject({ outcome: 'blocked', policy: { from: 'base' } })
    expect(result.judged?.judgement.comparison.baseline.explanation).toBe(
      `The base (commit ${short}, the tip of main) could not be measured: Stage "evaluate" failed: its command ended with exit code 4.`,
    )
    expect(git(folder, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1)
  })

  it('whose modelgate.yaml is broken is no evidence, and the change is judged by its own', async () => {
    const result = await run(change({ ...files(1, 2), 'modelgate.yaml': 'version: 3\n' }, files(1, 2)), {
      base: 'main',
    })
    expect(rules(result)).toEqual(['mae threshold: pass', 'mae non-inferior: incomparable'])
    expect(result.judged?.judgement.verdict.policy.from).toBe('change')
    expect(result.judged?.judgement.comparison.mismatches[0]?.what).toBe('baseline')
  })

  it('is removed when the run is cancelled while it runs', async () => {
    const folder = change({ ...files(1, 2), 'evaluate.cjs': 'setTimeout(() => {}, 30000)' }, { 'evaluate.cjs': script })
    const cancellation = new AbortController()
    const observer = recorder()
    observer.stageStarted = ({ side }) => {
      if (side === 'base') setTimeout(() => cancellation.abort(), 300)
    }
    await expect(run(folder, { base: 'main', signal: cancellation.signal, observer })).rejects.toMatchObject({
      code: 'run/cancelled',
      kind: 'cancelled',
    })
    expect(git(folder, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1)
    expect(existsSync(join(folder, '.git/worktrees'))).toBe(false)
  })

  it('that is not there costs no training', async () => {
    const folder = change(files(1, 2), { 'error.txt': '1' })
    await expect(run(folder, { base: 'nowhere' })).rejects.toMatchObject({ code: 'base/unknown-ref' })
    expect(existsSync(join(folder, '.modelgate'))).toBe(false)
  })

  it('needs a repository', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, files(1, 2))
    await expect(run(folder, { base: 'main' })).rejects.toMatchObject({
      code: 'base/no-repository',
      message: 'A base can be compared with only inside a git repository.',
    })
  })
})

describe('without a base', () => {
  it('a run is judged by its constant limits, and by a stored record when one is given', async () => {
    const folder = repositoryWith(files(1, 2))
    const first = await run(folder)
    expect(rules(first)).toEqual(['mae threshold: pass', 'mae non-inferior: skipped'])
    writeFiles(folder, { 'error.txt': '1.5' })
    const second = await run(folder, { baseline: first.fresh.file })
    expect(rules(second)).toEqual(['mae threshold: pass', 'mae non-inferior: fail'])
    const again = await judgeStored({ workingDirectory: folder, baseline: first.folder })
    expect(again.runFile).toBe(second.fresh.file)
    expect(again.judgement.verdict).toEqual(second.judged?.judgement.verdict)
  })

  it('a failed run leaves nothing that git sees', async () => {
    const folder = repositoryWith({ ...files(1, 2), 'evaluate.cjs': 'process.exit(1)' })
    await expect(run(folder)).rejects.toMatchObject({ code: 'run/stage-failed' })
    expect(git(folder, 'status', '--porcelain')).toBe('')
    expect(readdirSync(join(folder, '.modelgate/runs'))).toHaveLength(1)
  })

  it('some stages are recorded and not judged; the rest is judged when continued', async () => {
    const yaml = config(2).replace('stages:', "stages:\n  prepare: { run: 'echo x >> prepared.log' }")
    const folder = repositoryWith({
      ...files(1, 2),
      'modelgate.yaml': yaml,
      '.gitignore': 'predictions.csv\nprepared.log\n',
    })
    const first = await run(folder, { stages: ['prepare'] })
    expect(first.judged).toBe(null)
    const second = await run(folder, { continued: first.folder })
    expect([second.folder, second.fresh.record.id]).toEqual([first.folder, first.fresh.record.id])
    expect(rules(second)).toEqual(['mae threshold: pass', 'mae non-inferior: skipped'])
    expect(readFileSync(join(folder, 'prepared.log'), 'utf8')).toBe('x\n')
  })
})

describe('judgeStored', () => {
  it('says when there is no run', async () => {
    const error = (await judgeStored({ workingDirectory: repositoryWith(files(1, 2)) }).catch(
      (reason: unknown) => reason,
    )) as ModelgateError
    expect([error.code, error.message]).toEqual(['gate/no-run', 'There is no run to judge.'])
  })

  it('refuses the run of another project', async () => {
    const folder = repositoryWith(files(1, 2))
    const { fresh } = await run(folder)
    writeFiles(folder, { 'modelgate.yaml': config(2).replace('tiny', 'other') })
    await expect(judgeStored({ workingDirectory: folder, run: fresh.file })).rejects.toMatchObject({
      code: 'gate/other-project',
      message: 'The run is of "tiny", but modelgate.yaml is of "other".',
    })
  })

  it('judges by the checkpoints of the base when it is named', async () => {
    const folder = change(files(1, 1.1), { 'modelgate.yaml': config(9) })
    const { fresh } = await run(folder)
    const { judgement } = await judgeStored({ workingDirectory: folder, run: fresh.file, base: 'main' })
    expect(judgement.verdict).toMatchObject({
      outcome: 'blocked',
      policy: { from: 'base', proposed: { outcome: 'passed' } },
    })
  })

  it('finds those of the base in a configuration of another name', async () => {
    const { 'modelgate.yaml': yaml, ...others } = files(1, 1.1)
    const folder = change({ 'gate.yaml': yaml, ...others }, { 'gate.yaml': config(9) })
    const { fresh } = await run(folder, { config: 'gate.yaml' })
    const request = { workingDirectory: folder, config: 'gate.yaml', run: fresh.file, base: 'main' }
    expect((await judgeStored(request)).judgement.verdict.policy).toMatchObject({ from: 'base' })
  })
})
