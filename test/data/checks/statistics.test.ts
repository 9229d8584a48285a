import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { relativeError } from '../../stats/close.ts'
import { openTestEngine } from '../relation.ts'
import { runOne, values } from './run.ts'

/** Statistics of columns against numpy and scipy: fixtures/make-statistics.py wrote what they say. */

type Summary = {
  values: string[]
  mean: number
  sum: number
  stdev: number
  'numpy-stdev': number
  median: number
  quantiles: Record<string, number>
  entropy: number
  iqr: number
  sigma: number
}
type Fixture = {
  columns: Record<string, Summary>
  label: { here: number[]; there: number[]; statistic: number; p: number }
  auc: { feature: (number | null)[]; target: boolean[]; auc: number }
}
const fixture: Fixture = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', 'statistics.json'), 'utf8'))

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const column = (texts: readonly string[]): string => values('x', ...texts.map((text) => `CAST('${text}' AS DOUBLE)`))
const aggregate = async (fn: string, data: string): Promise<number> => {
  const result = await runOne(
    engine,
    `aggregate: { column: x, fn: ${fn}, max: "1000000000000000000000000000000" }`,
    data,
  )
  return Number(result.figures.value)
}

describe.each(Object.entries(fixture.columns))('a column of doubles: %s', (name, expected) => {
  const data = column(expected.values)

  it('has the moments of exact arithmetic', async () => {
    // The fixture has them from fractions; numpy adds doubles, and is further off where they cancel.
    expect(relativeError(await aggregate('stdev', data), expected.stdev)).toBeLessThan(1e-9)
    if (name !== 'far from zero') expect(relativeError(expected['numpy-stdev'], expected.stdev)).toBeLessThan(1e-9)
    // Below the smallest normal double nothing is kept.
    const size = Math.max(...expected.values.map((value) => Math.abs(Number(value))))
    expect(Math.abs((await aggregate('mean', data)) - expected.mean)).toBeLessThanOrEqual(size * 2 ** -52 + 2 ** -1022)
    expect(Math.abs((await aggregate('sum', data)) - expected.sum)).toBeLessThanOrEqual(size * 2 ** -45 + 2 ** -1015)
  })

  it('has the quantiles and the entropy', async () => {
    expect(await aggregate('median', data)).toBe(expected.median)
    for (const [q, value] of Object.entries(expected.quantiles)) {
      const { figures } = await runOne(engine, `quantile: { column: x, q: ${q}, max: 9 }`, data)
      expect([q, figures.value]).toEqual([q, value])
    }
    expect(relativeError(await aggregate('entropy', data), expected.entropy)).toBeLessThan(1e-12)
  })

  it('has the outliers', async () => {
    expect((await runOne(engine, 'outliers: { columns: x }', data)).failing).toBe(expected.iqr)
    expect((await runOne(engine, 'outliers: { columns: x, method: sigma }', data)).failing).toBe(expected.sigma)
  })
})

describe('two samples', () => {
  it('of a numeric label differ as much as scipy says', async () => {
    const { here, there, statistic, p } = fixture.label
    const result = await runOne(engine, 'label-drift: { column: x }', column(here.map(String)), {
      reference: column(there.map(String)),
    })
    expect(result.figures).toMatchObject({ rows: here.length, reference: there.length })
    expect(relativeError(Number(result.figures.effect), statistic)).toBeLessThan(1e-12)
    expect(relativeError(Number(result.figures.p), p)).toBeLessThan(1e-9)
  })

  it('need a size and significance', async () => {
    const label = (rows: number, share: number): string =>
      `SELECT CASE WHEN i < ${rows * share} THEN 'a' ELSE 'b' END AS x FROM range(${rows}) AS r(i)`
    const ask = async (here: string, there: string): Promise<string> =>
      (await runOne(engine, 'label-drift: { column: x }', here, { reference: there })).status
    expect(await ask(label(200, 0.5), label(200, 0.62))).toBe('pass')
    expect(await ask(label(100_000, 0.5), label(100_000, 0.52))).toBe('pass')
    expect(await ask(label(2000, 0.5), label(2000, 0.62))).toBe('warn')
    expect(await ask(label(2000, 0.5), label(2000, 0.7))).toBe('fail')
  })
})

