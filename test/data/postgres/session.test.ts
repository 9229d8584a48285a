import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelgateError } from '../../../src/base/error.ts'
import { expandChecks } from '../../../src/config/checks/expand.ts'
import { parseChecks } from '../../../src/config/checks/load.ts'
import { openTables } from '../../../src/data/postgres-session.ts'
import { connectionOf } from '../../../src/data/source/location.ts'
import type { CheckResult } from '../../../src/record/data-report.ts'
import { checkRows } from '../checks/run.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

describe('the place of data', () => {
  const file = { name: 'train.csv', path: 'train.csv' }
  const table = { name: 'train', table: 'public.train', connection: 'ONE' }
  const told = (...data: Parameters<typeof connectionOf>[0] extends Iterable<infer One> ? One[] : never): string => {
    try {
      return String(connectionOf(data))
    } catch (error) {
      return error instanceof ModelgateError ? error.message : 'another error'
    }
  }

  it('is one for all data of a check', () => {
    expect(connectionOf([file, { ...file, name: 'other.csv' }])).toBeUndefined()
    expect(connectionOf([table, { ...table, name: 'other' }])).toBe('ONE')
    expect(told(file, table)).toBe(
      'train.csv is a file, but train is a table of ONE: the data of one check must be in one place.',
    )
    expect(told(table, { ...table, name: 'eval', connection: 'TWO' })).toBe(
      'train is in the database of ONE, but eval in that of TWO: the data of one check must be in one place.',
    )
    expect(told({ ...table, connection: undefined })).toBe('The table public.train has no connection.')
  })
})

describe.skipIf(!hasPostgres)('checks on tables where they are', () => {
  let server: Server
  const reader = { name: 'reader', password: 'x' }
  const environment = (): Record<string, string> => ({ DATABASE_URL: server.url('postgres', reader) })

  beforeAll(async () => {
    server = await startServer()
    await server.run(
      'postgres',
      'CREATE TABLE orders (id integer PRIMARY KEY, customer integer, amount numeric(10, 2), note text)',
      "INSERT INTO orders SELECT i, i % 7, CASE WHEN i % 40 = 3 THEN -i ELSE i END, CASE WHEN i = 9 THEN E'<b>|\\u202e\\n@all' ELSE 'fine' END FROM generate_series(1, 100) AS t(i)",
      'CREATE TABLE customers (id integer PRIMARY KEY)',
      'INSERT INTO customers SELECT generate_series(1, 6)',
      'CREATE TABLE secrets (v text)',
      "CREATE ROLE reader LOGIN PASSWORD 'x'",
      'GRANT SELECT ON orders, customers TO reader',
    )
  })
  afterAll(() => server?.close())

  const check = async (yaml: string, options: { timeLimit?: number } = {}): Promise<CheckResult[]> => {
    const loaded = parseChecks(`version: 1\nchecks:\n${yaml}`, 'checks.yaml')
    const session = await openTables({
      connection: 'DATABASE_URL',
      environment: environment(),
      tables: new Map([
        ['data', { name: 'orders', table: 'orders' }],
        ['customers', { name: 'customers', table: 'public.customers' }],
      ]),
      ...options,
    })
    try {
      return await checkRows({
        engine: session.engine,
        checks: expandChecks(loaded.checks, undefined, loaded.placeOf),
        samples: 2,
        context: {
          dialect: session.engine.dialect,
          data: session.relation('data'),
          others: new Map([['customers', session.relation('customers')]]),
          now: new Date('2026-01-01T00:00:00Z'),
          sensitive: new Set(),
        },
      })
    } finally {
      await session.close()
    }
  }

  it('name the failing rows by the primary key', async () => {
    const [range, foreign] = await check(
      '  - range: { columns: amount, min: 0 }\n  - in-table: { columns: customer, of: customers, key: id }\n',
    )
    expect([range?.failing, range?.samples]).toEqual([
      3,
      [{ values: { amount: '-83.00', id: '83' } }, { values: { amount: '-43.00', id: '43' } }],
    ])
    expect([foreign?.failing, foreign?.samples[0]]).toEqual([14, { values: { customer: '0', id: '7' } }])
  })

  it('show hostile values without what could steer a terminal', async () => {
    const [result] = await check('  - in: { columns: note, values: [fine] }\n')
    expect(result?.samples).toEqual([{ values: { note: '<b>|\n@all', id: '9' } }])
  })

  it('cost only themselves when they fail in the database', async () => {
    const results = await check(
      "  - expr: CAST(note AS INTEGER) > 0\n  - expr: nothing > 0\n  - sql: { query: SELECT 1 FROM data WHERE 1 / (id - id) > 0 }\n  - sql: { query: SELECT nowhere.x FROM nowhere }\n  - regex: { columns: note, pattern: '(?=f)' }\n  - expr: 1 / (id - id) > 1\n  - rows: { min: 100 }\n",
    )
    expect(results.map(({ status }) => status)).toEqual([
      'not-run',
      'not-run',
      'not-run',
      'not-run',
      'not-run',
      'pass',
      'pass',
    ])
    expect(results.slice(0, 5).map(({ observed }) => observed)).toEqual([
      expect.stringContaining('invalid input syntax for type integer: "fine"'),
      expect.stringContaining('names nothing, which is no column of orders'),
      expect.stringContaining('division by zero'),
      expect.stringContaining('relation "nowhere" does not exist'),
      expect.stringContaining('holds (?=, which cannot be carried over to PostgreSQL'),
    ])
  })

  it('stop at the time limit, as a whole', async () => {
    const slow = "  - sql: { query: 'SELECT 1 FROM generate_series(1, 1000000000000) AS t(v) WHERE v < 0' }\n"
    await expect(check(slow, { timeLimit: 400 })).rejects.toMatchObject({ code: 'data/time-limit' })
  })

  it.each([
    'SELECT * FROM public.secrets',
    'SELECT * FROM secrets',
    'SELECT * FROM pg_roles',
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT pg_sleep(100)',
    "SELECT set_config('transaction_read_only', 'off', false)",
    'DELETE FROM data',
  ])('do not reach past the data: %s', async (query) => {
    const found = await check(`  - sql: { query: ${JSON.stringify(query)} }\n`).then(
      ([result]) => result?.status,
      (error: unknown) => (error instanceof ModelgateError ? error.code : error),
    )
    expect(['data/expression', 'not-run']).toContain(found)
  })
})
