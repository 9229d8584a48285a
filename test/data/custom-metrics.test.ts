import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type CustomMeasurement, measureCustom } from '../../src/data/custom-metrics.ts'
import { writeParquet } from './source/opening.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-custom-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

type Row = { id: string | number; y_true: number; y_pred: number; group?: string }

async function csv(name: string, rows: readonly Row[]): Promise<string> {
  const names = Object.keys(rows[0] ?? {}) as (keyof Row)[]
  const path = join(folder, name)
  await writeFile(path, [names.join(','), ...rows.map((row) => names.map((key) => row[key]).join(','))].join('\n'))
  return path
}

async function measure(fresh: string, sql: string | string[], base?: string): Promise<CustomMeasurement[]> {
  const metrics = [sql]
    .flat()
    .map((each, index) => ({ name: `m${index}`, sql: each, place: { file: 'modelgate.yaml', line: 7 } }))
  const named = (path: string): { name: string; path: string; anywhere: true } => ({
    name: 'predictions',
    path,
    anywhere: true,
  })
  return await measureCustom({
    metrics,
    fresh: named(fresh),
    base: base === undefined ? null : named(base),
    key: 'row',
  })
}

const rows = (count: number, error: (row: number) => number, more: (row: number) => Partial<Row> = () => ({})): Row[] =>
  Array.from({ length: count }, (_, row) => ({
    id: `r${row}`,
    y_true: row % 2,
    y_pred: (row % 2) + error(row),
    ...more(row),
  }))

const cost = 'avg(CASE WHEN y_true = 1 AND y_pred = 0 THEN 500 WHEN y_true = 0 AND y_pred = 1 THEN 20 ELSE 0 END)'

describe('a metric of the user', () => {
  it('is computed over all rows, and without each group', async () => {
    const file = await csv(
      'a.csv',
      rows(100, (row) => row / 100),
    )
    const [found] = await measure(file, 'avg(y_pred - y_true)')
    expect(found?.fresh.value).toBeCloseTo(0.495, 12)
    expect(found?.fresh.leftOut).toHaveLength(50)
    // Groups of one size: the mean without each of them is, on average, the mean of all.
    expect(found?.fresh.leftOut.reduce((sum, value) => sum + value, 0)).toBeCloseTo(50 * 0.495, 9)
    expect(found?.base).toBeNull()
    expect(found?.grouping).toBe('50 groups of rows')
  })

  it('leaves out the same rows on both sides, in whatever order and format they stand', async () => {
    const here = await csv(
      'b.csv',
      rows(60, () => 0),
    )
    const there = join(folder, 'b.parquet')
    await writeParquet({
      [there]: `SELECT 'r' || i AS id, (i % 2)::INTEGER AS y_true, (i % 2)::DOUBLE AS y_pred FROM range(60) AS t(i) ORDER BY i DESC`,
    })
    const [found] = await measure(here, 'sum(y_true * length(id))', there)
    expect(found?.base).toEqual(found?.fresh)
  })

  it('keeps clusters together', async () => {
    const file = await csv(
      'c.csv',
      rows(
        200,
        (row) => Math.floor(row / 10),
        (row) => ({ group: `user ${Math.floor(row / 10)}` }),
      ),
    )
    const [found] = await measure(file, 'avg(y_pred - y_true)')
    expect(found?.grouping).toBe('20 groups of clusters')
    // Without user k the mean of 0 to 19 is (190 - k) / 19.
    const expected = Array.from({ length: 20 }, (_, user) => (190 - user) / 19).sort((a, b) => a - b)
    expect([...(found?.fresh.leftOut ?? [])].sort((a, b) => a - b)).toEqual(
      expected.map((value) => expect.closeTo(value, 9)),
    )
  })

  it('of few rows has a value and nothing else; where rows do not define it, it is not a number', async () => {
    const file = await csv(
      'd.csv',
      rows(9, () => 0),
    )
    const [few] = await measure(file, cost)
    expect(few).toMatchObject({ fresh: { value: 0, leftOut: new Float64Array() }, grouping: 'fewer than 10 rows' })
    const [none] = await measure(file, 'avg(CASE WHEN y_true = 7 THEN 1 END)')
    expect(none?.fresh.value).toBeNaN()
  })

  it('of several at once gives each its own', async () => {
    const file = await csv(
      'e.csv',
      rows(20, () => 1),
    )
    const found = await measure(file, ['count(*)', 'max(y_pred)', 'quantile_cont(y_pred, 0.5)'])
    expect(found.map(({ fresh }) => fresh.value)).toEqual([20, 2, 1.5])
  })

  test.each([
    ['y_true', 'holds no aggregate'],
    ['avg(y_true) FROM range(3)', 'is more than one expression'],
    ['avg(y_true), 1', 'is more than one expression'],
    ['avg(y_true); DROP TABLE x', 'does more than read'],
    ['avg(y_true); SELECT 1', 'more than one statement'],
    ['(SELECT avg(y_true))', 'holds a query'],
    ['count(*) OVER ()', 'holds a window function'],
    ['avg(random())', 'differs from run to run'],
    ['first(y_true)', 'depends on the order of the rows'],
    ['avg(y_true) AS x', 'is more than one expression'],
    ['avg(', 'could not be parsed'],
  ])('%s is refused', async (sql, why) => {
    const file = await csv(
      'f.csv',
      rows(10, () => 0),
    )
    await expect(measure(file, sql)).rejects.toMatchObject({
      code: 'data/expression',
      message: expect.stringContaining(why),
      place: { file: 'modelgate.yaml', line: 7 },
    })
  })

  it('over a column that is not there is refused with the columns that are', async () => {
    const file = await csv(
      'g.csv',
      rows(10, () => 0),
    )
    await expect(measure(file, 'avg(amount)')).rejects.toMatchObject({
      code: 'data/column',
      help: expect.stringContaining('id, y_true, y_pred'),
    })
  })
})
