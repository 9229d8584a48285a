import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driftSettings } from '../../../src/config/checks/drift-settings.ts'
import { measureDrift } from '../../../src/data/drift/measure-drift.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTestEngine, relationOf } from '../relation.ts'

/**
 * How often data sets that come from the same source alarm. 20 columns each: normal, lognormal, with many zeros, counts, codes, categories with
 * and without a tail, missing values. The hash of DuckDB is the source of chance, so that every run draws the same.
 */

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const uniform = (seed: number): string => `((hash(i * 1009 + ${seed}) % 4294967291 + 0.5) / 4294967291.0)`
const normal = (seed: number): string =>
  `(sqrt(-2 * ln(${uniform(seed)})) * cos(6.283185307179586 * ${uniform(seed + 1)}))`

function columns(seed: number): string {
  const at = (column: number): number => seed * 1000 + column * 10
  const kinds: ((s: number) => string)[] = [
    (s) => normal(s),
    (s) => `exp(${normal(s)})`,
    (s) => `CASE WHEN ${uniform(s)} < 0.7 THEN 0 ELSE ${normal(s + 2)} END`,
    (s) => `CAST(floor(exp(0.5 * ${normal(s)}) * 4) AS INTEGER)`,
    (s) => `CAST(floor(${uniform(s)} * 2) AS INTEGER)`,
    (s) => `'c' || CAST(floor(${uniform(s)} * 8) AS INTEGER)`,
    (s) => `'w' || CAST(floor(exp(4 * ${uniform(s)})) AS INTEGER)`,
    (s) => `${uniform(s)} < 0.03`,
    (s) => `CASE WHEN ${uniform(s)} < 0.1 THEN NULL ELSE ${uniform(s + 2)} END`,
    (s) => `DATE '2024-01-01' + CAST(floor(${uniform(s)} * 365) AS INTEGER)`,
  ]
  return Array.from({ length: 20 }, (_, k) => `${kinds[k % kinds.length]?.(at(k))} AS x${k}`).join(', ')
}

const table = (seed: number, rows: number): Promise<Relation> =>
  relationOf(engine, `SELECT ${columns(seed)} FROM range(${rows}) AS t(i)`)

async function verdict(reference: Relation, current: Relation, settings: object = {}): Promise<string> {
  const report = await measureDrift(engine, {
    reference,
    current,
    settings: driftSettings.parse(settings),
    sensitive: new Set(),
  })
  return report.verdict
}

describe('without drift', () => {
  it.each([
    [200, 200, 15],
    [1000, 300, 15],
    [3000, 3000, 8],
    [20_000, 15_000, 2],
  ])(
    'no data set alarms: %d rows against %d',
    async (n, m, repeats) => {
      let alarms = 0
      for (let repeat = 0; repeat < repeats; repeat++) {
        const found = await verdict(await table(2 * repeat + 1, n), await table(2 * repeat + 2, m))
        if (found !== 'pass') alarms++
      }
      expect(alarms).toBe(0)
    },
    120_000,
  )

  it('even without the demand of an effect, significance alone keeps its level over all columns', async () => {
    // Every difference counts as an effect: what is left is the corrected test. 5 % of the data sets, and what chance adds to that.
    const tiny = { warn: 1e-9, error: 1e-9 }
    const settings = {
      significance: 0.05,
      numeric: tiny,
      categorical: { ...tiny, 'new-categories': 'ignore' },
      nulls: { warn: 0, error: 0 },
    }
    let alarms = 0
    for (let repeat = 0; repeat < 40; repeat++) {
      const found = await verdict(await table(2 * repeat + 501, 800), await table(2 * repeat + 502, 600), settings)
      if (found !== 'pass') alarms++
    }
    // P(more than 7 of 40 at 5 %) is 0.1 %.
    expect(alarms).toBeLessThanOrEqual(7)
    expect(alarms).toBeGreaterThan(0)
  }, 120_000)
})
