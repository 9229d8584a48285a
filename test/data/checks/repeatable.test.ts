import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { CheckResult } from '../../../src/record/data-report.ts'
import { relationOf } from '../relation.ts'
import { run } from './run.ts'

/** Large enough that several threads work on it, and that samples stand beyond the first rows. */
const rows = 250_000
const noise = (salt: number): string => `(hash(i * 7919 + ${salt}) % 1000003)`
const data = `SELECT i AS id, ${noise(1)} / 7.0 - 50000 AS x, exp(${noise(2)} / 1e5) AS skewed, 'g' || ${noise(3)} % 50 AS code, ${noise(4)} % 2 = 0 AS label, ${noise(5)} AS k, CAST(${noise(6)} / 100 AS DECIMAL(18, 2)) AS money, TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * CAST(${noise(7)} AS BIGINT) AS t FROM range(${rows}) AS r(i)`

/** In another order, without a row number to begin with. */
const shuffled = `SELECT * FROM (${data}) AS d ORDER BY hash(id + 99)`
const reference = `SELECT * REPLACE (x * 1.01 AS x, code || CASE WHEN id % 1000 = 0 THEN 'n' ELSE '' END AS code) FROM (${data}) AS d WHERE id % 3 = 0`

const independent = [
  'range: { columns: x, min: 0 }',
  ...['mean', 'stdev', 'sum', 'min', 'max', 'median', 'entropy', 'distinct-share'].flatMap((fn) => [
    `aggregate: { column: x, fn: ${fn}, max: -1, within: 0.001% }`,
    `aggregate: { column: skewed, fn: ${fn}, max: -1 }`,
    `aggregate: { column: money, fn: ${fn}, max: -1 }`,
  ]),
  'quantile: { column: x, q: 99.9%, max: -1 }',
  'distinct: { column: k, max: 1 }',
  'most-common: { column: k, max-share: 0 }',
  'outliers: { columns: skewed, factor: 0.5 }',
  'outliers: { columns: x, method: sigma, factor: 1 }',
  'leakage: { label: label, warn-at: 0, error-at: 1, except: [id] }',
  'label-drift: { column: x }',
  'label-drift: { column: code }',
  'id-like: { max-share: 1% }',
  'new-categories: { columns: code }',
  'class-balance: { column: code, min-share: 50% }',
  'gaps: { column: t, every: hour }',
]
const ordered = [
  'unique: k',
  'duplicates: { columns: [k, label] }',
  'increasing: { column: x }',
  'increasing: { column: x, by: code }',
  "decreasing: { column: k }\n    where: code IN ('g1', 'g2', 'g3')",
  'overlap: { key: id }',
  'overlap: {}',
  'in-table: { columns: code, of: reference }\n    where: id > 250000',
  'conflicting-labels: { label: label, features: [code] }',
  'matches-table: { of: reference }',
  'time-order: { column: t }',
  'expr: x > 0',
  'sql: { query: "SELECT id, x FROM data WHERE x > 90000" }',
]

async function results(items: string[], threads: number, query: string): Promise<CheckResult[]> {
  const engine = await openDuckDb({ allowedPaths: [], threads })
  try {
    const yaml = `checks:\n${items.map((item) => `  - ${item}`).join('\n')}\n`
    const other = await relationOf(engine, reference, 'reference')
    return await run(engine, yaml, await relationOf(engine, query), { reference: other, others: { reference: other } })
  } finally {
    await engine.close()
  }
}

describe('results of large data', () => {
  it('are the same to the last digit with one thread and with several', async () => {
    const items = [...independent, ...ordered]
    const [one, four] = [await results(items, 1, data), await results(items, 4, data)]
    expect(one.filter(({ status }) => status === 'not-run')).toEqual([])
    expect(JSON.stringify(four)).toBe(JSON.stringify(one))
  })

  it('are the same for rows in another order, but for the rows shown', async () => {
    const plain = ({ samples: _samples, at: _at, ...rest }: CheckResult): unknown => rest
    const [one, other] = [await results(independent, 3, data), await results(independent, 3, shuffled)]
    expect(other.map(plain)).toEqual(one.map(plain))
  })
})
