import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { binOf } from '../../../src/data/profile/binning.ts'
import {
  type DataProfile,
  type ProfileColumn,
  parseProfile,
  profileDigest,
  profileJson,
} from '../../../src/data/profile/data-profile.ts'
import { profileRelation } from '../../../src/data/profile/profile-relation.ts'
import { openTestEngine, relationOf, relationOfRows } from '../relation.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

async function profileOf(query: string, sensitive: string[] = []): Promise<DataProfile> {
  return await profileRelation(engine, await relationOf(engine, query), { sensitive: new Set(sensitive) })
}

function columnOf(profile: DataProfile, name: string): ProfileColumn {
  const found = profile.columns.find((column) => column.name === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return found
}

const normal = (i: string): string =>
  `sqrt(-2 * ln((hash(${i}) % 4294967291 + 0.5) / 4294967291.0)) * cos(6.283185307179586 * (hash(${i} + 1000003) % 4294967291) / 4294967291.0)`

describe('a column of numbers', () => {
  it('is described exactly', async () => {
    const rows = ["'3'", "'1'", 'NULL', "'2'", "'2'", "'NaN'", "'Infinity'", "'10'"]
    const relation = await relationOfRows(engine, { x: 'DOUBLE' }, rows)
    const profile = await profileRelation(engine, relation, { sensitive: new Set() })
    expect(profile.rows).toBe(8)
    expect(columnOf(profile, 'x')).toMatchObject({
      kind: 'number',
      nulls: 1,
      notFinite: 2,
      min: 1,
      max: 10,
      mean: 3.6,
      frequent: [{ value: '2.0', count: 2 }],
      categories: null,
    })
    expect(columnOf(profile, 'x').stdev).toBeCloseTo(3.646916505762094, 14)
    expect(columnOf(profile, 'x').quantiles.find(({ q }) => q === 0.5)?.value).toBe(2)
  })

  it('keeps exact counts of each value where there are few', async () => {
    const profile = await profileOf('SELECT CAST(i % 7 AS DOUBLE) / 10 AS x FROM range(20000) AS t(i)')
    const { edges, counts } = columnOf(profile, 'x').histogram ?? { edges: [], counts: [] }
    const expected = [0, 1, 2, 3, 4, 5, 6].map((k) => (k < 20000 % 7 ? 2858 : 2857))
    expect([0, 1, 2, 3, 4, 5, 6].map((k) => counts[binOf(edges, k / 10)])).toEqual(expected)
    expect(counts.filter((count) => count > 0)).toHaveLength(7)
  })

  it.each([
    ['normal', normal('i'), true],
    ['far from zero', `1e9 + ${normal('i')}`, true],
    ['lognormal', `exp(${normal('i')})`, true],
    ['very skewed', `exp(6 * ${normal('i')})`, false],
    ['zero-inflated', `CASE WHEN hash(i) % 10 < 6 THEN 0 ELSE ${normal('i')} END`, true],
    ['large integers', 'CAST(hash(i) % 1000000000 AS BIGINT)', true],
    ['timestamps', "TIMESTAMP '2024-01-01' + to_seconds(CAST(hash(i) % 31536000 AS BIGINT))", true],
  ])('has bins of about equal share, counted exactly: %s', async (_name, sql, onGrid) => {
    const relation = await relationOf(engine, `SELECT ${sql} AS x FROM range(50000) AS t(i)`)
    const profile = await profileRelation(engine, relation, { sensitive: new Set() })
    const { edges, counts, grid } = columnOf(profile, 'x').histogram ?? { edges: [], counts: [], grid: null }
    expect(grid !== null).toBe(onGrid)
    const number = sql.includes('TIMESTAMP') ? 'floor(epoch(x))' : 'CAST(x AS DOUBLE)'
    const values = (await engine.query(`SELECT ${number} AS x FROM ${relation.sql}`)).map((row) => Number(row.x))
    const expected = new Array(edges.length + 1).fill(0)
    for (const value of values) expected[binOf(edges, value)]++
    expect(counts).toEqual(expected)
    const zeros = values.filter((value) => value === 0).length
    for (const [bin, count] of counts.entries()) {
      const holdsZeros = zeros > 100 && bin === binOf(edges, 0)
      expect(count - (holdsZeros ? zeros : 0)).toBeLessThan((50000 / 256) * 4)
    }
    expect(edges.length).toBeLessThan(300)
  })

  it('gives quantiles that are values of the data', async () => {
    const relation = await relationOf(engine, `SELECT exp(${normal('i')}) AS x FROM range(30011) AS t(i)`)
    const profile = await profileRelation(engine, relation, { sensitive: new Set() })
    for (const { q, value } of columnOf(profile, 'x').quantiles) {
      const [exact] = await engine.query(`SELECT quantile_disc(x, ${q}) AS v FROM ${relation.sql}`)
      expect(value).toBe(exact?.v)
    }
  })

  it('does not round large integers and decimals', async () => {
    const profile = await profileOf(
      "SELECT 9007199254740993 + i AS id, CAST('12345678901234567.89' AS DECIMAL(19, 2)) AS money FROM range(3) AS t(i)",
    )
    expect(columnOf(profile, 'id')).toMatchObject({ min: '9007199254740993', max: '9007199254740995' })
    expect(columnOf(profile, 'money')).toMatchObject({ min: '12345678901234567.89' })
  })
})

describe('other columns', () => {
  it('have categories, most frequent first, and ties in the order of the text', async () => {
    const rows = ["'b', TRUE", "'a', TRUE", "'b', FALSE", "'a', NULL", "'c', NULL", 'NULL, NULL', "'', TRUE"]
    const relation = await relationOfRows(engine, { t: 'VARCHAR', f: 'BOOLEAN' }, rows)
    const profile = await profileRelation(engine, relation, { sensitive: new Set() })
    expect(columnOf(profile, 't')).toMatchObject({
      nulls: 1,
      distinct: 4,
      lengths: { min: 0, max: 1 },
      categories: {
        values: [
          { value: 'a', count: 2 },
          { value: 'b', count: 2 },
          { value: '', count: 1 },
          { value: 'c', count: 1 },
        ],
        otherRows: 0,
        rareRows: 6,
      },
    })
    expect(columnOf(profile, 'f').categories?.values).toEqual([
      { value: 'true', count: 3 },
      { value: 'false', count: 1 },
    ])
  })

  it('count what is not listed', async () => {
    const profile = await profileOf("SELECT 'v' || CASE WHEN i < 600 THEN i ELSE 0 END AS t FROM range(1000) AS t(i)")
    const { values, distinct, otherRows, rareRows } = columnOf(profile, 't').categories ?? { values: [] }
    expect([values.length, values[0]?.count, distinct, otherRows, rareRows]).toEqual([256, 401, 600, 344, 599])
  })

  it('are described without values where there are none to describe', async () => {
    const profile = await profileOf('SELECT [i] AS l, CAST(NULL AS INTEGER) AS n FROM range(3) AS t(i)')
    expect(columnOf(profile, 'l')).toMatchObject({ kind: 'nested', distinct: null, histogram: null, nulls: 0 })
    expect(columnOf(profile, 'n')).toMatchObject({ nulls: 3, distinct: 0, min: null, mean: null, quantiles: [] })
  })
})

it('keeps nothing but counts of a sensitive column', async () => {
  const profile = await profileOf("SELECT 'secret-' || (i % 3) AS s, 4242 + i % 2 AS n FROM range(300) AS t(i)", [
    's',
    'n',
  ])
  expect(profileJson(profile)).not.toMatch(/secret|424/)
  expect(columnOf(profile, 's')).toMatchObject({ sensitive: true, distinct: 3, nulls: 0 })
})

it('is the same byte for byte in every run, and comes back from its file', async () => {
  const query = `SELECT ${normal('i')} * 3 AS x, 'c' || (hash(i) % 30) AS c, CAST(hash(i) % 90 AS INTEGER) AS a FROM range(200000) AS t(i)`
  const [first, second] = [await profileOf(query), await profileOf(query)]
  expect(profileJson(second)).toBe(profileJson(first))
  const odd = { ...first, columns: first.columns.map((column) => ({ ...column, name: `${column.name}\u009b\u202e` })) }
  expect(profileJson(odd)).not.toMatch(/[\u009b\u202e]/)
  expect(parseProfile(profileJson(odd), 'p.json')).toEqual(odd)
  const back = parseProfile(profileJson(first), 'p.json')
  expect(back).toEqual(first)
  expect(profileDigest(back)).toBe(profileDigest(first))
})

it('refuses what is no profile, and one that does not add up', async () => {
  expect(() => parseProfile('{', 'p.json')).toThrow(/not JSON/)
  expect(() => parseProfile('{"schema":"modelgate/profile@2"}', 'p.json')).toThrow(/schema/)
  const profile = await profileOf('SELECT i AS x FROM range(5) AS t(i)')
  profile.columns[0]?.histogram?.counts.pop()
  expect(() => parseProfile(profileJson(profile), 'p.json')).toThrow(/"x" does not add up/)
  const [column] = profile.columns
  if (column === undefined) throw new Error('no column')
  const forged = (rows: number, ...columns: (typeof profile)['columns']): string =>
    profileJson({ ...profile, rows, columns })
  const plain = { ...column, nulls: 0, invalid: 0, notFinite: 0, histogram: null, categories: null }
  const two = { values: [{ value: 'a', count: 1 }], distinct: 2, otherRows: 1, rareRows: 0 }
  expect(parseProfile(forged(2, { ...plain, categories: two }), 'p.json').rows).toBe(2)
  for (const more of [{ nulls: 3 }, { invalid: 2, notFinite: 1 }, { nulls: 1, categories: two }]) {
    expect(() => parseProfile(forged(2, { ...plain, ...more }), 'p.json')).toThrow(
      /"x" has more values than the 2 rows/,
    )
  }
  expect(() => parseProfile(forged(2, plain, plain), 'p.json')).toThrow(/it has the column "x" twice/)
})
