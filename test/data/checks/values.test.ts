import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openRelation } from '../../../src/data/source/open.ts'
import { resolveSource } from '../../../src/data/source/resolve.ts'
import type { DeclaredColumn } from '../../../src/data/source/source.ts'
import type { CheckResult } from '../../../src/record/data-report.ts'
import { openTestEngine } from '../relation.ts'
import { checksOf, run, runOne, values } from './run.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const brief = ({ status, failing, tested }: CheckResult): unknown => [status, failing, tested]
const ask = async (item: string, data: string | Relation, more = {}): Promise<unknown> =>
  brief(await runOne(engine, item, data, more))

describe('NaN, infinity and missing values', () => {
  const wild = values('x', "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", 'NULL', '1', '2')

  it('are told apart by checks of rows', async () => {
    expect(await ask('not-null: x', wild)).toEqual(['fail', 1, 6])
    expect(await ask('finite: x', wild)).toEqual(['fail', 3, 5])
    expect(await ask('range: { columns: x, min: 0 }', wild)).toEqual(['fail', 2, 5])
    expect(await ask('range: { columns: x, max: 5 }', wild)).toEqual(['fail', 2, 5])
    expect(await ask('in: { columns: x, values: [1, 2] }', wild)).toEqual(['fail', 3, 5])
    expect(
      await ask('outliers: { columns: x }', values('x', "'nan'::DOUBLE", "'inf'::DOUBLE", 'NULL', '1', '2', '3', '4')),
    ).toEqual(['fail', 2, 6])
    expect(await ask('sum-equals: { columns: x, total: 1 }', values('x', "'nan'::DOUBLE", '1'))).toEqual(['fail', 1, 2])
  })

  it('fail an order once, and are passed over when missing', async () => {
    expect(await ask('increasing: { column: x }', values('x', '1::DOUBLE', "'nan'::DOUBLE", 'NULL', '1', '2'))).toEqual(
      ['fail', 1, 4],
    )
    expect(await ask('increasing: { column: x, strictly: true }', values('x', '1', 'NULL', '1', '2'))).toEqual([
      'fail',
      1,
      3,
    ])
  })

  it.each(['mean', 'sum', 'stdev', 'min', 'median'])('leave no %s', async (fn) => {
    const result = await runOne(engine, `aggregate: { column: x, fn: ${fn}, min: -100000 }`, wild)
    expect(result.status).toBe('not-run')
    expect(result.observed).toMatch(/^Column "x" holds (3 numbers that are NaN or infinite|NaN)/)
  })

  it('have an order when infinite', async () => {
    const ends = values('x', "'inf'::DOUBLE", "'-inf'::DOUBLE", '1')
    expect((await runOne(engine, 'aggregate: { column: x, fn: max, max: 100 }', ends)).status).toBe('fail')
    expect((await runOne(engine, 'aggregate: { column: x, fn: median, min: 1, max: 1 }', ends)).status).toBe('pass')
    expect((await runOne(engine, 'aggregate: { column: x, fn: max, min: 1 }', ends)).figures).toEqual({
      value: 'Infinity',
    })
  })

  it('make a column constant or not', async () => {
    const status = async (...rows: string[]): Promise<string> =>
      (await runOne(engine, 'not-constant: x', values('x', ...rows))).status
    expect([await status('1', '1'), await status('1', 'NULL'), await status('1', '2')]).toEqual([
      'fail',
      'pass',
      'pass',
    ])
    expect(await status('NULL::INTEGER', 'NULL')).toBe('fail')
    expect([await status("'nan'::DOUBLE", "'nan'"), await status("'nan'::DOUBLE", '1')]).toEqual(['fail', 'pass'])
  })

  it('are values among others: NaN is one, missing is none', async () => {
    const repeated = values('x', "'nan'::DOUBLE", "'nan'::DOUBLE", 'NULL', 'NULL')
    expect(await ask('unique: x', repeated)).toEqual(['fail', 1, 2])
    expect(await ask('duplicates: {}', repeated)).toEqual(['fail', 2, 4])
    expect((await runOne(engine, 'distinct: { column: x, max: 1 }', repeated)).status).toBe('pass')
    expect(await ask('unique: x', values('x', '0.0::DOUBLE', '-0.0::DOUBLE'))).toEqual(['fail', 1, 2])
  })
})