describe('leakage', () => {
  const data = (rows: readonly (readonly [string, string])[]): string =>
    values('x, y', ...rows.map(([x, y]) => `${x}, ${y}`))
  const auc = async (query: string): Promise<number> =>
    Number((await runOne(engine, 'leakage: { label: y }', query)).figures.x)

  it('of a number is the area that scipy finds, with missing values at the better end', async () => {
    const { feature, target, auc: expected } = fixture.auc
    const rows = feature.map((value, index) => [String(value ?? 'NULL'), String(target[index])] as const)
    expect(relativeError(await auc(data(rows)), expected)).toBeLessThan(1e-14)
    // A number that falls where the class rises tells as much.
    const turned = rows.map(([x, y]) => [x === 'NULL' ? x : `-(${x})`, y] as const)
    expect(relativeError(await auc(data(turned)), expected)).toBeLessThan(1e-14)
  })

  it('does not call identifiers, free text and rare classes leaks', async () => {
    const noise = (feature: string, label: string, rows = 20_000): string =>
      `SELECT ${feature} AS x, ${label} AS y FROM range(${rows}) AS r(i)`
    const coin = 'hash(i) % 2 = 0'
    for (const query of [
      noise("'id' || i", coin),
      noise("'id' || (i // 2)", coin),
      noise("'id' || (i // 7)", 'hash(i) % 100 = 0'),
      noise("'id' || (i // 30)", 'hash(i) % 500 = 0'),
      noise("'id' || (i % 3)", coin, 100),
      noise("CASE WHEN hash(i + 7) % 5 > 0 THEN 'id' || i END", coin),
      noise('hash(i + 3)::DOUBLE', coin, 45),
    ]) {
      expect([query, Math.abs((await auc(query)) - 0.5) < 0.2]).toEqual([query, true])
    }
  })

  it('sees codes without an order, what is missing, and users that always have one class', async () => {
    const codes = 'SELECT i % 10 AS x, i % 10 IN (2, 5, 7) AS y FROM range(1000) AS r(i)'
    const { figures, observed, status } = await runOne(engine, 'leakage: { label: y }', codes)
    expect([figures.x, status, observed]).toEqual([1, 'fail', '1 column from 0.95 on: x 1.0000 by value'])
    expect(
      await auc("SELECT CASE WHEN i % 4 > 0 THEN 'id' || i END AS x, i % 4 = 0 AS y FROM range(1000) AS r(i)"),
    ).toBe(1)
    expect(await auc("SELECT 'u' || (i // 5) AS x, (i // 5) % 3 = 0 AS y FROM range(1000) AS r(i)")).toBe(1)
  })

  it('takes the largest of several classes against the rest, of labels of any type', async () => {
    for (const label of [
      "CASE WHEN i % 5 < 3 THEN 'a' WHEN i % 5 = 3 THEN 'b' ELSE 'c' END",
      'CASE WHEN i % 5 < 3 THEN 0.1::DOUBLE WHEN i % 5 = 3 THEN 0.2 ELSE 0.3 END',
      'CASE WHEN i % 5 < 3 THEN 1.10 WHEN i % 5 = 3 THEN 2.20 ELSE 3.30 END',
      "CASE WHEN i % 5 < 3 THEN DATE '2024-01-01' WHEN i % 5 = 3 THEN DATE '2024-01-02' ELSE DATE '2024-01-03' END",
      'i % 5 < 3',
      "CASE WHEN i % 5 < 3 THEN 'n' || chr(0) || '''l' ELSE 'c' END",
    ]) {
      expect([label, await auc(`SELECT i % 5 AS x, ${label} AS y FROM range(500) AS r(i)`)]).toEqual([label, 1])
    }
  })

  it('leaves numbers alone as labels, and says what it did not look at', async () => {
    const many = await runOne(engine, 'leakage: { label: y }', 'SELECT i AS y, i AS x FROM range(500) AS r(i)')
    expect([many.status, many.observed]).toEqual([
      'not-run',
      'Column "y" has more than 100 different values: leakage is looked for in classes, not in numbers.',
    ])
    const nested = await runOne(
      engine,
      'leakage: { label: y }',
      'SELECT i % 2 AS y, i AS x, [i] AS z FROM range(500) AS r(i)',
    )
    expect(nested.observed).toMatch(
      /^strongest: x 0\.50\d\d by order; 1 column of nested or binary values not looked at$/,
    )
  })
})
