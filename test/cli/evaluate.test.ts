import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonSchema } from '../../src/compare/comparison.ts'
import { compiledCode } from '../e2e/spawn.ts'

const program = resolve(import.meta.dirname, '..', '..', 'dist', 'cli', 'index.js')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'modelgate-evaluate-'))
  const table = (wrong: number): string =>
    [
      'id,y_true,y_pred,y_score,city',
      ...Array.from({ length: 200 }, (_, id) => {
        const right = (id * 37) % 100 >= wrong
        const label = right ? id % 2 : 1 - (id % 2)
        return `${id},${id % 2},${label},${(0.5 + (label - 0.5) * (0.2 + (id % 7) / 10)).toFixed(3)},c${id % 3}`
      }),
    ].join('\n')
  writeFileSync(join(folder, 'new.csv'), table(10))
  writeFileSync(join(folder, 'base.csv'), table(20))
  writeFileSync(join(folder, 'other.csv'), table(20).replace('\n0,', '\nzero,'))
  writeFileSync(join(folder, 'nan.csv'), table(10).replace('0.400', 'nan'))
  writeFileSync(join(folder, 'empty.csv'), '')
  writeFileSync(join(folder, 'latin.csv'), Buffer.from(table(10).replace('c1', 'K\u00f6ln'), 'latin1'))
  const cases = [1, 2, 3].map((id) => JSON.stringify({ id, passed: id > 1 }))
  writeFileSync(join(folder, 'cases.jsonl'), cases.join('\n'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function evaluate(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, 'evaluate', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...compiledCode() },
  })
}

describe('modelgate evaluate', () => {
  it('measures one file', () => {
    const { status, stdout } = evaluate('--predictions', 'new.csv', '--task', 'binary-classification')
    expect(status).toBe(0)
    expect(stdout).toContain('binary-classification: 200 rows')
    expect(stdout).toMatch(/accuracy +0\.9000 +0\.\d+ to 0\.\d+/)
    expect(stdout).toMatch(/roc_auc +0\.\d+ +0\.\d+ to 0\.\d+/)
  })

  it('compares two in stable JSON, row by row', () => {
    const request = ['--predictions', 'new.csv', '--baseline', 'base.csv', '--task', 'binary-classification', '--json']
    const [one, two] = [evaluate(...request), evaluate(...request)]
    const { schema, exitCode, comparison } = JSON.parse(one.stdout)
    expect([schema, exitCode, one.status]).toEqual(['modelgate/evaluation@1', 0, 0])
    const parsed = comparisonSchema.parse(comparison)
    const accuracy = parsed.metrics.find(({ name }) => name === 'accuracy')
    expect(accuracy?.difference).toBeCloseTo(0.1, 12)
    expect(accuracy?.intervals[0]?.lower).toBeGreaterThan(0)
    expect(accuracy?.pValue).toBeLessThan(0.001)
    expect(parsed.flips).toEqual({ bothRight: 160, onlyBaseRight: 0, onlyNewRight: 20, bothWrong: 20 })
    expect(two.stdout).toBe(one.stdout)
  })

  it('compares nothing that is not for the same rows, and says which are missing', () => {
    const { status, stdout } = evaluate(
      '--predictions',
      'new.csv',
      '--baseline',
      'other.csv',
      '--task',
      'binary-classification',
    )
    expect(status).toBe(0)
    expect(stdout).toContain(
      'Not comparable: The predictions are not for the same rows: 1 row only in the base, 1 row only in the new run',
    )
    expect(stdout).not.toMatch(/accuracy.*[+−]0\.\d+ to/)
  })

  it('reads outcomes of a generation', () => {
    const { status, stdout } = evaluate('--predictions', 'cases.jsonl', '--task', 'generation')
    expect([status, stdout]).toEqual([0, expect.stringMatching(/pass_rate +0\.6667/)])
  })

  it.each([
    ['a value that is no number', ['--predictions', 'nan.csv', '--task', 'binary-classification'], /nan\.csv:\d+/],
    ['an empty file', ['--predictions', 'empty.csv', '--task', 'regression'], /empty/],
    [
      'bytes that are not UTF-8',
      ['--predictions', 'latin.csv', '--task', 'binary-classification'],
      /^latin\.csv: The predictions file is not valid UTF-8\. \[files\/encoding\]/,
    ],
    ['no file', ['--predictions', 'none.csv', '--task', 'regression'], /does not exist/],
    ['a folder', ['--predictions', '.', '--task', 'regression'], /no file/],
    ['no task', ['--predictions', 'new.csv'], /--task/],
    ['an unknown task', ['--predictions', 'new.csv', '--task', 'clustering'], /binary-classification/],
  ])('ends with 2 for %s', (_what, args, message) => {
    const { status, stderr } = evaluate(...args)
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})