describe('a table without rows', () => {
  const empty = "SELECT 1 AS a, 'x' AS t, DATE '2024-01-01' AS d WHERE FALSE"

  it.each([
    ['not-null: a', 'pass'],
    ['range: { columns: a, min: 0 }', 'pass'],
    ['unique: a', 'pass'],
    ['duplicates: {}', 'pass'],
    ['increasing: { column: a }', 'pass'],
    ['sql: { query: SELECT * FROM data }', 'pass'],
    ['overlap: { with: other, key: a }', 'pass'],
    ['in-table: { columns: a, of: other }', 'pass'],
    ['rows: { min: 1 }', 'fail'],
    ['matches-table: { of: other, columns: a }', 'fail'],
    ['rows: { vs-reference: { min: 0.5 } }', 'not-run'],
    ['gaps: { column: d, every: day }', 'not-run'],
    ['max-age: { column: d, at-most: 1d }', 'not-run'],
    ['aggregate: { column: a, fn: mean, min: 0 }', 'not-run'],
    ['aggregate: { column: a, fn: null-share, max: 0.5 }', 'not-run'],
    ['quantile: { column: a, q: 0.5, min: 0 }', 'not-run'],
    ['distinct: { column: a, min: 1 }', 'fail'],
    ['distinct: { column: a, max-share: 50% }', 'not-run'],
    ['most-common: { column: a, max-share: 50% }', 'not-run'],
    ['not-constant: a', 'not-run'],
    ['outliers: { columns: a }', 'not-run'],
    ['class-balance: { column: t, min-share: 10% }', 'not-run'],
    ['leakage: { label: t }', 'not-run'],
    ['id-like: {}', 'not-run'],
    ['conflicting-labels: { label: t }', 'pass'],
    ['label-drift: { column: t, with: other }', 'not-run'],
  ])('%s: %s', async (item, status) => {
    const result = await runOne(engine, item, empty, { reference: empty, others: { other: "SELECT 1 AS a, 'x' AS t" } })
    expect([result.status, result.observed]).toEqual([status, result.observed])
  })
})

describe('numbers beyond those of JavaScript', () => {
  const big = values('k', '9007199254740993', '9007199254740992')

  it('are compared exactly', async () => {
    expect(await ask('unique: k', big)).toEqual(['pass', 0, 2])
    expect(await ask('range: { columns: k, max: "9007199254740992" }', big)).toEqual(['fail', 1, 2])
    expect(await ask('in: { columns: k, values: ["9007199254740993"] }', big)).toEqual(['fail', 1, 2])
    expect(await ask('overlap: { with: o, key: k }', big, { others: { o: values('k', '9007199254740994') } })).toEqual([
      'pass',
      0,
      2,
    ])
    expect(
      await ask('in-table: { columns: k, of: o }', big, { others: { o: values('k', '9007199254740992') } }),
    ).toEqual(['fail', 1, 2])
    expect((await runOne(engine, 'range: { columns: k, max: 5 }', big)).samples[0]?.values.k).toBe('9007199254740993')
  })

  it('are summed and shown exactly', async () => {
    const result = await runOne(engine, 'aggregate: { column: k, fn: sum, max: "18014398509481985" }', big)
    expect([result.status, result.figures.value, result.observed]).toEqual([
      'pass',
      '18014398509481985',
      'sum 18014398509481985',
    ])
    expect((await runOne(engine, 'aggregate: { column: k, fn: sum, max: "18014398509481984" }', big)).status).toBe(
      'fail',
    )
    expect((await runOne(engine, 'aggregate: { column: k, fn: mean, max: "9007199254740992.5" }', big)).status).toBe(
      'pass',
    )
    expect((await runOne(engine, 'aggregate: { column: k, fn: mean, max: "9007199254740992.4" }', big)).status).toBe(
      'fail',
    )
    expect((await runOne(engine, 'aggregate: { column: k, fn: max, max: "9007199254740992" }', big)).status).toBe(
      'fail',
    )
  })

  it('do not overflow in a sum of columns', async () => {
    const most = values('a, b', '9223372036854775807, 9223372036854775807')
    expect(await ask('sum-equals: { columns: [a, b], total: 0 }', most)).toEqual(['fail', 1, 1])
  })
})

