import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError } from '../../../src/base/error.ts'
import { verdictOf } from '../../../src/data/checks/status.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import { openTestEngine } from '../relation.ts'
import { checksOf, run, runOne, values } from './run.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

/** Rows 0 to 99 of which `failing` are negative. */
const rows = (failing: number): string =>
  `SELECT i AS id, CASE WHEN i < ${failing} THEN -1 ELSE 1 END AS x FROM range(100) AS r(i)`

describe('limits and severity', () => {
  const status = async (modifiers: string, failing: number): Promise<string> =>
    (await runOne(engine, `range: { columns: x, min: 0 }\n${modifiers}`, rows(failing))).status

  it('fail on one row without any', async () => {
    expect([await status('name: n', 0), await status('name: n', 1)]).toEqual(['pass', 'fail'])
  })

  it('follow the severity', async () => {
    expect([await status('severity: warn', 1), await status('severity: info', 1)]).toEqual(['warn', 'info'])
  })

  it('accept as many rows as they say, as a count and as a share', async () => {
    expect([await status('error: 3', 3), await status('error: 3', 4)]).toEqual(['pass', 'fail'])
    expect([await status('error: 3%', 3), await status('error: 3%', 4)]).toEqual(['pass', 'fail'])
    expect([await status('warn: 0', 1), await status('warn: 0', 100)]).toEqual(['warn', 'warn'])
    expect([await status('warn: 0\nerror: 10%', 10), await status('warn: 0\nerror: 10%', 11)]).toEqual(['warn', 'fail'])
  })

  it('fail by an error limit whatever the severity', async () => {
    expect(await status('severity: warn\nerror: 3', 4)).toBe('fail')
  })

  it('show the count beside the limits, and what was looked at', async () => {
    const result = await runOne(engine, 'range: { columns: x, min: 0 }\nwarn: 0\nerror: 10%\nwhere: id < 50', rows(3))
    expect(result).toMatchObject({
      expected: '\u2265 0 (warns above 0 rows, fails above 10 % of the rows)',
      observed: '3 of 50 fail',
      failing: 3,
      tested: 50,
      where: 'id < 50',
    })
    expect(result.samples).toEqual([0, 1, 2].map((row) => ({ row: row + 1, values: { x: '-1' } })))
  })

  it('take the default severity of the file', async () => {
    const [result] = await run(
      engine,
      'defaults: { severity: info }\nchecks:\n  - range: { columns: x, min: 0 }\n',
      rows(1),
    )
    expect(result?.status).toBe('info')
  })

  it('are warnings of checks with limits of their own too, and never more than the severity', async () => {
    // Three of a hundred rows are the other way round.
    const leak = 'SELECT i % 2 AS y, (i + CAST(i % 100 < 3 AS INTEGER)) % 2 AS x FROM range(1000) AS r(i)'
    const status = async (more: string): Promise<string> =>
      (await runOne(engine, `leakage: { label: y }${more}`, leak)).status
    expect([await status(''), await status('\nseverity: info')]).toEqual(['warn', 'info'])
  })
})

describe('samples', () => {
  it('are the first failing rows, also far down', async () => {
    const data = 'SELECT i AS id FROM range(100000) AS r(i)'
    const { samples, failing } = await runOne(
      engine,
      'not-in: { columns: id, values: [99999, 70000, 50, 30000] }',
      data,
    )
    expect([failing, samples.map(({ row }) => row)]).toEqual([4, [51, 30001, 70001, 100000]])
  })

  it('are as many as asked for, and none when asked for none', async () => {
    const ask = async (samples: number): Promise<number> =>
      (await runOne(engine, 'range: { columns: x, min: 0 }', rows(50), { samples })).samples.length
    expect([await ask(0), await ask(3), await ask(100)]).toEqual([0, 3, 50])
  })

  it('show rows beyond the first of a value, in order', async () => {
    const data = 'SELECT i AS id, i // 2 AS pair FROM range(60000) AS r(i)'
    const { samples } = await runOne(engine, 'unique: pair', data, { samples: 3 })
    expect(samples.map(({ row, values }) => [row, values.pair])).toEqual([
      [2, '0'],
      [4, '1'],
      [6, '2'],
    ])
    const rare = 'SELECT CASE WHEN i = 59000 THEN 7 ELSE i END AS id FROM range(60000) AS r(i)'
    expect((await runOne(engine, 'unique: id', rare)).samples).toEqual([{ row: 59001, values: { id: '7' } }])
  })

  it('of a query have the columns of the query, in a repeatable order', async () => {
    const { samples } = await runOne(
      engine,
      'sql: { query: "SELECT x * 2 AS y, 1 AS mg_row FROM data WHERE x > 1" }',
      values('x', '3', '1', '2'),
    )
    expect(samples).toEqual([{ values: { y: '4', mg_row: '1' } }, { values: { y: '6', mg_row: '1' } }])
  })

  it('cut long values, and drop what does not show', async () => {
    const { samples } = await runOne(
      engine,
      'length: { columns: t, max: 3 }',
      "SELECT repeat('x', 1000) || chr(27) AS t",
    )
    expect(samples[0]?.values.t).toHaveLength(200)
    const other = await runOne(engine, 'length: { columns: t, max: 3 }', "SELECT 'a' || chr(27) || '[31mb\u202ec' AS t")
    expect(other.samples[0]?.values.t).toBe('a[31mbc')
  })
})

