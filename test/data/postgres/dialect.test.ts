import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresDialect } from '../../../src/data/dialect/postgres.ts'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { Engine, SqlValue } from '../../../src/data/engine/engine.ts'
import { openPostgres, type PostgresEngine } from '../../../src/data/engine/postgres.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

/** What the dialect says is what DuckDB gives: every expression is evaluated by both databases. */

let server: Server
let postgres: PostgresEngine
let duck: Engine

describe.skipIf(!hasPostgres)('the dialect of PostgreSQL', () => {
  beforeAll(async () => {
    server = await startServer()
    postgres = await openPostgres({ connection: 'TEST_URL', environment: { TEST_URL: server.url('postgres') } })
    duck = await openDuckDb({ allowedPaths: [] })
  })
  afterAll(async () => {
    await postgres?.close()
    await duck?.close()
    server?.close()
  })

  const one = async (engine: Engine, sql: string): Promise<SqlValue> =>
    (await engine.query(`SELECT ${sql} AS value`))[0]?.value ?? null

  /** Each expression for itself, so that a failure names it. */
  const sameFor = async <Case>(cases: readonly Case[], sql: (engine: Engine, each: Case) => string): Promise<void> => {
    const results = async (engine: Engine): Promise<unknown[]> => {
      const list = cases.map((each, index) => `${sql(engine, each)} AS v${index}`)
      const [row] = await engine.query(`SELECT ${list.join(', ')}`)
      return cases.map((each, index) => [each, comparable(row?.[`v${index}`])])
    }
    expect(await results(postgres)).toEqual(await results(duck))
  }
  const comparable = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

  it('writes floating-point numbers as DuckDB does', async () => {
    const special = ['0', '-0', '1', '0.1', '1e14', '1e15', '-1.5e15', '1234567890123456.5', '9.9e15', '1e16', '5e-324']
    const edges = [...special, '1e-4', '1.5e-5', '1e100', '1.7976931348623157e308', 'NaN', 'Infinity', '-Infinity']
    const random = fc.sample(fc.double({ noDefaultInfinity: true, noNaN: true }), { numRuns: 400, seed: 7 }).map(String)
    const near = fc.sample(fc.double({ min: 1e13, max: 9e15, noNaN: true }), { numRuns: 400, seed: 8 }).map(String)
    await sameFor([...edges, ...random, ...near], ({ dialect }, each) =>
      dialect.text(dialect.double(`CAST('${each}' AS DOUBLE PRECISION)`)),
    )
  })

  it('writes everything else as DuckDB does', async () => {
    const values = [
      'CAST(12 AS BIGINT)',
      "CAST('1.50' AS DECIMAL(10, 2))",
      'TRUE',
      'FALSE',
      "DATE '2024-02-29'",
      "DATE 'infinity'",
      "TIMESTAMP '2024-01-01 00:00:00'",
      "TIMESTAMP '2024-01-01 12:34:56.789'",
      "TIMESTAMP '2024-01-01 12:34:56.100000'",
      "CAST('ä\\''x' AS VARCHAR)",
      'CAST(NULL AS BIGINT)',
    ]
    await sameFor(values, ({ dialect }, each) => dialect.text(each))
  })

  it('measures lengths, finiteness and seconds as DuckDB does', async () => {
    await sameFor(['', 'a', 'ä', '🤦🏼‍♂️', '日本'], ({ dialect }, each) => dialect.characters(dialect.literal(each)))
    const numbers = ['1', 'NaN', 'Infinity', '-Infinity', '1e308']
    const double = (text: string): string => `CAST('${text}' AS DOUBLE PRECISION)`
    await sameFor(numbers, ({ dialect }, each) => dialect.isFinite(double(each)))
    await sameFor(numbers, ({ dialect }, each) => dialect.isNaN(double(each)))
    const times = [
      "DATE '1969-12-31'",
      "TIMESTAMP '2024-01-01 00:00:00.9'",
      "TIMESTAMP '1969-12-31 23:59:59.5'",
      "TIMESTAMP 'infinity'",
    ]
    await sameFor(times, ({ dialect }, each) => dialect.epochSeconds(each))
  })

  it('takes the same quantiles, whatever the order of the rows', async () => {
    for (const q of [0, 0.1, 0.25, 0.5, 0.95, 0.999, 1]) {
      const sql = ({ dialect }: Engine): string =>
        `SELECT ${dialect.quantile('v', q)} AS value FROM (VALUES (3), (1), (2), (10), (7), (7), (NULL)) AS t(v)`
      expect([q, (await postgres.query(sql(postgres)))[0]]).toEqual([q, (await duck.query(sql(duck)))[0]])
    }
  })

  it('hashes values alike in every run, and apart from others', async () => {
    const hash = (sql: string[]): Promise<SqlValue> => one(postgres, postgres.dialect.hash(sql))
    expect(await hash(["'a'", '1'])).toBe(await hash(["'a'", '1']))
    expect(await hash(["'a'", "'b'"])).not.toBe(await hash(["'a,b'", "''"]))
    expect(await hash(['NULL::text'])).not.toBe(await hash(["''"]))
    expect(Number(await hash(["'x'"]))).toBeGreaterThanOrEqual(0)
  })

  it('refuses the character NUL, which would end the statement', () => {
    expect(() => postgres.dialect.literal("a\0'; x")).toThrow('holds the character NUL')
  })

  it.each([15, 16])('tells JSON from other texts in version %i', async (version) => {
    const { isJson } = postgresDialect({ version })
    if (version === 16 && Number(await one(postgres, "current_setting('server_version_num')::integer")) < 160000) return

    const right = [
      '0',
      '-1.5e+3',
      '""',
      '"a\\u00e4\\n\\""',
      'true',
      ' [ ] ',
      '[1, [2, {"a": null}], "]"]',
      '{"a":{"b":[{}]},"c":"}"}',
      '{"a":1,"a":2}',
    ]
    const wrong = [
      '',
      ' ',
      '01',
      '1.',
      '.5',
      '+1',
      '1 2',
      '[1 2]',
      '[1]2',
      '1[]',
      '[[]',
      '{"a"}',
      '{a:1}',
      '{"a":1 "b":2}',
      '"\t"',
      '"\\x"',
      "'a'",
      'nul',
      'trueфalse',
      '"a',
      '[1]]',
      '0""',
      '{"a":"b}',
    ]
    const found = async (texts: string[]): Promise<string[]> => {
      const [row] = await postgres.query(
        `SELECT ${texts.map((text, index) => `${isJson(postgres.dialect.literal(text))} AS v${index}`).join(', ')}`,
      )
      return texts.filter((_, index) => row?.[`v${index}`] === true)
    }
    expect(await found(right)).toEqual(right)
    expect(await found(wrong)).toEqual([])
    await sameFor([...right, ...wrong], ({ dialect }, each) =>
      (dialect.name === 'postgres' ? isJson : dialect.isJson)(dialect.literal(each)),
    )
    expect(await one(postgres, isJson('NULL::text'))).toBeNull()
  })

  const texts = [
    '',
    'a',
    'A',
    'ab',
    'aab',
    'a\nb',
    'a b',
    'a\vb',
    '0',
    '12',
    'é',
    'É',
    '\u00a0',
    '_',
    '-',
    ']',
    '^',
    '\\',
    'a.b',
    'éa',
    'ſ',
    'K',
    'abcabc',
    'x@y.zz',
    '🦆',
    '\ufffd',
    '{',
    'a{,2}',
  ]
  const patterns = [
    'a',
    '^a$',
    '^a',
    'b$',
    '.',
    '^.$',
    'a.b',
    '(?s)a.b',
    '(?i)A',
    '(?is)A.B',
    '(?i)s',
    '(?i)[J-L]',
    '(?i)\\W',
    '(?i)^[^k]$',
    '^[\\D]$',
    '(?i)^[\\W\\d]$',
    '[^\\S\\w]',
    '\\d',
    '\\D',
    '\\w',
    '^\\W$',
    '\\s',
    '\\S',
    '[\\d_]',
    '[^\\w]',
    '[^a]',
    '[a-c]+',
    '^[]]$',
    '[^]]',
    '[a\\]]',
    '[-a]',
    '[a-]',
    '[\\-]',
    '[\\^]',
    '^[\\\\]$',
    '[[:alpha:]]',
    '[^[:space:]]',
    '[[:punct:]]',
    'a|b',
    '^(a|b)+$',
    '^(?:ab)*$',
    '(?P<x>a)b',
    'a{2}',
    'a{1,}',
    '^a{0,1}$',
    'a{,2}',
    '\\{',
    '{',
    '(abc){2}',
    'a+?',
    'a*?b',
    'a??b',
    '\\ba',
    'a\\b',
    '\\Bb',
    '\\Aab\\z',
    '\\x61',
    '\\x{e9}',
    '[\\x{80}-\\x{10ffff}]',
    '\\x{FFFD}',
    'é',
    '[é-ë]',
    '^$',
    '()',
    'a||b',
    '(|a)b',
    '\\.',
    '\\t|\\n',
    '^\\S+@\\S+$',
    '🦆',
    '^[^\\n]$',
    "'",
    '(((a)))',
  ]

  it('finds what RE2 finds', async () => {
    for (const pattern of patterns) {
      await sameFor(
        texts.map((text) => ({ pattern, text })),
        ({ dialect }, each) => dialect.matches(`CAST(${dialect.literal(each.text)} AS VARCHAR)`, each.pattern),
      )
    }
  })

  it('finds what RE2 finds in patterns that nobody thought of', async () => {
    const part = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '^', '$', '\\b', '(a|b)', '(?:ab)', ' ')
    const repeat = fc.constantFrom('', '', '*', '+', '?', '{2}', '{0,2}', '*?')
    const piece = fc.tuple(part, repeat).map(([what, times]) => (/^(\^|\$|\\b)$/.test(what) ? what : what + times))
    const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', '\n'), maxLength: 6 })
    const cases = fc.sample(fc.tuple(pattern, text), { numRuns: 600, seed: 11 })
    await sameFor(cases, ({ dialect }, [each, value]) => dialect.matches(dialect.literal(value), each))
  })

  it('refuses patterns whose meaning would change, with a sentence', () => {
    const refused = [
      '(?<x>a)b',
      '(?=a)',
      '(?!a)',
      '(?<=a)',
      '(a)\\1',
      '\\pL',
      '\\p{Greek}',
      'a(?i)b',
      '(?i:a)',
      '(?m)^a',
      '(?U)a+',
      '\\Qa\\E',
      '\\C',
      '\\m',
      'a**',
      '*a',
      '^*',
      '(a',
      'a)',
      '[a',
      '[b-a]',
      '[[.a.]]',
      '[[:foo:]]',
      'a{256}',
      'a{1,300}',
      '\\',
      '\\x{0}',
      '\\x{110000}',
      '(?i)é',
      '***:a',
      '\\u0061',
      '\\8',
      '('.repeat(200) + ')'.repeat(200),
    ]
    for (const pattern of refused) {
      expect(() => postgres.dialect.matches("'x'", pattern), pattern).toThrow('cannot be carried over to PostgreSQL')
    }
  })

  it('matches in time linear in the text, whatever the pattern', async () => {
    // Backtracking would need 2^5000 steps here.
    const text = `CAST(repeat('a', 5000) || 'b' AS VARCHAR)`
    expect(await one(postgres, postgres.dialect.matches(text, '^(a+)+$'))).toBe(false)
    expect(await one(postgres, postgres.dialect.matches(text, '^(a|aa|a?)*$'))).toBe(false)
  })
})