describe('decimals', () => {
  const money = values('net, tax, gross', '0.10::DECIMAL(18,2), 0.20::DECIMAL(18,2), 0.30::DECIMAL(18,2)')

  it('are exact where doubles are not', async () => {
    expect(await ask('sum-equals: { columns: [net, tax], total: gross }', money)).toEqual(['pass', 0, 1])
    const doubles = values('net, tax, gross', '0.10::DOUBLE, 0.20::DOUBLE, 0.30::DOUBLE')
    expect(await ask('sum-equals: { columns: [net, tax], total: gross }', doubles)).toEqual(['fail', 1, 1])
    expect(await ask('range: { columns: net, max: 0.1, min: "0.10" }', money)).toEqual(['pass', 0, 1])
    expect(await ask('in: { columns: tax, values: [0.2] }', money)).toEqual(['pass', 0, 1])
  })

  it('of wide types keep their digits', async () => {
    const wide = values(
      'd',
      '12345678901234567890.123456789::DECIMAL(38,9)',
      '12345678901234567890.123456788::DECIMAL(38,9)',
    )
    expect(await ask('unique: d', wide)).toEqual(['pass', 0, 2])
    expect(await ask('range: { columns: d, max: "12345678901234567890.123456788" }', wide)).toEqual(['fail', 1, 2])
    const bounds = 'min: "24691357802469135780.246913577", max: "24691357802469135780.246913577"'
    expect((await runOne(engine, `aggregate: { column: d, fn: sum, ${bounds} }`, wide)).status).toBe('pass')
  })

  it('compare a mean of doubles with the bound as it is written', async () => {
    const doubles = values('x', '10.1::DOUBLE', '10.1::DOUBLE', '10.1::DOUBLE')
    expect((await runOne(engine, 'aggregate: { column: x, fn: mean, min: 10.1, max: 10.1 }', doubles)).status).toBe(
      'pass',
    )
  })

  it('take a share of the reference as it is written', async () => {
    const within = async (here: string, there: string): Promise<string> =>
      (
        await runOne(engine, 'aggregate: { column: x, fn: mean, within: 29% }', values('x', here), {
          reference: values('x', there),
        })
      ).status
    expect([await within('129', '100'), await within('129.01', '100'), await within('1', '0')]).toEqual([
      'pass',
      'fail',
      'not-run',
    ])
    expect([await within('-71', '-100'), await within('-70.9', '-100')]).toEqual(['pass', 'fail'])
  })
})

