import { describe, expect, test } from 'vitest'
import { entryLine, mostEntryBytes, readEntry } from '../../src/history/entry.ts'
import { fitEntry } from '../../src/history/fit-entry.ts'
import { standingOfLocal } from '../../src/history/standing.ts'
import { summariseEntry } from '../../src/history/summary.ts'
import { recordOf } from '../compare/records.ts'
import { entryOf } from './entries.ts'

const many = (count: number, name: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}/${at}`, String(at)]))

describe('an entry', () => {
  test('that fits stays as it is', () => {
    expect(fitEntry(entryOf(1))).toEqual(entryOf(1))
  })

  test('loses in a fixed order what it is too long for, says so, and keeps digests', () => {
    const record = recordOf({ code: many(600, 'src'), params: { deep: 3 } })
    const [stage] = record.stages
    if (stage === undefined) throw new Error('no stage')
    const fitted = fitEntry(entryOf(1, { record: { ...record, stages: [{ ...stage, tail: ['x'.repeat(300)] }] } }))
    expect(fitted.dropped).toEqual(['what failed stages printed', 'digests of single source files'])
    expect(fitted.record.factors.code).toEqual({ digest: record.factors.code.digest, files: {} })
    expect(fitted.record.factors.params.values).toEqual({ deep: 3 })
    expect(Buffer.byteLength(entryLine(fitted))).toBeLessThanOrEqual(mostEntryBytes)
    expect(readEntry(entryLine(fitted))).toEqual({ entry: fitted })
  })

  test('loses metrics last, those of files before those that were computed', () => {
    const metrics = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`metric_${at}`, at / 7]))
    const fitted = fitEntry(entryOf(1, { record: recordOf({ metrics }) }))
    expect(fitted.computed).toEqual(entryOf(1).computed)
    expect(fitted.record.metrics.length).toBeGreaterThan(100)
    expect(fitted.dropped.at(-1)).toMatch(/^[\d,]+ metrics of 2001$/)
    expect(Buffer.byteLength(entryLine(fitted))).toBeLessThanOrEqual(mostEntryBytes)
    // A summary has fewer still, and says how many.
    const summary = summariseEntry(fitted)
    expect(Object.keys(summary.metrics).length + (summary.more ?? 0)).toBe(fitted.record.metrics.length + 1)
    expect(summary.metrics.accuracy).toBe(entryOf(1).computed.accuracy)
  })
})

test.each([
  [{ branch: 'main', dirty: false }, true],
  [{ branch: 'main', dirty: true }, false],
  [{ branch: 'feature', dirty: false }, false],
  [{ branch: undefined, dirty: false }, false],
  [{ branch: 'main', dirty: false, commit: undefined }, false],
])('a run on a laptop with %o is a baseline: %s', (facts, expected) => {
  expect(standingOfLocal({ commit: 'a', defaultBranch: 'main', ...facts }).baseline).toBe(expected)
})
