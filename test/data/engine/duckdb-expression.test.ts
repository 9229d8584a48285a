import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../../src/base/error.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'
import type { Relation } from '../../../src/data/relation.ts'
import { openTestEngine, relationOf } from '../relation.ts'

let engine: Engine
let data: Relation
beforeAll(async () => {
  engine = await openTestEngine()
  data = await relationOf(
    engine,
    `SELECT 1 AS a, 2 AS b, 'x' AS t, DATE '2024-01-01' AS d, [1] AS list, 5 AS "odd "" name", TRUE AS ok`,
  )
})
afterAll(() => engine.close())

const place = { file: 'checks.yaml', line: 7, column: 3 }
const refused = async (work: Promise<string>): Promise<string> =>
  await work.then(
    (text) => `taken: ${text}`,
    (error: unknown) => {
      expect(error).toBeInstanceOf(ModelgateError)
      const { code, message, place: where } = error as ModelgateError
      expect(where).toEqual(place)
      return `${code}: ${message}`
    },
  )

describe('a condition', () => {
  it.each([
    ['a < b', '(a < b)'],
    ['a < b -- really', '(a < b)'],
    ['a /* ) OR (1=1 */ < b', '(a < b)'],
    ["NOT a = 1 OR b = 2 AND t = 'x'", "((a != 1) OR ((b = 2) AND (t = 'x')))"],
    ['a - (b - 1) = 0', '((a - (b - 1)) = 0)'],
    ["t LIKE 'a!%' ESCAPE '!'", "main.like_escape(t, 'a!%', '!')"],
    ["t = 'it''s -- no comment; '", "(t = 'it''s -- no comment; ')"],
    ['"odd "" name" > 0', '("odd "" name" > 0)'],
    ['a BETWEEN 1 AND 2', '(a BETWEEN 1 AND 2)'],
    ['ok', 'ok'],
  ])('comes back as what it was understood to be: %s', async (sql, text) => {
    expect(await engine.expression(sql, data, place)).toBe(text)
  })

  it.each([
    "d >= DATE '2024-01-01' AND d < DATE '2024-01-01' + INTERVAL 1 DAY",
    "CASE WHEN a = 1 THEN t ELSE 'y' END = 'x'",
    'a::DECIMAL(10, 2) + 0.5 > 1e0',
    "regexp_matches(t, '^x$')",
    'a IN (1, 2, 3) AND t IS NOT NULL',
    'list_contains(list, 1)',
    'list_transform(list, lambda v: v + a) = [2]',
    "t SIMILAR TO 'x|y'",
    'a IS DISTINCT FROM b',
    "date_part('year', d) = 2024",
    'now() > d',
  ])('means the same when it comes back: %s', async (sql) => {
    const text = await engine.expression(sql, data, place)
    const [row] = await engine.query(`SELECT (${sql}) AS before, (${text}) AS after FROM ${data.sql}`)
    expect([row?.before, row?.after]).toEqual([true, true])
  })

  it.each([
    ['a) or (1=1', 'could not be parsed'],
    ['a < b; DROP TABLE x', 'does more than read'],
    ['a < b; SELECT 1', 'is more than one statement'],
    ['a, b', 'is more than one condition'],
    ['1 FROM x', 'is more than one condition'],
    ['a WHERE a', 'is more than one condition'],
    ['a UNION SELECT 1', 'is more than one condition'],
    ['a GROUP BY a', 'is more than one condition'],
    ['a ORDER BY 1', 'is more than one condition'],
    ['a LIMIT 1', 'is more than one condition'],
    ['a > 1 AS b', 'is more than one condition'],
    ['DISTINCT a', 'is more than one condition'],
    ['a QUALIFY true', 'is more than one condition'],
    ['a < (SELECT 1)', 'holds a query'],
    ['EXISTS (SELECT 1)', 'holds a query'],
    ['a IN (SELECT 1)', 'holds a query'],
    ['a = ANY (SELECT 1)', 'holds a query'],
    ["(SELECT content FROM read_text('/etc/passwd')) = ''", 'holds a query'],
    ['*', 'holds a star'],
    ["COLUMNS('a') > 0", 'holds a star'],
    ['random() > 0', 'calls random(), whose result differs from run to run'],
    ['RANDOM() > 0', 'calls random(), whose result differs from run to run'],
    ['list_transform(list, lambda v: v + random()) = list', 'calls random(), whose result differs from run to run'],
    ["nextval('s') > 0", 'calls nextval(), whose result differs from run to run'],
    ['sum(a) > 0', 'calls sum(), which is about several rows'],
    ['count(*) > 0', 'is about several rows'],
    ['json_structure(t) IS NULL', 'calls json_structure(), which deeply nested values bring down'],
    ["json_contains(t, '1')", 'calls json_contains(), which deeply nested values bring down'],
    ['json_merge_patch(t, t) IS NULL', 'calls json_merge_patch(), which deeply nested values bring down'],
    ['t::JSON::VARIANT IS NULL', 'casts to VARIANT, which deeply nested values bring down'],
    ['TRY_CAST(t::JSON AS VARIANT[]) IS NULL', 'casts to VARIANT, which deeply nested values bring down'],
    ["variant_typeof(t::JSON) = 'x'", 'calls variant_typeof(), which deeply nested values bring down'],
    ['approx_count_distinct(a) > 0', 'calls approx_count_distinct(), whose result differs from run to run'],
    ["list_aggregate([a], 'approx_count_distinct') > 0", 'calls list_aggregate(), which runs what a text names'],
    ["current_setting('allowed_paths') IS NULL", 'calls current_setting(), which tells of the machine'],
    ['row_number() OVER () > 0', 'holds a window function'],
    ['sum(a) OVER (PARTITION BY b) > 0', 'holds a window function'],
    ['a > ?', 'holds a parameter'],
    ['a > $x', 'holds a parameter'],
    ["COPY x TO 'y'", 'could not be parsed'],
    ["ATTACH 'x' AS y", 'is more than one condition'],
    ['PRAGMA version', 'could not be parsed'],
    ['a INTO x', 'could not be parsed'],
    ['(a', 'could not be parsed'],
    ["'a", 'could not be parsed'],
    ['', 'could not be parsed'],
    ['-- nothing', 'could not be parsed'],
  ])('is refused: %s', async (sql, why) => {
    const complaint = await refused(engine.expression(sql, data, place))
    expect(complaint).toMatch(/^data\/expression: The condition `.*` /)
    expect(complaint).toContain(why)
  })

  it.each([
    ['c > 0', '"c" not found'],
    ['__row > 0', '"__row" not found'],
    ['nonsense(a)', 'nonsense does not exist'],
    ["a > DATE '2024-01-01'", 'Cannot compare'],
  ])('that the data do not fit is told apart, because it costs one check alone: %s', async (sql, why) => {
    const complaint = await refused(engine.expression(sql, data, place))
    expect(complaint).toMatch(/^data\/column: The condition `.*` cannot be evaluated on data: /)
    expect(complaint).toContain(why)
  })

  it('tells how to write one', async () => {
    const error = await engine.expression('a, b', data, place).catch((each: unknown) => each)
    expect(formatError(error)).toBe(
      'checks.yaml:7:3: The condition `a, b` is more than one condition. [data/expression]\n  Write one condition over the columns of a row, such as `paid_at >= created_at`, without queries, aggregates or window functions.',
    )
  })
})