describe('dates and times', () => {
  it('have bounds, quantiles and sets', async () => {
    const days = values('d', "DATE '2024-01-01'", "DATE '2024-01-31'", 'NULL')
    expect(await ask('range: { columns: d, max: "2024-01-30" }', days)).toEqual(['fail', 1, 2])
    expect(await ask('range: { columns: d, below: "2024-01-31T00:00:01Z" }', days)).toEqual(['pass', 0, 2])
    expect(await ask('in: { columns: d, values: ["2024-01-01"] }', days)).toEqual(['fail', 1, 2])
    const result = await runOne(
      engine,
      'aggregate: { column: d, fn: median, min: "2024-01-01", max: "2024-01-01" }',
      days,
    )
    expect([result.status, result.figures]).toEqual(['pass', { value: '2024-01-01' }])
  })

  it.each([
    ['hour', "TIMESTAMP '2024-01-01 00:59:00'", "TIMESTAMP '2024-01-01 03:00:00'", 2, '2024-01-01 00:00:00'],
    ['day', "TIMESTAMP '2023-12-31 23:59:00'", "TIMESTAMP '2024-01-03 00:00:00'", 2, '2023-12-31'],
    ['week', "DATE '2024-01-07'", "DATE '2024-01-15'", 1, '2024-01-01'],
    ['month', "DATE '2023-11-30'", "DATE '2024-02-01'", 2, '2023-11'],
    ['day', "DATE '1969-12-30'", "DATE '1970-01-02'", 2, '1969-12-30'],
    ['week', "DATE '1969-12-22'", "DATE '1970-01-12'", 2, '1969-12-22'],
  ])('have gaps by the %s', async (every, first, last, missing, after) => {
    const result = await runOne(engine, `gaps: { column: t, every: ${every} }`, values('t', first, last))
    expect([result.status, result.failing, result.figures.after]).toEqual(['fail', missing, after])
  })

  it('without gaps have none', async () => {
    const weeks = "SELECT DATE '1969-12-01' + CAST(i * 7 AS INTEGER) AS t FROM range(20) AS r(i)"
    expect(await ask('gaps: { column: t, every: week }', weeks)).toEqual(['pass', 0, 20])
    const hours = "SELECT TIMESTAMP '1969-12-31 00:30:00' + INTERVAL 1 HOUR * i AS t FROM range(50) AS r(i)"
    expect(await ask('gaps: { column: t, every: hour }', hours)).toEqual(['pass', 0, 50])
  })
})

describe('hostile names', () => {
  const names = [
    'a"b',
    "c'd",
    'e\nf',
    '"; DROP TABLE x; --',
    'mg_row',
    'mg_key_0',
    'mg_shown_0',
    'mg_n',
    'mg_value',
    'data',
    'select',
    ' ',
    '\u{1f600}',
    'x'.repeat(300),
  ]
  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
  const data = `SELECT ${names
    .filter((name) => name !== 'mg_row')
    .map((name, index) => `i + ${index} AS ${quote(name)}`)
    .join(', ')} FROM range(3) AS r(i)`

  it.each(names.filter((name) => name !== 'mg_row').map((name) => [JSON.stringify(name), name]))(
    'are names like others: %s',
    async (_shown, name) => {
      const column = JSON.stringify(name)
      const yaml = [
        'checks:',
        ...[
          `range: { columns: [${column}], max: -1 }`,
          `unique: [${column}]`,
          `duplicates: { columns: [${column}] }`,
          `increasing: { column: ${column} }`,
          `increasing: { column: ${column}, by: [${column}] }`,
          `aggregate: { column: ${column}, fn: stdev, max: 0 }`,
          `aggregate: { column: ${column}, fn: median, max: -1 }`,
          `aggregate: { column: ${column}, fn: entropy, max: 0 }`,
          `most-common: { column: ${column}, max-share: 0 }`,
          `not-constant: [${column}]`,
          `outliers: { columns: [${column}], method: sigma, factor: 0.1 }`,
          `overlap: { with: same, key: [${column}] }`,
          `overlap: { with: same }`,
          `matches-table: { of: same }`,
          `in-table: { columns: [${column}], of: other, key: k }`,
          `conflicting-labels: { label: ${column} }`,
          `new-categories: { columns: [${column}], with: other2 }`,
          `class-balance: { column: ${column}, max-ratio: 1.5 }`,
          `sql: { query: ${JSON.stringify(`SELECT ${quote(name)} FROM data`)} }`,
          `expr: ${JSON.stringify(`${quote(name)} < 0`)}`,
        ].map((item) => `  - ${item}`),
      ].join('\n')
      const others = { same: data, other: 'SELECT -5 AS k', other2: `SELECT -1 AS ${quote(name)}` }
      const results = await run(engine, yaml, data, { others, samples: 1 })
      expect(results.filter(({ status }) => status === 'not-run').map(({ id, observed }) => [id, observed])).toEqual([])
      const byType = new Map(results.map((result) => [result.type, result]))
      for (const type of ['range', 'overlap', 'in-table', 'new-categories', 'outliers', 'expr']) {
        expect([type, byType.get(type)?.status, byType.get(type)?.samples[0]?.row]).toEqual([type, 'fail', 1])
      }
      expect(byType.get('range')?.samples[0]?.values).toEqual({
        [name]: String(names.filter((each) => each !== 'mg_row').indexOf(name)),
      })
    },
  )

  it('of other data sets are names like others', async () => {
    const name = `a"b'; DROP TABLE x; --`
    const query = JSON.stringify(
      `SELECT * FROM ${quote(name)} UNION ALL SELECT * FROM "DATA" UNION ALL SELECT * FROM reference`,
    )
    const result = await runOne(engine, `sql: { query: ${query} }`, 'SELECT 1 AS a', {
      reference: 'SELECT 2 AS a',
      others: { [name]: 'SELECT 3 AS a', Data: 'SELECT 4 AS a' },
    })
    expect(result.samples.map(({ values }) => values.a)).toEqual(['1', '2', '3'])
  })
})

