import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driftSettings } from '../../../src/config/checks/drift-settings.ts'
import { measureDrift } from '../../../src/data/drift/measure-drift.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { parseProfile, profileJson } from '../../../src/data/profile/data-profile.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import type { Relation } from '../../../src/data/relation.ts'
import type { DriftColumn, DriftReport } from '../../../src/record/data-report.ts'
import { openTestEngine, relationOf } from '../relation.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const uniform = (i: string): string => `((hash(${i}) % 4294967291 + 0.5) / 4294967291.0)`
const normal = (i: string): string =>
  `(sqrt(-2 * ln(${uniform(i)})) * cos(6.283185307179586 * ${uniform(`${i} + 7000000000`)}))`

type Options = { settings?: object; sensitive?: string[] }

async function drift(reference: string, current: string, options: Options = {}): Promise<DriftReport> {
  return await driftOf(
    await relationOf(engine, reference, 'reference'),
    await relationOf(engine, current, 'current'),
    options,
  )
}

async function driftOf(
  reference: Relation,
  current: Relation,
  { settings = {}, sensitive = [] }: Options = {},
): Promise<DriftReport> {
  return await measureDrift(engine, {
    current,
    reference,
    settings: driftSettings.parse(settings),
    sensitive: new Set(sensitive),
  })
}

