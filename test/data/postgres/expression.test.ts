import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../../src/base/error.ts'
import type { Side } from './both.ts'
import { withBoth } from './both.ts'
import { hasPostgres } from './server.ts'

const place = { file: 'checks.yaml', line: 3, column: 5 }

describe.skipIf(!hasPostgres)('conditions and queries on PostgreSQL', () => {
  const both = withBoth({
    t: {
      columns: {
        a: 'BIGINT',
        b: 'BIGINT',
        x: 'DOUBLE',
        m: 'DECIMAL(10, 2)',
        s: 'VARCHAR',
        flag: 'BOOLEAN',
        d: 'DATE',
        ts: 'TIMESTAMP',
        'Odd "name"': 'BIGINT',
      },
      rows: [
        "1, 2, 0.5, 1.50, 'abc', TRUE, DATE '2024-01-31', TIMESTAMP '2024-01-31 10:00:00', 1",
        "7, 2, 2.5, 2.25, 'ABC', FALSE, DATE '2024-02-29', TIMESTAMP '2024-02-29 23:59:59.5', 2",
        "-7, 2, -2.5, -2.25, 'a%c', NULL, DATE '1969-12-31', TIMESTAMP '1969-12-31 00:00:00', 3",
        "5, 0, 'NaN', 0.00, '', TRUE, NULL, NULL, NULL",
        "0, 0, 'Infinity', 0.10, 'É_\\x', FALSE, DATE '2000-01-01', TIMESTAMP '2000-01-01 00:00:00', 5",
        'NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, 6',
        "9007199254740993, 1, 0.1, 12345678.90, 'É b ', TRUE, DATE '2024-12-30', TIMESTAMP '2024-12-30 12:30:45', 7",
      ],
    },
  })

  /** For each row what the condition says, in the order of the last column. */
  const truth = async ({ engine, relations }: Side, condition: string): Promise<unknown> => {
    const relation = relations.get('t')
    if (relation === undefined) throw new Error('no t')
    const sql = await engine.expression(condition, relation, place)
    const rows = await engine.query(`SELECT (${sql}) AS holds FROM ${relation.sql} ORDER BY "Odd ""name""", b`)
    return rows.map((row) => row.holds)
  }

  it.each([
    'a > b',
    'A >= B AND NOT flag',
    'a = 1 OR b = 2 AND x > 0',
    '(a = 1 OR b = 2) AND x > 0',
    'NOT a = 1',
    'NOT NOT flag',
    'a == 1',
    'a <> 1',
    'a != b',
    'a / b > 0.4',
    'a / 2 = 3.5',
    'm / b > 1',
    '7 / 2 = 3.5 AND a > 0',
    'a // 2 = 3',
    'a // b IS NULL',
    'a % 2 = 1',
    'a % b = 1',
    'a % 2 = -1',
    'x % 1 = 0.5',
    'a + b * 2 - 1 > 4',
    '- a < 0',
    '-a * -1 = a',
    'a - -1 > 2',
    'a ^ 2 = 49',
    'a ** 2 >= 49',
    '-2 ^ 2 = 4 AND a > 0',
    '0.1 + 0.2 = 0.3 AND a > 0',
    'x + 0.1 > 0.55',
    'x = 0.1',
    'm = 2.25',
    'm * 3 = 6.75',
    "x = 'NaN'",
    'isnan(x)',
    'isinf(x) OR isfinite(x)',
    'x > 1000',
    'a = 9007199254740993',
    'a = 9007199254740992',
    "s = 'abc'",
    "s < 'a'",
    "s > 'Z'",
    "s BETWEEN 'A' AND 'b'",
    'a BETWEEN 0 AND 5',
    'a NOT BETWEEN 0 AND 5 AND b = 2',
    "s IN ('abc', 'ABC')",
    "s NOT IN ('abc', 'ABC')",
    'a IN (1, 7.0)',
    "s LIKE 'a%'",
    "s LIKE '%\\x'",
    "s LIKE 'a!%c' ESCAPE '!'",
    "s NOT LIKE '%b%'",
    "s ILIKE 'é%'",
    "s ILIKE 'AB_'",
    's IS NULL',
    's IS NOT NULL AND flag IS NOT TRUE',
    'flag IS FALSE',
    'flag',
    'flag IS DISTINCT FROM TRUE',
    'a IS NOT DISTINCT FROM 5',
    "CASE WHEN a > 5 THEN 'big' WHEN a > 0 THEN 'small' ELSE 'none' END = 'small'",
    "CASE b WHEN 2 THEN 'two' END = 'two'",
    'CAST(a AS DOUBLE) / 2 > 1',
    'm::INTEGER = 2',
    "a::VARCHAR = '1'",
    "x::VARCHAR = '0.5'",
    "CAST(m AS VARCHAR) = '2.25'",
    "flag::VARCHAR = 'true'",
    "d > '2024-01-31'",
    "d = DATE '2024-02-29'",
    "d - DATE '2024-01-01' > 29",
    "ts > TIMESTAMP '2024-01-31 10:00:00'",
    'ts::DATE = d',
    "ts - INTERVAL '1 day' < '2024-01-31'",
    'ts >= d',
    'year(d) = 2024 AND month(d) = 2',
    'extract(day FROM d) = 31',
    "date_part('dow', d) = 4",
    'second(ts) = 59',
    "date_trunc('month', d) = DATE '2024-02-01'",
    'week(d) = 1',
    'length(s) = 3',
    'length(s) > 3',
    "lower(s) = 'abc'",
    "upper(s) LIKE 'É%'",
    'trim(s) <> s',
    "left(s, 1) = 'a'",
    "right(s, 1) = 'c'",
    "substr(s, 2, 1) = 'b'",
    "replace(s, 'b', 'x') = 'axc'",
    "contains(s, '%')",
    "starts_with(s, 'a') AND ends_with(s, 'c')",
    "strpos(s, 'c') = 3",
    "concat(s, a) = 'abc1'",
    "s || 'd' = 'abcd'",
    "regexp_matches(s, '^[a-z]+$')",
    "regexp_matches(s, '\\W')",
    'abs(a) = 7',
    'round(x) = 3',
    'round(m, 1) = 2.3',
    'floor(x) = 2 OR ceil(x) = -2',
    'trunc(x) = -2',
    'sqrt(abs(a)) > 2',
    'ln(b + 1) > 1',
    'log10(100) = 2 AND a = 1',
    'greatest(a, b) = 2',
    'least(a, b, 3) = 2',
    'coalesce(a, -1) = -1',
    'nullif(b, 2) IS NULL',
    '"Odd ""name""" = 2',
    '"S" = \'abc\'',
    'NULL',
    'TRUE',
    "s = ''",
    "s = 'it''s'",
  ])('says the same as DuckDB: %s', async (condition) => {
    const found = await truth(both().postgres, condition)
    expect(found).toEqual(await truth(both().duck, condition))
    expect(found).toHaveLength(7)
  })

  const errorOf = async (work: Promise<unknown>): Promise<ModelgateError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof ModelgateError)) throw new Error(`not refused: ${String(error)}`)
    return error
  }
  const relation = () => {
    const found = both().postgres.relations.get('t')
    if (found === undefined) throw new Error('no t')
    return found
  }

  it.each([
    'a > 0) OR (1 = 1',
    'a > 0; DROP TABLE t',
    'a > 0 -- rest',
    'a > 0 /* x */',
    'a IN (SELECT 1)',
    'EXISTS (SELECT 1)',
    '(SELECT 1) = 1',
    'a > ALL (ARRAY[1])',
    'count(*) > 1',
    'sum(a) OVER () > 1',
    'a, b',
    'a AS b',
    'a FROM t',
    '*',
    'a > $1',
    'a = $$1$$',
    "s = E'\\x61'",
    "s = U&'x'",
    "s = 'a' 'b'",
    "s = 'open",
    '"open',
    'pg_sleep(1) IS NULL',
    "set_config('a', 'b', false) = 'b'",
    "pg_read_file('/etc/passwd') = ''",
    "dblink('x', 'y') = 1",
    "lo_import('/etc/passwd') = 1",
    "nextval('s') > 0",
    'random() > 0.5',
    'now() > d',
    "d > 'today'",
    "d > DATE 'tomorrow'",
    "ts > 'now'",
    "version() = ''",
    'public.length(s) = 1',
    '"length"(s) = 1',
    's.length = 1',
    '(s).length = 1',
    't.a = 1',
    "s ~ '(a+)+'",
    's COLLATE "C" = \'a\'',
    'a OPERATOR(pg_catalog.=) 1',
    "s SIMILAR TO 'a'",
    'a::regclass = 1',
    'CAST(s AS xml) IS NULL',
    's::public.evil = 1',
    "regexp_matches(s, '(?=a)')",
    'regexp_matches(s, s)',
    "substr(s, -1) = 'a'",
    "repeat(s, 1000000000) = ''",
    'a > 1e',
    'a = 0x10',
    'a = 1_000',
    'a > 0 AND',
    'CASE WHEN a THEN 1',
    '',
    '\u0000',
    `${'('.repeat(500)}a${')'.repeat(500)} > 0`,
    `a${' / a'.repeat(60)} > 0`,
  ])('refuses in a condition: %s', async (condition) => {
    const error = await errorOf(both().postgres.engine.expression(condition, relation(), place))
    expect([error.code, error.place]).toEqual(['data/expression', place])
  })

  it.each([
    ['nope > 1', /names nope, which is no column of t/],
    ['"A" + "nope" > 1', /names "nope"/],
    ['s > 1', /cannot be evaluated on t: .*text > integer/],
    ['a', /must be type boolean/],
    ["d = '2024-02-30'", /out of range/],
    ['current_date > d', /names current_date, which is no column/],
  ])('says of a condition that does not fit the data: %s', async (condition, message) => {
    const error = await errorOf(both().postgres.engine.expression(condition, relation(), place))
    expect([error.code, error.place]).toEqual(['data/column', place])
    expect(error.message).toMatch(message)
  })

  it.each([
    'SELECT * FROM data WHERE a < 0',
    '  select s, count(*) from data group by s having count(*) > 1 order by 2 desc limit 5',
    'WITH big AS (SELECT * FROM data WHERE a > 5) SELECT b.* FROM big AS b JOIN reference AS r ON r.a = b.a',
    'SELECT sum(a) OVER (PARTITION BY b ORDER BY d) FROM data',
    'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY a) FILTER (WHERE a > 0) FROM data',
    'SELECT CAST(a AS numeric(10, 2)), b::varchar(3) FROM data AS v(a, b)',
    "SELECT * FROM data WHERE to_char(d, 'YYYY') = '2024' OR s ~ '^a'",
    '(SELECT 1) UNION ALL (SELECT 2)',
    'VALUES (1)',
    'SELECT "insert" FROM data',
  ])('takes the query: %s', async (query) => {
    expect(await both().postgres.engine.reading(query, place)).toBe(query)
  })

  it.each([
    'INSERT INTO data VALUES (1)',
    'DELETE FROM data',
    "COPY data TO PROGRAM 'cat'",
    'TABLE pg_class',
    'EXPLAIN SELECT 1',
    'DO $$ $$',
    'SELECT 1; SELECT 2',
    'SELECT 1 INTO x',
    'WITH gone AS (DELETE FROM data RETURNING *) SELECT * FROM gone',
    'SELECT * FROM data FOR UPDATE',
    'SELECT * FROM data TABLESAMPLE system (1)',
    'SELECT pg_sleep(10)',
    'SELECT pg_catalog.pg_sleep(10)',
    'SELECT PG_SLEEP (10)',
    'SELECT "pg_sleep"(10)',
    'SELECT (10::float8).pg_sleep',
    'SELECT (array[10::float8])[1].pg_sleep',
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_ls_dir('.')",
    "SELECT * FROM ROWS FROM (pg_ls_dir('.'))",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT dblink_exec('x', 'y')",
    "SELECT set_config('statement_timeout', '0', true)",
    "SELECT current_setting('data_directory')",
    "SELECT nextval('s')",
    "SELECT query_to_xml('select 1', true, true, '')",
    "SELECT table_to_xml('pg_authid', true, true, '')",
    'SELECT public.evil()',
    'SELECT now()',
    'SELECT random()',
    'SELECT CURRENT_DATE',
    "SELECT 'now'::timestamp",
    'SELECT SESSION_USER',
    'SELECT * FROM pg_authid',
    'SELECT * FROM pg_catalog.pg_authid',
    'SELECT * FROM "pg_catalog"."pg_stat_activity"',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM public.t',
    'SELECT * FROM PUBLIC . T',
    'SELECT * FROM data WHERE a OPERATOR(public.===) 1',
    "SELECT E'\\x41'",
    'SELECT U&"x" FROM data',
    'SELECT $1',
    'SELECT 1 -- x',
  ])('refuses the query: %s', async (query) => {
    const error = await errorOf(both().postgres.engine.reading(query, place))
    expect([error.code, error.place]).toEqual(['data/expression', place])
  })

  it('never passes on what it could not read: nothing of hostile text is left outside of quotes', async () => {
    const hostile = ["'; DROP TABLE t; --", '"; DROP TABLE t; --', "\\'; SELECT 1", '$$', "a' OR '1'='1"]
    for (const value of hostile) {
      const sql = await both().postgres.engine.expression(`s = '${value.replaceAll("'", "''")}'`, relation(), place)
      expect(await both().postgres.engine.query(`SELECT count(*) AS n FROM ${relation().sql} WHERE ${sql}`)).toEqual([
        { n: 0n },
      ])
    }
  })
})