describe('texts', () => {
  it('with quotes, backslashes and NUL are compared as they are', async () => {
    const odd = "SELECT 'it''s' AS t UNION ALL SELECT 'a\\b' UNION ALL SELECT 'n' || chr(0) || 'l'"
    expect(await ask(`in: { columns: t, values: ["it's", "a\\\\b", "n\\0l"] }`, odd)).toEqual(['pass', 0, 3])
    expect(await ask('no-control-characters: t', odd)).toEqual(['fail', 1, 3])
    expect(await ask('regex: { columns: t, pattern: "\\\\x00|\'|\\\\\\\\" }', odd)).toEqual(['pass', 0, 3])
  })

  it('match in time that grows with their length, whatever the pattern', async () => {
    const long = "SELECT repeat('a', 50000) || '!' AS t"
    expect(await ask('regex: { columns: t, pattern: "^(a+)+$" }', long)).toEqual(['fail', 1, 1])
    expect(await ask('not-regex: { columns: t, pattern: "^(a|a)*$" }', long)).toEqual(['pass', 0, 1])
  })

  it.each([
    ['email', ['a@b.co', 'a+b@x.example.org'], ['a@b', 'a b@c.de', '@c.de', 'a@-b.de']],
    [
      'uuid',
      ['123e4567-e89b-12d3-a456-426614174000'],
      ['123e4567e89b12d3a456426614174000', '123e4567-e89b-12d3-a456-42661417400g'],
    ],
    ['url', ['https://example.org/a?b#c', 'http://[::1]:80/'], ['example.org', 'javascript:alert(1)', 'https://a b']],
    ['hostname', ['example.org', 'localhost'], ['-a.de', 'a..b', 'a_b']],
    ['ipv4', ['127.0.0.1', '255.255.255.255'], ['256.1.1.1', '1.1.1', '1.1.1.1.1']],
    ['ipv6', ['::1', '::', '2001:db8::8a2e:370:7334', '1:2:3:4:5:6:7:8'], ['1::2::3', '12345::', '1:2:3']],
    ['json', ['{"a": [1, null]}', '1', '"x"'], ['{a: 1}', '', '{"a":}']],
    ['date', ['2024-02-29', '2000-02-29'], ['2023-02-29', '1900-02-29', '2024-13-01', '2024-1-1']],
    [
      'datetime',
      ['2024-02-29T23:59:60Z', '2024-01-01 00:00', '2024-01-01T00:00:00.123+02:00'],
      ['2024-01-01', '2024-01-01T24:00:00Z', '2024-01-01T00:00:00+25:00'],
    ],
  ])('have the format %s or not', async (format, good, bad) => {
    const rows = (texts: string[]): string => values('t', ...texts.map((text) => `'${text}'`))
    expect(await ask(`format: { columns: t, is: ${format} }`, rows(good))).toEqual(['pass', 0, good.length])
    expect(await ask(`format: { columns: t, is: ${format} }`, rows(bad))).toEqual(['fail', bad.length, bad.length])
  })
})

