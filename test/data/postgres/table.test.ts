import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError } from '../../../src/base/error.ts'
import { openPostgres, type PostgresEngine } from '../../../src/data/engine/postgres.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTable, parseTableName, type TableRequest } from '../../../src/data/source/postgres.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

const reader = { name: 'Reader "one"', password: 'x' }

let server: Server
let engine: PostgresEngine
const open = (request: Partial<TableRequest> & { table: string }, on = engine): Promise<Relation> =>
  openTable(on, { name: 'data', ...request })
const told = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => formatError(error),
  )

describe.skipIf(!hasPostgres)('a table of PostgreSQL', () => {
  beforeAll(async () => {
    server = await startServer()
    await server.run(
      'postgres',
      'CREATE EXTENSION hstore',
      "CREATE TYPE mood AS ENUM ('good', 'bad')",
      'CREATE TYPE pair AS (a integer, b text)',
      'CREATE DOMAIN small AS smallint CHECK (VALUE < 10)',
      'CREATE DOMAIN smaller AS small',
      "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      `CREATE TABLE kinds (
        i2 smallint, i4 integer, i8 bigint, dom smaller, num numeric(20, 4), money money, f4 real, f8 double precision, b boolean,
        d date, ts timestamp, tz timestamptz, t time, iv interval, txt text, vc varchar(20), ch char(5), loose text COLLATE loose,
        u uuid, mood mood, ip inet, h hstore, j json, jb jsonb, arr integer[], comp pair, rng int4range, bin bytea, gone integer,
        nn numeric
      )`,
      'ALTER TABLE kinds DROP COLUMN gone',
      `INSERT INTO kinds VALUES (
        -1, 2147483647, 9007199254740993, 9, 1.5, 12.34, 0.1, 0.1, TRUE, '2024-02-29', '2024-02-29 10:00:00.25', '2024-02-29 10:00:00+02',
        '10:00', '1 day 2 hours', 'é', 'v', 'c', 'A', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'bad', '10.0.0.1', 'a=>1', '{"b": 1, "a":2}',
        '{"b": 1, "a":2}', '{1,2}', '(1,x)', '[1,3)', '\\x00ff41', 'NaN'
      )`,
      'CREATE TABLE keyed (b integer, a text, v integer, PRIMARY KEY (a, b))',
      "INSERT INTO keyed VALUES (1, 'x', 1), (2, 'x', NULL)",
      'CREATE VIEW seen AS SELECT v FROM keyed',
      'CREATE TABLE parts (v integer) PARTITION BY RANGE (v)',
      'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)',
      'CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20)',
      'INSERT INTO parts SELECT generate_series(0, 19)',
      'CREATE TABLE nothing ()',
      'CREATE SCHEMA "odd.schema ""q"""',
      `CREATE TABLE "odd.schema ""q"""."T'; DROP TABLE keyed; --" ("col""; --" integer, "ünï'cödé" text, "select" integer)`,
      `INSERT INTO "odd.schema ""q"""."T'; DROP TABLE keyed; --" VALUES (1, 'x', 2)`,
      'CREATE ROLE "Reader ""one""" LOGIN PASSWORD \'x\'',
      'CREATE TABLE closed (v integer)',
      'CREATE SCHEMA hidden',
      'CREATE TABLE hidden.t (v integer)',
      'GRANT SELECT ON hidden.t TO "Reader ""one"""',
      'CREATE TABLE policed (v integer)',
      'ALTER TABLE policed ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY few ON policed USING (v > 1)',
      'GRANT SELECT ON policed TO "Reader ""one"""',
    )
    engine = await openPostgres({ connection: 'DATABASE_URL', environment: { DATABASE_URL: server.url('postgres') } })
  })
  afterAll(async () => {
    await engine?.close()
    server?.close()
  })

  it('has columns of the kinds that checks know, with values as DuckDB has them', async () => {
    const relation = await open({ table: 'kinds' })
    const [row] = await engine.query(`SELECT * FROM ${relation.sql}`)
    expect(relation.columns.map(({ name, kind, nativeType }) => [name, kind, nativeType, row?.[name]])).toEqual([
      ['i2', 'integer', 'smallint', -1n],
      ['i4', 'integer', 'integer', 2147483647n],
      ['i8', 'integer', 'bigint', 9007199254740993n],
      ['dom', 'integer', 'public.smaller', 9n],
      ['num', 'decimal', 'numeric(20,4)', '1.5000'],
      ['money', 'decimal', 'money', '12.34'],
      ['f4', 'number', 'real', 0.1],
      ['f8', 'number', 'double precision', 0.1],
      ['b', 'boolean', 'boolean', true],
      ['d', 'date', 'date', '2024-02-29'],
      ['ts', 'timestamp', 'timestamp without time zone', '2024-02-29 10:00:00.25'],
      ['tz', 'timestamp', 'timestamp with time zone', '2024-02-29 08:00:00'],
      ['t', 'string', 'time without time zone', '10:00:00'],
      ['iv', 'string', 'interval', '1 day 02:00:00'],
      ['txt', 'string', 'text', 'é'],
      ['vc', 'string', 'character varying(20)', 'v'],
      ['ch', 'string', 'character(5)', 'c'],
      ['loose', 'string', 'text', 'A'],
      ['u', 'string', 'uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ['mood', 'string', 'public.mood', 'bad'],
      ['ip', 'string', 'inet', '10.0.0.1/32'],
      ['h', 'string', 'public.hstore', '"a"=>"1"'],
      ['j', 'nested', 'json', '{"b": 1, "a":2}'],
      ['jb', 'nested', 'jsonb', '{"a": 2, "b": 1}'],
      ['arr', 'nested', 'integer[]', '{1,2}'],
      ['comp', 'nested', 'public.pair', '(1,x)'],
      ['rng', 'nested', 'int4range', '[1,3)'],
      ['bin', 'binary', 'bytea', '\\x00\\xFFA'],
      ['nn', 'number', 'numeric', Number.NaN],
    ])
    expect(relation.notes).toEqual(['Column "nn" holds NaN or infinity, and so counts as floating-point numbers.'])
    expect([relation.rows, relation.files, relation.row]).toEqual([1, [], undefined])
    expect(relation.bytes).toBeGreaterThan(0)
  })

  it('compares text by its bytes, whatever the collation of the column', async () => {
    const relation = await open({ table: 'kinds' })
    expect(await engine.query(`SELECT loose = 'a' AS equal, txt < 'z' AS less FROM ${relation.sql}`)).toEqual([
      { equal: false, less: false },
    ])
  })

  it('is named by its primary key, or by the key that the user gives', async () => {
    expect((await open({ table: 'keyed' })).key).toEqual(['b', 'a'])
    expect((await open({ table: 'keyed', key: ['v'] })).key).toEqual(['v'])
    expect((await open({ table: 'seen' })).key).toBeUndefined()
    expect(await told(open({ table: 'keyed', key: ['w'] }))).toBe(
      'The key of data names the column "w", which is not there. [data/table]\n  Did you mean "a"?',
    )
  })

  it('may be a view or a partitioned table', async () => {
    expect(await open({ table: 'public.seen' })).toMatchObject({ rows: 2, bytes: 0 })
    expect(await open({ table: 'parts' })).toMatchObject({ rows: 20 })
  })

  it('may have any name', async () => {
    const relation = await open({ table: `"odd.schema ""q"""."T'; DROP TABLE keyed; --"` })
    expect(relation.columns.map(({ name }) => name)).toEqual(['col"; --', "ünï'cödé", 'select'])
    expect(
      await engine.query(`SELECT ${relation.columns.map(({ sql }) => sql).join(', ')} FROM ${relation.sql}`),
    ).toEqual([{ 'col"; --': 1n, "ünï'cödé": 'x', select: 2n }])
    expect(await open({ table: 'keyed' })).toMatchObject({ rows: 2 })
    expect(parseTableName('a.B')).toEqual({ schema: 'a', name: 'B' })
    expect(parseTableName('B')).toEqual({ schema: 'public', name: 'B' })
    for (const wrong of ['', '.', 'a.', '.a', 'a.b.c', '"a', 'a"b', '"".a', 'a\0b'])
      expect(() => parseTableName(wrong), wrong).toThrow('is no name of a table')
  })

  it('is missed with a sentence', async () => {
    expect(await told(open({ table: 'public.keyd' }))).toBe(
      'There is no table or view "public"."keyd" in the database of DATABASE_URL. [data/table]\n  Did you mean "public.keyed"?',
    )
    expect(await told(open({ table: 'nothing' }))).toContain('The table nothing of DATABASE_URL has no columns.')
  })

  it('needs the right to be read, and says which one is missing', async () => {
    const other = await openPostgres({
      connection: 'DATABASE_URL',
      environment: { DATABASE_URL: server.url('postgres', { ...reader, name: encodeURIComponent(reader.name) }) },
    })
    expect(await told(open({ table: 'closed' }, other))).toBe(
      'The role of DATABASE_URL may not read the table "public"."closed". [data/table]\n  Let its owner run: GRANT SELECT ON "public"."closed" TO "Reader ""one""";',
    )
    expect(await told(open({ table: 'hidden.t' }, other))).toContain(
      'GRANT USAGE ON SCHEMA "hidden" TO "Reader ""one""";',
    )
    expect(await told(open({ table: 'policed' }, other))).toBe(
      'Row-level security hides rows of a table from the role of the connection, so that checks would not see all of them. [data/row-security]\n  Give the role BYPASSRLS, or check a view that its owner may read whole.',
    )
    await other.close()
  })
})
