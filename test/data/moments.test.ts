import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/data/engine/engine.ts'
import { type Moments, momentAggregates, momentsFrom, rangeAggregates, rangeFrom } from '../../src/data/moments.ts'
import { openTestEngine, relationOf, relationOfRows } from './relation.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

async function momentsOf(query: string): Promise<Moments | null> {
  const relation = await relationOf(engine, query)
  const [column] = relation.columns
  if (column === undefined) throw new Error('no column')
  const ask = async (aggregates: Record<string, string>) => {
    const list = Object.entries(aggregates).map(([name, sql]) => `${sql} AS ${name}`)
    const [row] = list.length === 0 ? [{}] : await engine.query(`SELECT ${list.join(', ')} FROM ${relation.sql}`)
    return row ?? {}
  }
  const range = rangeFrom(await ask(rangeAggregates(engine.dialect, column)))
  return momentsFrom(column, range, await ask(momentAggregates(engine.dialect, column, range)))
}

const listed = (values: readonly (string | number)[], type: string): string =>
  `SELECT CAST(v AS ${type}) AS x FROM (VALUES ${values.map((value) => `('${value}')`).join(', ')}) AS t(v)`

describe('moments of integers and decimals', () => {
  it('are exact, also where doubles would round', async () => {
    const found = await momentsOf(listed(['9007199254740993', '9007199254740993', '9007199254740995'], 'BIGINT'))
    expect(found).toMatchObject({ count: 3, exactSum: '27021597764222981', variance: 4 / 3 })
  })

  it('do not overflow at the ends of the type', async () => {
    const ends = ['-9223372036854775808', '9223372036854775807', '9223372036854775807']
    const found = await momentsOf(listed(ends, 'BIGINT'))
    expect(found?.exactSum).toBe('9223372036854775806')
    expect(found?.stdev).toBeCloseTo((2 ** 64 * Math.sqrt(3)) / 3, -6)
    expect(await momentsOf(listed(['2147483647', '-2147483648'], 'INTEGER'))).toMatchObject({ mean: -0.5 })
    expect(await momentsOf(listed(['18446744073709551615', '18446744073709551613'], 'UBIGINT'))).toMatchObject({
      variance: 2,
    })
    expect(await momentsOf(listed(['170141183460469231731687303715884105727', '0'], 'HUGEINT'))).toMatchObject({
      mean: 2 ** 126,
    })
  })

  it('keep the digits of money', async () => {
    const found = await momentsOf(listed(['1234567890123456.78', '1234567890123456.79'], 'DECIMAL(18, 2)'))
    expect(found?.exactSum).toBe('2469135780246913.57')
    expect(found?.variance).toBeCloseTo(0.00005, 15)
  })

  it('are nothing for no values, and have no variance for one', async () => {
    expect(await momentsOf('SELECT CAST(NULL AS INTEGER) AS x')).toBeNull()
    expect(await momentsOf('SELECT 7 AS x')).toMatchObject({ count: 1, mean: 7, variance: null, stdev: null })
  })
})

describe('moments of doubles', () => {
  it('agree with a plain calculation, whatever the size of the values', async () => {
    const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 })
    const nearEachOther = fc
      .tuple(
        fc.double({ noNaN: true, min: 1, max: 1e12 }),
        fc.array(fc.double({ noNaN: true, min: 0, max: 1 }), { minLength: 1, maxLength: 30 }),
      )
      .map(([base, steps]) => steps.map((step) => base + step))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(anyDouble, { minLength: 1, maxLength: 30 }), nearEachOther),
        async (values) => {
          const found = await momentsOf(
            listed(
              values.map((value) => value.toExponential()),
              'DOUBLE',
            ),
          )
          const mean = values.reduce((sum, value) => sum + value / values.length, 0)
          const size = Math.max(...values.map(Math.abs))
          expect(Math.abs((found?.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(size * 1e-14 + 1e-150)
          if (values.length > 1) {
            const spread = values.reduce((sum, value) => sum + ((value - mean) / (size || 1)) ** 2, 0)
            const stdev = Math.sqrt(spread / (values.length - 1)) * (size || 1)
            const range = Math.max(...values) - Math.min(...values)
            expect(Math.abs((found?.stdev ?? Number.NaN) - stdev)).toBeLessThanOrEqual(
              range * 1e-13 + size * 1e-15 + 1e-150,
            )
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('of a constant have no variance at all', async () => {
    expect(await momentsOf(listed([0.1, 0.1, 0.1], 'DOUBLE'))).toMatchObject({ mean: 0.1, variance: 0 })
  })

  it('leave out what is not finite', async () => {
    expect(await momentsOf(listed(['NaN', 'Infinity', '-Infinity', '1', '2'], 'DOUBLE'))).toMatchObject({
      count: 2,
      mean: 1.5,
      variance: 0.5,
    })
  })

  it('are the same in any order and with any number of threads', async () => {
    const query =
      'SELECT (hash(i) % 1000003) / 7e3 * CASE WHEN i % 50000 = 0 THEN 1e9 ELSE 1 END AS x FROM range(300000) AS t(i)'
    const first = await momentsOf(query)
    expect(await momentsOf(`${query} ORDER BY hash(i + 1)`)).toEqual(first)
    expect(await momentsOf(`${query} ORDER BY x`)).toEqual(first)
  })

  it('cost no digits when an outlier sets the scale', async () => {
    const found = await momentsOf(
      'SELECT CASE WHEN i = 0 THEN 1e6 ELSE (i % 2) * 2.0 - 1 END AS x FROM range(100001) AS t(i)',
    )
    expect(found?.mean).toBeCloseTo(1e6 / 100001, 10)
    const variance = (100000 + 1e12 - 1e12 / 100001) / 100000
    expect(Math.abs((found?.variance ?? 0) / variance - 1)).toBeLessThan(1e-12)
  })
})

it('sums of relations built from rows work as well', async () => {
  const relation = await relationOfRows(engine, { x: 'INTEGER', y: 'VARCHAR' }, ["1, 'a'", "NULL, 'b'"])
  expect(relation.columns.map(({ name, kind }) => [name, kind])).toEqual([
    ['x', 'integer'],
    ['y', 'string'],
  ])
  expect(relation.rows).toBe(2)
})
