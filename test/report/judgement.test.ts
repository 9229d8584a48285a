import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { outputOfError } from '../../src/actions/check-output.ts'
import type { Config } from '../../src/config/schema.ts'
import type { Policy } from '../../src/gate/judge.ts'
import { judgeRuns, type StoredRun, writeJudgement } from '../../src/report/judgement.ts'
import { renderPage } from '../../src/report/page/page.ts'
import { type RecordParts, recordOf } from '../compare/records.ts'
import { policyOf } from '../gate/comparisons.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-test-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A run of 200 rows of which the first `wrong` are predicted wrongly. */
async function store(name: string, wrong: number, parts: RecordParts = {}): Promise<StoredRun> {
  const rows = Array.from({ length: 200 }, (_, row) => `u${row},${row % 2},${row < wrong ? 1 - (row % 2) : row % 2}`)
  const text = `user,y_true,y_pred\n${rows.join('\n')}\n`
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'predictions-evaluate.csv'), text)
  return { record: recordOf({ id: name, predictions: text, ...parts }), file: join(folder, name, 'run.json') }
}

async function judged(policy: Policy, proposed?: Policy, wrong = 60): ReturnType<typeof judgeRuns> {
  return await judgeRuns({
    fresh: await store('fresh', wrong, { code: { 'train.py': 'y' }, metrics: { cost: 3 } }),
    base: await store('base', 10, { metrics: { cost: 2 } }),
    baseline: { kind: 'record', explanation: 'stored record base' },
    policy,
    ...(proposed === undefined ? {} : { proposed }),
    key: 'user',
  })
}

const accuracy = [{ 'non-inferior': { metric: 'accuracy', margin: 0.02 } }]
const lower = (...names: string[]): Config['metrics'] =>
  Object.fromEntries(names.map((name) => [name, { direction: 'lower' as const }]))

describe('judgeRuns', () => {
  it('names no file of this machine for evidence of which nobody says whose it is', async () => {
    const fresh = await store('fresh', 1)
    const text = 'id,y_true,y_pred\n1,0,0\n2,1,maybe\n'
    await writeFile(join(folder, 'fresh', 'predictions-evaluate.csv'), text)
    const predictions = recordOf({ predictions: text }).predictions.map((entry) => ({
      ...entry,
      source: 'package.json',
    }))
    const request = {
      fresh: { ...fresh, record: { ...fresh.record, predictions } },
      base: null,
      baseline: { kind: 'none' as const, explanation: '' },
      policy: policyOf(accuracy),
    }
    const failure = await judgeRuns(request).catch((error: unknown) => error)
    expect(failure).toMatchObject({ place: { file: 'the predictions of run fresh', line: 3 } })
    expect(outputOfError(failure).annotations).toEqual([])
    // Of another size than what was recorded.
    const named = await judgeRuns({ ...request, ownFile: (path) => path }).catch((error: unknown) => error)
    expect(outputOfError(named).annotations).toEqual([])
  })

  it('goes from stored runs to comparison, verdict and report', async () => {
    const { comparison, verdict, plots, markdown } = await judged(policyOf(accuracy))
    expect(comparison.flips).toEqual({ bothRight: 140, onlyBaseRight: 50, onlyNewRight: 0, bothWrong: 10 })
    expect(comparison.broken?.rows).toHaveLength(10)
    expect(markdown).toContain('10 of 50 broken rows')
    expect(verdict).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
    expect(markdown.split('\n')[0]).toBe('## ❌ `income`: fail (blocked)')
    expect(plots).toMatchObject({
      kind: 'binary',
      matrix: {
        base: [
          [95, 5],
          [5, 95],
        ],
        fresh: [
          [70, 30],
          [30, 70],
        ],
      },
      scores: null,
    })
  })

  it.each([['accuracy'], ['acc'], ['Accuracy']])(
    'a change cannot turn its loss into a gain by defining %s as lower is better',
    async (name) => {
      const proposed = policyOf(accuracy, { from: 'change', metrics: lower(name) })
      const { comparison, verdict } = await judged(policyOf(accuracy), proposed)
      expect(verdict).toMatchObject({ verdict: 'fail', outcome: 'blocked' })
      expect(comparison.metrics.find((metric) => metric.name === 'accuracy')?.direction).toBe('higher')
    },
  )

  it('the definitions of the base stand where both define a metric', async () => {
    const proposed = policyOf(accuracy, { from: 'change', metrics: { cost: { direction: 'higher', unit: 'EUR' } } })
    const { comparison } = await judged(
      policyOf(accuracy, { metrics: { cost: { direction: 'lower', unit: 'USD' } } }),
      proposed,
    )
    expect(comparison.metrics.find((metric) => metric.name === 'cost')).toMatchObject({
      direction: 'lower',
      unit: 'USD',
    })
  })

  it('a change may describe a metric that nothing judges', async () => {
    const proposed = policyOf(accuracy, { from: 'change', metrics: lower('cost') })
    const { comparison } = await judged(policyOf(accuracy), proposed)
    expect(comparison.metrics.find((metric) => metric.name === 'cost')?.direction).toBe('lower')
  })

  it('shows what the own rules of the change would say, with their own alpha and definitions', async () => {
    const cost = { 'non-inferior': { metric: 'cost', margin: 2 } }
    const proposed = policyOf([cost, { 'non-inferior': { metric: 'accuracy', margin: 0.5, alpha: 0.01 } }], {
      from: 'change',
      metrics: lower('cost'),
    })
    const { verdict } = await judged(policyOf([cost]), proposed)
    expect(verdict).toMatchObject({
      verdict: 'incomparable',
      outcome: 'blocked',
      reason: 'model.non-inferior.cost: It is not known whether a higher or a lower cost is better.',
      policy: { proposed: { verdict: 'pass', outcome: 'passed', reason: '2 of 2 rules passed.' } },
    })
  })

  it('writes what it found beside the run', async () => {
    const judgement = await judged(policyOf(accuracy), undefined, 10)
    const files = await writeJudgement(join(folder, 'out'), judgement)
    expect(JSON.parse(await readFile(files.comparison, 'utf8'))).toEqual(judgement.comparison)
    expect(JSON.parse(await readFile(files.verdict, 'utf8'))).toEqual(judgement.verdict)
    expect(await readFile(files.report, 'utf8')).toBe(judgement.markdown)
    expect(await readFile(files.page, 'utf8')).toBe(
      renderPage(judgement.comparison, judgement.verdict, judgement.plots),
    )
    expect(judgement.verdict).toMatchObject({ verdict: 'pass', outcome: 'passed' })
  })
})