describe('sensitive columns', () => {
  const secret = 'S3CRET'
  const items = [
    'in: { columns: s, values: [x] }',
    'regex: { columns: s, pattern: "^x$" }',
    "expr: s = 'x'",
    'expr: CAST(s AS INTEGER) > 0',
    'unique: s',
    'duplicates: {}',
    'most-common: { column: s, max-share: 1% }',
    'new-categories: { columns: s, with: other }',
    'in-table: { columns: s, of: other }',
    'class-balance: { column: s, min-share: 60% }',
    'overlap: { with: same, key: s }',
    'overlap: { with: same }',
    'matches-table: { of: other }',
    'conflicting-labels: { label: s, except: [n, d] }',
    'sql: { query: SELECT s AS t FROM data }',
    'sql: { query: SELECT CAST(s AS INTEGER) AS t FROM data WHERE CAST(s AS INTEGER) > 0 }',
    ...['mean', 'sum', 'min', 'max', 'median'].map((fn) => `aggregate: { column: n, fn: ${fn}, max: 1, within: 1% }`),
    'quantile: { column: n, q: 0.5, max: 1 }',
    'outliers: { columns: n, factor: 0.1 }',
    'range: { columns: n, max: 1 }',
    'increasing: { column: n, by: s }',
    'max-age: { column: d, at-most: 1d }',
    'gaps: { column: d, every: day }',
    'time-order: { column: d, with: same }',
    'range: { columns: d, max: "1999-01-01" }',
    'id-like: {}',
    'not-constant: s',
  ]
  const row = (text: string, n: number, day: string): string => `'${text}', ${n}, DATE '${day}', 1`
  const data = values(
    's, n, d, one',
    row(`${secret}_1`, 777_001, '2001-01-07'),
    row(`${secret}_1`, 777_999, '2001-01-09'),
    row(`${secret}_2`, 777_001, '2001-01-17'),
  )
  const other = values('s, n, d, one', row('y', 1, '2024-01-01'))

  it('give no value away', async () => {
    const yaml = [
      'schema:',
      '  columns:',
      '    s: { sensitive: true }',
      '    n: { sensitive: true }',
      '    d: { sensitive: true }',
      'checks:',
      ...items.map((item) => `  - ${item}`),
    ].join('\n')
    const results = await run(engine, yaml, data, { reference: other, others: { other, same: data } })
    const text = JSON.stringify(results)
    for (const value of [secret, '777', '2001', '9 days']) expect(text).not.toContain(value)
    expect(results.filter(({ status }) => status === 'fail').length).toBeGreaterThan(20)
    expect(results.find(({ type }) => type === 'unique')?.samples).toEqual([{ row: 2, values: {}, hidden: ['s'] }])
    expect(results.find(({ type }) => type === 'sql')?.samples[0]).toEqual({ values: {}, hidden: ['t'] })
    // Without the mark they are shown, so that the test could fail.
    const open = JSON.stringify(
      await run(engine, `checks:\n${items.map((item) => `  - ${item}`).join('\n')}`, data, {
        reference: other,
        others: { other, same: data },
      }),
    )
    for (const value of [secret, '777', '2001']) expect(open).toContain(value)
  })
})

describe('hashes', () => {
  it('decide nothing: rows that share one are compared as what they are', async () => {
    const dialect = {
      ...engine.dialect,
      hash: ([first = '1']: readonly string[]) => `CAST(${first} IS NULL AS INTEGER)`,
    }
    const colliding: Engine = { ...engine, dialect }
    const data = values('a, b, y', '1, NULL, 0', '2, 5, 0', '2, 5, 1', 'NULL, 5, 1', 'NULL, 6, 1')
    const others = { others: { other: values('a, b, y', '9, 9, 9', 'NULL, 6, 1') } }
    for (const item of [
      'duplicates: {}',
      'duplicates: { columns: [a, b] }',
      'overlap: { with: other }',
      'conflicting-labels: { label: y }',
      'matches-table: { of: other }',
    ]) {
      const [one, other] = [await runOne(engine, item, data, others), await runOne(colliding, item, data, others)]
      expect([item, other]).toEqual([item, one])
    }
    expect(await ask('duplicates: {}', data)).toEqual(['pass', 0, 5])
    expect(await ask('overlap: { with: other }', data, others)).toEqual(['fail', 1, 5])
    expect(await ask('conflicting-labels: { label: y }', data)).toEqual(['fail', 2, 5])
  })
})