describe('a query', () => {
  it.each([
    'SELECT * FROM data WHERE a < 0',
    'WITH few AS (SELECT a FROM data) SELECT * FROM few',
    'SELECT a, sum(b) FROM data GROUP BY a HAVING count(*) > 1 ORDER BY 2 LIMIT 5',
    'SELECT a FROM data UNION ALL SELECT a FROM reference',
    'FROM data',
    'SELECT * FROM data, unnest(list) AS each(item)',
    'SELECT * FROM range(3) AS numbers(n) WHERE n NOT IN (SELECT a FROM data)',
  ])('is taken: %s', async (sql) => {
    expect(await engine.reading(sql, place)).toMatch(/^(SELECT|WITH|\(SELECT|FROM)/)
  })

  it.each([
    ['SELECT 1; SELECT 2', 'is more than one statement'],
    ['DROP TABLE x', 'does more than read'],
    ["COPY (SELECT 1) TO 'x.csv'", 'does more than read'],
    ["ATTACH 'x.db'", 'does more than read'],
    ['INSTALL httpfs', 'does more than read'],
    ["SET memory_limit = '1TB'", 'does more than read'],
    ['CREATE TABLE y AS SELECT 1', 'does more than read'],
    ['INSERT INTO data VALUES (1)', 'does more than read'],
    ['EXPLAIN SELECT 1', 'does more than read'],
    ['SELECT 1) AS x; --', 'could not be parsed'],
    ["SELECT * FROM query('SELECT random()')", 'calls query(), which runs what a text names'],
    ["SELECT * FROM query_table('data')", 'calls query_table(), which runs what a text names'],
    [
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT random()'))",
      'takes rows from json_execute_serialized_sql(), which are none of the data',
    ],
    ["SELECT * FROM enable_logging(level = 'debug', storage = 'stdout')", 'takes rows from enable_logging()'],
    ["SELECT 1 WHERE EXISTS (FROM enable_profiling(mode := 'all'))", 'takes rows from enable_profiling()'],
    ['WITH it AS (FROM duckdb_settings()) FROM it', 'takes rows from duckdb_settings()'],
    ['SELECT * FROM data JOIN main.checkpoint() ON TRUE', 'takes rows from checkpoint()'],
    ['SUMMARIZE data', 'describes tables'],
    ['FROM (SHOW TABLES)', 'describes tables'],
    ['SELECT * FROM data WHERE random() > 0.5', 'calls random(), whose result differs from run to run'],
    ['SELECT approx_quantile(a, 0.5) FROM data', 'calls approx_quantile(), whose result differs from run to run'],
    ['SELECT * FROM data USING SAMPLE 10%', 'takes a random sample'],
    ['SELECT * FROM (SELECT * FROM data TABLESAMPLE 10 ROWS) AS s', 'takes a random sample'],
  ])('is refused: %s', async (sql, why) => {
    const complaint = await refused(engine.reading(sql, place))
    expect(complaint).toMatch(/^data\/expression: The query `.*` /)
    expect(complaint).toContain(why)
  })
})