function columnOf(report: DriftReport, name: string): DriftColumn {
  const found = report.columns.find(({ column }) => column === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return found
}

const rows = (sql: string, count: number, from = 0): string =>
  `SELECT ${sql} FROM range(${from}, ${from + count}) AS t(i)`

describe('a column of numbers', () => {
  it.each([2000, 30_000])(
    'that moved by half a standard deviation is seen, with all measures, at %d rows',
    async (count) => {
      const report = await drift(
        rows(`${normal('i')} AS x`, count),
        rows(`${normal('i')} + 0.6 AS x`, count, 1_000_000),
      )
      const column = columnOf(report, 'x')
      expect(column).toMatchObject({ status: 'fail', kind: 'numeric', method: 'ks' })
      // What a shift of a normal distribution gives, within what chance does at these sizes.
      expect(column.measures.ks).toBeCloseTo(0.236, 1)
      expect(column.measures.psi).toBeCloseTo(0.35, 0)
      expect(column.measures.wasserstein).toBeCloseTo(0.6, 0)
      expect(column.measures.js).toBeCloseTo(0.25, 1)
      expect(column.adjustedP).toBeLessThan(1e-30)
      expect(report).toMatchObject({ verdict: 'fail', drifted: 1, evaluated: 1 })
      expect(column.bins.length).toBeGreaterThanOrEqual(10)
    },
  )

  it('is measured exactly where the data are small', async () => {
    const report = await drift(rows(`${normal('i')} AS x`, 700), rows(`${normal('i')} * 1.3 AS x`, 900, 5000))
    const [exact] = await engine.query(`
      WITH v AS (${rows(`${normal('i')} AS x, 1 AS a, 0 AS b`, 700)} UNION ALL ${rows(`${normal('i')} * 1.3, 0, 1`, 900, 5000)})
      SELECT max(abs(d)) AS d FROM (SELECT sum(a) OVER w / 700 - sum(b) OVER w / 900 AS d FROM v WINDOW w AS (ORDER BY x))`)
    expect(columnOf(report, 'x').measures.ks).toBeCloseTo(Number(exact?.d), 13)
  })

  it('is measured to 1/256 where they are large, and exactly where there are few values', async () => {
    const sql = `${normal('i')} AS x, floor(${normal('i')} * 10) / 8 AS few`
    const [a, b] = [rows(sql, 40_000), rows(sql.replaceAll('hash(i', 'hash(2 + i'), 30_000, 9_000_000)]
    const report = await drift(a, b)
    for (const [name, error] of [
      ['x', 1 / 256],
      ['few', 1e-12],
    ] as const) {
      const [exact] = await engine.query(`
        WITH v AS (SELECT ${name} AS x, count(*) FILTER (side = 1) AS a, count(*) FILTER (side = 2) AS b FROM
          (SELECT ${name}, 1 AS side FROM (${a}) UNION ALL SELECT ${name}, 2 FROM (${b})) GROUP BY 1)
        SELECT max(abs(d)) AS d FROM (SELECT sum(a) OVER w / 40000 - sum(b) OVER w / 30000 AS d FROM v WINDOW w AS (ORDER BY x))`)
      expect(Math.abs((columnOf(report, name).measures.ks ?? 1) - Number(exact?.d))).toBeLessThanOrEqual(error)
    }
  })

  it('counts NaN, infinities and missing values apart from the distribution', async () => {
    const values = (share: number): string =>
      `CASE WHEN i % 100 < ${share} THEN 'NaN'::DOUBLE WHEN i % 100 < ${2 * share} THEN NULL ELSE ${normal('i')} END AS x`
    const report = await drift(rows(values(1), 20_000), rows(values(10), 20_000, 50_000))
    const column = columnOf(report, 'x')
    expect(column.measures.ks).toBeLessThan(0.02)
    expect(column.nulls).toMatchObject({ reference: 0.01, current: 0.1, status: 'warn' })
    expect(column.bins.slice(-2)).toEqual([
      { label: '(missing)', reference: 0.01, current: 0.1 },
      { label: '(not valid)', reference: 0.01, current: 0.1 },
    ])
  })

  it('is not thrown by one outlier, and its distance is not wrong by an order', async () => {
    const outlier = `CASE WHEN i = 1000000 THEN 1e6 ELSE ${normal('i')} END AS x`
    const report = await drift(rows(`${normal('i')} AS x`, 100_000), rows(outlier, 100_000, 1_000_000))
    const column = columnOf(report, 'x')
    expect(column.status).toBe('none')
    expect(column.measures.wasserstein).toBeGreaterThan(5)
    expect(column.measures.wasserstein).toBeLessThan(20)
  })

  it('keeps the index sharp where the reference has one value almost everywhere', async () => {
    const mostly = (share: number): string => `CASE WHEN hash(i) % 100 < ${share} THEN 0 ELSE ${normal('i')} END AS x`
    const settings = { numeric: { method: 'psi' } }
    const report = await drift(rows(mostly(95), 20_000), rows(mostly(70), 20_000, 50_000), { settings })
    expect(columnOf(report, 'x')).toMatchObject({ status: 'fail', method: 'psi' })
    const constant = await drift(rows('5.0::DOUBLE AS x', 1000), rows(`5 + ${normal('i')} AS x`, 1000), { settings })
    expect(columnOf(constant, 'x').status).toBe('fail')
  })

  it('compares dates and timestamps as times', async () => {
    const days = (offset: number): string => `DATE '2024-01-01' + CAST(hash(i) % 365 + ${offset} AS INTEGER) AS d`
    const report = await drift(rows(days(0), 5000), `SELECT d::TIMESTAMP AS d FROM (${rows(days(100), 5000, 10_000)})`)
    expect(columnOf(report, 'd')).toMatchObject({ status: 'fail', kind: 'numeric' })
    expect(columnOf(report, 'd').bins[0]?.label).toMatch(/^< 2024-0\d-\d\d$/)
  })
})

describe('a column of categories', () => {
  const country = (skew: number): string => `'c' || CAST(floor(pow(${uniform('i')}, ${skew}) * 12) AS INTEGER) AS c`

  it('whose shares moved is seen', async () => {
    const report = await drift(rows(country(1), 3000), rows(country(1.8), 3000, 10_000))
    expect(columnOf(report, 'c')).toMatchObject({ status: 'fail', kind: 'categorical', method: 'psi' })
    expect(columnOf(report, 'c').measures).toMatchObject({ ks: null, wasserstein: null })
    expect(columnOf(report, 'c').measures.cramersV).toBeGreaterThan(0.2)
  })

  it('tells new and vanished values, and judges new ones as it was told', async () => {
    const current = `CASE WHEN i % 500 = 0 THEN 'neu' ELSE 'c' || (hash(i) % 4) END AS c`
    const reference = `'c' || (hash(i) % 5) AS c`
    const report = await drift(rows(reference, 2000), rows(current, 2000))
    expect(columnOf(report, 'c')).toMatchObject({
      newCategories: { values: ['neu'], distinct: 1, rows: 4 },
      vanishedCategories: { values: ['c4'], distinct: 1 },
    })
    for (const [policy, status] of [
      ['ignore', 'none'],
      ['warn', 'warn'],
      ['error', 'fail'],
    ] as const) {
      const same = `CASE WHEN i % 500 = 0 THEN 'neu' ELSE 'c' || (hash(i) % 5) END AS c`
      const settings = { categorical: { 'new-categories': policy } }
      expect(columnOf(await drift(rows(reference, 2000), rows(same, 2000), { settings }), 'c').status).toBe(status)
    }
  })

  it('expects new values where the reference has many rare ones', async () => {
    const tail = `'w' || CAST(floor(exp(8 * ${uniform('i')})) AS INTEGER) AS w`
    const report = await drift(rows(tail, 300), rows(tail, 300, 10_000))
    expect(columnOf(report, 'w').newCategories?.rows).toBeGreaterThan(50)
    expect(columnOf(report, 'w').status).toBe('none')
    expect(columnOf(report, 'w').reason).toContain('lead to expect')
  })

  it('counts whole numbers with few values as labels, unless told otherwise', async () => {
    const label = (share: number): string => `CAST(hash(i) % 100 < ${share} AS INTEGER) AS label`
    const [a, b] = [rows(label(30), 4000), rows(label(55), 4000, 9000)]
    expect(columnOf(await drift(a, b), 'label')).toMatchObject({ kind: 'categorical', method: 'psi', status: 'fail' })
    const settings = { 'per-column': { label: { method: 'ks' } } }
    expect(columnOf(await drift(a, b, { settings }), 'label')).toMatchObject({
      kind: 'numeric',
      method: 'ks',
      status: 'fail',
    })
  })

  it('joins what is rare and what is beyond the limit', async () => {
    const settings = { categorical: { 'max-categories': 3 } }
    const report = await drift(rows(`'c' || (hash(i) % 9) AS c`, 3000), rows(`'c' || (hash(i) % 9) AS c`, 3000, 5000), {
      settings,
    })
    expect(columnOf(report, 'c').bins.map(({ label }) => label)).toHaveLength(4)
    expect(columnOf(report, 'c').bins.at(-1)?.label).toBe('(other)')
  })
})

describe('the share of missing values', () => {
  const missing = (share: number): string => `CASE WHEN hash(i) % 100 >= ${share} THEN ${normal('i')} END AS x`

  it.each([
    [2, 4, 'none'],
    [2, 12, 'warn'],
    [2, 30, 'fail'],
    [30, 2, 'fail'],
  ])('from %d to %d in a hundred is %s', async (before, now, status) => {
    const report = await drift(rows(missing(before), 4000), rows(missing(now), 4000, 10_000))
    expect(columnOf(report, 'x').nulls.status).toBe(status)
    expect(columnOf(report, 'x').bins.map(({ label }) => label)).not.toContain('(not valid)')
  })

  it('is judged where nothing else can be', async () => {
    const report = await drift(
      rows('CAST(i AS VARCHAR) AS x', 1000),
      rows('CASE WHEN i % 2 = 0 THEN CAST(i AS VARCHAR) END AS x', 1000),
    )
    expect(columnOf(report, 'x')).toMatchObject({ status: 'fail', effect: null, nulls: { status: 'fail' } })
    expect(columnOf(report, 'x').reason).toContain('not evaluated: nearly every value')
  })
})

describe('what cannot be evaluated is said', () => {
  it('too few rows', async () => {
    const report = await drift(rows(`${normal('i')} AS x`, 100), rows(`${normal('i')} + 5 AS x`, 5000))
    expect(columnOf(report, 'x')).toMatchObject({
      status: 'not-evaluated',
      reason: 'not evaluated: the reference has 100 rows, fewer than 200',
    })
    expect(report).toMatchObject({ verdict: 'warn', evaluated: 0 })
  })

  it('too few values', async () => {
    const some = `CASE WHEN i < 50 THEN ${normal('i')} END AS x`
    const report = await drift(rows(`${normal('i')} AS x`, 300), rows(some, 300))
    expect(columnOf(report, 'x').reason).toContain('the data have a value in only 50 of 300 rows')
  })

  it('types that differ, keys, nested values, and columns that are not there', async () => {
    const report = await drift(
      rows("i AS id, 'a' AS t, [i] AS n, 'key' || i AS k, 1 AS gone", 400),
      rows("i + 400 AS id, 1 AS t, [i] AS n, 'key' || (i + 1) AS k, 2 AS fresh", 400),
      { settings: {} },
    )
    expect(report.columns.map(({ column, status, reason }) => [column, status, reason.slice(0, 48)])).toEqual([
      ['id', 'not-evaluated', 'not evaluated: every value of the reference is d'],
      ['t', 'not-evaluated', 'not evaluated: it is string in the reference and'],
      ['n', 'not-evaluated', 'not evaluated: nested values have no distributio'],
      ['k', 'not-evaluated', 'not evaluated: nearly every value of the referen'],
    ])
    expect(report).toMatchObject({ onlyReference: ['gone'], onlyCurrent: ['fresh'], verdict: 'warn' })
    const asked = await drift(rows('1 AS x', 400), rows('1 AS x', 400), { settings: { columns: ['x', 'z'] } })
    expect(columnOf(asked, 'z').reason).toBe('not evaluated: the data and the reference do not have it')
  })

  it('empty data, and columns without a value', async () => {
    const report = await drift(rows('CAST(NULL AS DOUBLE) AS x', 400), rows('1.0::DOUBLE AS x', 400))
    expect(columnOf(report, 'x').nulls.status).toBe('fail')
    expect((await drift(rows('i AS x', 0), rows('i AS x', 400))).verdict).toBe('warn')
  })

  it('a method that needs numbers', async () => {
    const settings = { 'per-column': { c: { method: 'ks' } } }
    const report = await drift(rows("'c' || (i % 3) AS c", 400), rows("'c' || (i % 3) AS c", 400), { settings })
    expect(columnOf(report, 'c').reason).toBe('not evaluated: ks needs numbers')
  })
})

describe('the data set', () => {
  const shifted = (columns: number, of: number): string =>
    Array.from({ length: of }, (_, k) => `${normal(`i + ${k}00000000`)} + ${k < columns ? 0.35 : 0} AS x${k}`).join(
      ', ',
    )

  it.each([
    [0, 'pass'],
    [1, 'warn'],
    [4, 'fail'],
  ])('with %d of 10 columns that moved a little is %s', async (moved, verdict) => {
    const report = await drift(rows(shifted(0, 10), 3000), rows(shifted(moved, 10), 3000, 50_000))
    expect(report).toMatchObject({ drifted: moved, verdict })
  })

  it('may have drifted columns if the settings say so', async () => {
    const settings = { 'max-drifted': { warn: 2 } }
    const report = await drift(rows(shifted(0, 10), 3000), rows(shifted(2, 10), 3000, 50_000), { settings })
    expect(report).toMatchObject({ drifted: 2, verdict: 'pass' })
  })
})

describe('sensitive columns', () => {
  const sql = "'secret' || (i % 3) AS s, 4711 + i % 200 AS n"

  it('are measured, without a value in the result', async () => {
    const other = "'secret' || (i % 4) AS s, 4711 + i % 300 AS n"
    const report = await drift(rows(sql, 3000), rows(other, 3000), { sensitive: ['s', 'n'] })
    expect(JSON.stringify(report)).not.toContain('secret')
    expect(columnOf(report, 'n').bins.map(({ label }) => label)).toEqual(
      Array.from({ length: 10 }, (_, index) => `bin ${index + 1}`),
    )
    expect(columnOf(report, 's')).toMatchObject({
      status: 'fail',
      newCategories: { values: [], distinct: 1, rows: 750 },
    })
  })

  it('cannot be measured against a profile, which keeps none of their values', async () => {
    const relation = await relationOf(engine, rows(sql, 3000))
    const profile = await profileRelation(engine, relation, { sensitive: new Set(['s', 'n']) })
    const report = await measureDrift(engine, {
      current: relation,
      reference: profile,
      settings: driftSettings.parse({}),
      sensitive: new Set(['s', 'n']),
    })
    expect(report.columns.map(({ status }) => status)).toEqual(['not-evaluated', 'not-evaluated'])
    expect(columnOf(report, 's').reason).toContain('keeps no values of this sensitive column')
  })
})

it('gives the same against a profile as against the data it was made of', async () => {
  const sql = (shift: number): string =>
    `i AS id, ${normal('i')} + ${shift} AS x, exp(3 * ${normal('i + 500000000')}) AS skewed, 'c' || (hash(i) % 400) AS many, 'd' || CAST(floor(pow(${uniform('i')}, ${1 + shift}) * 9) AS INTEGER) AS few,
     CAST(hash(i) % 3 AS INTEGER) AS label, CAST(hash(i) % 90 AS INTEGER) AS age, CASE WHEN hash(i) % 10 > ${shift} THEN hash(i) % 2 = 0 END AS flag, DATE '2024-01-01' + CAST(hash(i) % 99 AS INTEGER) AS day, 'name' || i AS name, [i] AS list`
  const reference = await relationOf(engine, rows(sql(0), 20_000), 'train')
  const current = await relationOf(engine, rows(sql(0.3), 15_000, 100_000), 'today')
  const fromData = await driftOf(reference, current)
  const profile = parseProfile(
    profileJson(await profileRelation(engine, reference, { sensitive: new Set() })),
    'p.json',
  )
  const fromProfile = await measureDrift(engine, {
    current,
    reference: profile,
    referenceName: 'train',
    settings: driftSettings.parse({}),
    sensitive: new Set(),
  })
  expect({ ...fromProfile, reference: { ...fromProfile.reference, fromProfile: false } }).toEqual(fromData)
  expect(fromData.columns.map(({ status }) => status)).toContain('warn')
  expect(JSON.stringify(await driftOf(reference, current))).toBe(JSON.stringify(fromData))
})