describe('text files', () => {
  let folder: string
  let files: Engine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'modelgate-checks-'))
    await writeFile(join(folder, 'bad.csv'), 'id,n,note\n1,5,a\n2,12.7,"b\nc"\n3,x,d\n3,y,d\n4,,e\n')
    await writeFile(join(folder, 'same.csv'), 'id,n,note\n9,x,d\n9,z,d\n')
    await writeFile(join(folder, 'ours.csv'), 'mg_row,__row\n7,1\n6,1\n6,1\n')
    files = await openDuckDb({ allowedPaths: ['bad.csv', 'same.csv', 'ours.csv'].map((name) => join(folder, name)) })
  })
  afterAll(async () => {
    await files.close()
    await rm(folder, { recursive: true })
  })
  const open = async (path: string, declared: DeclaredColumn[]): Promise<Relation> =>
    await openRelation(
      files,
      await resolveSource({
        name: path,
        path,
        root: folder,
        read: { quote: '"', header: true, missing: [''] },
        declared,
      }),
    )
  const declared: DeclaredColumn[] = [
    { name: 'id', type: 'integer' },
    { name: 'n', type: 'integer' },
  ]
  const check = async (item: string, declaration = declared): Promise<CheckResult> =>
    await runOne(files, item, await open('bad.csv', declaration), {
      others: { same: await open('same.csv', declaration) },
    })

  it('fail with the line and the text that is of another type', async () => {
    const { status, failing, tested, samples, at } = await check('type: { columns: n, is: integer }')
    expect([status, failing, tested]).toEqual(['fail', 3, 4])
    expect(samples.map(({ file, line, row, values }) => [file, line, row, values.n])).toEqual([
      ['bad.csv', 3, 2, '12.7'],
      ['bad.csv', 5, 3, 'x'],
      ['bad.csv', 6, 4, 'y'],
    ])
    expect(at).toEqual({ file: 'bad.csv', line: 3 })
  })

  it('may call columns as we do', async () => {
    const ours = await open('ours.csv', [])
    for (const item of ['range: { columns: mg_row, max: 5 }', 'decreasing: { column: mg_row, strictly: true }']) {
      const { samples } = await runOne(files, item, ours)
      expect(samples.at(-1)).toEqual({ file: 'ours.csv', line: 4, row: 3, values: { mg_row: '6' } })
    }
    const { samples } = await runOne(files, 'duplicates: {}', ours)
    expect(samples).toEqual([{ file: 'ours.csv', line: 4, row: 3, values: { mg_row: '6', __row: '1' } }])
  })

  it('take a wider type for what it is, and another one not', async () => {
    expect((await check('type: { columns: id, is: number }')).status).toBe('pass')
    expect((await check('type: { columns: n, is: integer }', [])).status).toBe('fail')
    expect((await check('type: { columns: note, is: integer }', [])).status).toBe('fail')
  })

  it('do not take texts of another type for missing, nor for equal', async () => {
    expect(brief(await check('not-null: n'))).toEqual(['fail', 1, 5])
    expect(brief(await check('duplicates: { columns: [id, note] }'))).toEqual(['fail', 1, 5])
    expect(brief(await check('duplicates: { columns: [id, n, note] }'))).toEqual(['pass', 0, 5])
    expect(brief(await check('overlap: { with: same, except: [id] }'))).toEqual(['fail', 1, 5])
  })
})

it('all columns of the helper are where the tests think they are', () => {
  expect(checksOf('checks:\n  - finite: a').checks[0]?.place).toEqual({ file: 'checks.yaml', line: 3, column: 5 })
})
