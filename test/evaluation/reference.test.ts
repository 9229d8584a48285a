import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { interpretPredictions } from '../../src/evaluation/interpret.ts'
import { measurablesFor } from '../../src/evaluation/measurables.ts'
import { pointValues } from '../../src/evaluation/point-values.ts'
import { readTable } from '../../src/readers/table.ts'
import { type DataSet, dataSets } from './datasets.ts'

/*
 * Every metric against scikit-learn and numpy. `expected-metrics.json` is what `test/python/metrics_reference.py` prints for the data
 * sets; where a Python is given it runs again, so that neither can go stale.
 */

type Values = Record<string, number | null>

const root = resolve(import.meta.dirname, '..', '..')
const committed: Record<string, Values> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'expected-metrics.json'), 'utf8'),
)
const sets = dataSets()
const keyOf = ({ name, task }: DataSet): string => `${name}.${task}`

function measured({ csv, task, wanted, name }: DataSet): Map<string, number> {
  const predictions = interpretPredictions(readTable(csv, `${name}.csv`), task, `${name}.csv`)
  return pointValues(measurablesFor(predictions, task === 'binary-classification', wanted), predictions.ids.length)
}

/** The same names, and each value up to 1e-9, beyond 1 in proportion. */
function expectValues(actual: Map<string, number>, expected: Values): void {
  expect([...actual.keys()].sort()).toEqual(Object.keys(expected).sort())
  for (const [name, value] of Object.entries(expected)) {
    const own = actual.get(name) ?? Number.NaN
    if (value === null) expect(own, name).toBeNaN()
    else expect(Math.abs(own - value), name).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)))
  }
}

describe('every metric is the one of scikit-learn and numpy', () => {
  it('on data sets that are all known', () => {
    expect(Object.keys(committed).sort()).toEqual(sets.map(keyOf).sort())
  })

  it.each(sets.map((set) => [keyOf(set), set] as const))('%s', (key, set) => {
    expectValues(measured(set), committed[key] ?? {})
  })
})

const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('the expected values', () => {
  it('have a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  it.runIf(python !== undefined)('are what scikit-learn and numpy say today', () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-metrics-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const set of sets) writeFileSync(join(folder, `${keyOf(set)}.csv`), set.csv)
    const printed = execFileSync(python ?? '', [join(root, 'test', 'python', 'metrics_reference.py'), folder], {
      encoding: 'utf8',
    })
    const found: Record<string, Values> = JSON.parse(printed)
    expect(Object.keys(found)).toEqual(Object.keys(committed))
    for (const set of sets) {
      expectValues(measured(set), found[keyOf(set)] ?? {})
      const before = Object.entries(committed[keyOf(set)] ?? {})
      expectValues(new Map(before.map(([name, value]) => [name, value ?? Number.NaN])), found[keyOf(set)] ?? {})
    }
  })
})