describe('a check that cannot run', () => {
  it.each([
    ['range: { columns: agee, min: 0 }', 'data.csv has no column "agee". Did you mean "age"?'],
    ['in-table: { columns: age, of: other, key: cod }', 'other has no column "cod". Did you mean "code"?'],
    ['overlap: { key: age }', 'There is no reference: give one with --reference, or `reference` of the stage.'],
    ['in-table: { columns: age, of: nothing }', 'There is no data set "nothing".'],
    ['range: { columns: name, min: 0 }', 'Column "name" holds string values, which have no bounds. Give it a `type`.'],
    ['finite: name', 'Column "name" holds string values, not numbers.'],
    ['max-age: { column: age, at-most: 1d }', 'Column "age" holds integer values, not dates or timestamps.'],
    ['gaps: { column: name, every: day }', 'Column "name" holds string values, not dates or timestamps.'],
    ['increasing: { column: name }', 'Column "name" holds string values, neither numbers nor dates.'],
    ['aggregate: { column: name, fn: mean, min: 0 }', 'Column "name" holds string values, not numbers.'],
    ['aggregate: { column: nothing, fn: mean, min: 0 }', 'No row to look at has a value in column "nothing".'],
    [
      'aggregate: { column: age, fn: stdev, max: 1 }',
      'Column "age" has fewer than two numbers to look at, and so no standard deviation.',
    ],
    [
      'leakage: { label: name }',
      'The label "name" has fewer than 20 rows of its largest class, or of all others: too few to tell chance from leakage.',
    ],
    [
      'label-drift: { column: age, with: other2 }',
      'There are 1 label here and 1 in the reference: with fewer than 200 on either side drift cannot be told from chance.',
    ],
    [
      'outliers: { columns: age }',
      'Half of the values of column "age" are equal, so that nothing lies between its quartiles. Use the method `sigma`.',
    ],
    ['id-like: {}', 'No column has 20 values or more to tell it from.'],
    ['file: { max-bytes: 1 }', 'data.csv is no file.'],
    [
      'in-table: { columns: name, of: other, key: code }',
      'Column "name" holds string values in data.csv, but column "code" holds integer values in other. Give both the same `type`.',
    ],
  ])('says why: %s', async (item, sentence) => {
    const data = "SELECT 5 AS age, 'x' AS name, CAST(NULL AS INTEGER) AS nothing"
    const result = await runOne(engine, item, data, {
      others: { other: 'SELECT 5 AS code', other2: 'SELECT 5 AS age' },
    })
    expect([result.status, result.observed]).toEqual(['not-run', sentence])
    expect([result.failing, result.samples]).toEqual([null, []])
  })

  it('says what the database says of a condition, and leaves the others alone', async () => {
    const yaml = [
      'checks:',
      '  - expr: CAST(t AS INTEGER) > 0',
      '  - expr: length(t) > 0',
      '  - sql: { query: "SELECT * FROM data WHERE CAST(t AS INTEGER) > 0" }',
      '  - sql: { query: "SELECT nothing FROM data" }',
      '  - expr: tt > 0',
      '  - range: { columns: n, min: 0 }',
      '    where: CAST(t AS INTEGER) > 0',
      '  - unique: n',
      '    where: CAST(t AS INTEGER) > 0',
      '  - unique: n',
    ].join('\n')
    const results = await run(engine, yaml, values('t, n', "'1', 1", "'two', 2"))
    expect(results.map(({ status }) => status)).toEqual([
      'not-run',
      'pass',
      'not-run',
      'not-run',
      'not-run',
      'not-run',
      'not-run',
      'pass',
    ])
    expect(results[0]?.observed).toMatch(/^The database refused a query: Conversion Error: .*two/)
    expect(results[3]?.observed).toContain('"nothing" not found')
    expect(results[4]?.observed).toMatch(/^The condition `tt > 0` cannot be evaluated on data.csv: .*"tt" not found/)
  })

  it('fails the data unless it says otherwise', () => {
    const yaml = 'checks:\n  - finite: a\n  - finite: b\n    on-not-run: warn\n'
    const { checks } = checksOf(yaml)
    const results = checks.map(({ id, type }) => ({
      id,
      type,
      status: 'not-run' as const,
      columns: [],
      expected: '',
      observed: '',
      failing: null,
      tested: null,
      samples: [],
      figures: {},
    }))
    const other = { rows: 1, malformed: 0, drift: undefined }
    expect(verdictOf(checks, results, other)).toEqual({ verdict: 'fail', reason: '1 of 2 checks failed: a.finite.' })
    expect(verdictOf(checks.slice(1), results.slice(1), other)).toEqual({
      verdict: 'warn',
      reason: '1 of 1 checks warned: b.finite.',
    })
  })

  it('is none where its column need not be there', async () => {
    const yaml = 'schema:\n  columns:\n    a: { required: false, type: integer, min: 0, not-null: true }\n'
    expect((await run(engine, yaml, 'SELECT 1 AS b')).map(({ status }) => status)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
    ])
    expect((await run(engine, yaml, 'SELECT -1 AS a')).map(({ id, status }) => [id, status])).toContainEqual([
      'a.range',
      'fail',
    ])
  })
})

describe('a mistake in the words of a check', () => {
  const complaint = async (item: string): Promise<string> =>
    await runOne(engine, item, "SELECT 5 AS age, DATE '2024-01-01' AS day, true AS ok, 'x' AS name").then(
      ({ observed }) => `no error: ${observed}`,
      (error: unknown) => formatError(error),
    )

  it.each([
    [
      'regex: { columns: name, pattern: "(" }',
      'checks.yaml:3:5: The regular expression "(" is not understood. [data/check]\n  Write it as RE2 does: without look-ahead, look-behind and back references.',
    ],
    [
      'not-regex: { columns: name, pattern: "(?=a)" }',
      'checks.yaml:3:5: The regular expression "(?=a)" is not understood. [data/check]\n  Write it as RE2 does: without look-ahead, look-behind and back references.',
    ],
    [
      'range: { columns: age, min: "2024-01-01" }',
      'checks.yaml:3:5: The value "2024-01-01" for column "age" must be a number. [data/check]\n  Correct the value, or the type of the column.',
    ],
    [
      'range: { columns: day, max: 5 }',
      'checks.yaml:3:5: The value "5" for column "day" must be a date such as 2024-01-31. [data/check]\n  Correct the value, or the type of the column.',
    ],
    [
      'in: { columns: age, values: [1, two] }',
      'checks.yaml:3:5: The value "two" for column "age" must be a number. [data/check]\n  Correct the value, or the type of the column.',
    ],
    [
      'in: { columns: ok, values: [yes] }',
      'checks.yaml:3:5: The value "yes" of column "ok" must be true or false. [data/check]\n  Correct the value, or the type of the column.',
    ],
    [
      'aggregate: { column: age, fn: mean, min: "2024-01-01" }',
      'checks.yaml:3:5: The bound "2024-01-01" must be a number. [data/check]\n  Correct the bound.',
    ],
    [
      'aggregate: { column: age, fn: median, min: "a" }',
      'checks.yaml:3:5: The value "a" for column "age" must be a number. [data/check]\n  Correct the value, or the type of the column.',
    ],
    [
      'expr: a) or (1=1',
      'checks.yaml:3:5: The condition `a) or (1=1` could not be parsed: syntax error at or near ")". [data/expression]\n  Write one condition over the columns of a row, such as `paid_at >= created_at`, without queries, aggregates or window functions.',
    ],
  ])('is told with its place, before data are read: %s', async (item, lines) => {
    expect(await complaint(item)).toBe(lines)
  })
})

describe('environments', () => {
  it('leave out what is meant for others', async () => {
    const yaml = 'checks:\n  - rows: { min: 5 }\n    environments: [training]\n  - rows: { max: 5 }\n'
    expect((await run(engine, yaml, 'SELECT 1 AS a', { environment: 'training' })).map(({ status }) => status)).toEqual(
      ['fail', 'pass'],
    )
    expect((await run(engine, yaml, 'SELECT 1 AS a', { environment: 'serving' })).map(({ id }) => id)).toEqual(['rows'])
    expect((await run(engine, yaml, 'SELECT 1 AS a')).map(({ id }) => id)).toEqual(['rows'])
  })
})
