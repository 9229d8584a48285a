import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../../src/base/error.ts'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { Engine } from '../../../src/data/engine/engine.ts'

let folder: string
let engine: Engine
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-engine-'))
  await mkdir(join(folder, 'inside'))
  await writeFile(join(folder, 'inside', 'open.csv'), 'a\n1\n')
  await writeFile(join(folder, 'secret.csv'), 'a\nsecret\n')
  await symlink(join(folder, 'secret.csv'), join(folder, 'inside', 'link.csv'))
  engine = await openDuckDb({ allowedPaths: [join(folder, 'inside', 'open.csv')] })
  await engine.run('CREATE TEMP TABLE here AS SELECT 1 AS a')
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'no error',
    (error: unknown) => (error instanceof ModelgateError ? error.code : error),
  )

describe('the engine reads what it may', () => {
  it('and nothing else', async () => {
    const file = (name: string): string => join(folder, name).replaceAll("'", "''")
    expect(await engine.query(`SELECT * FROM read_csv('${file('inside/open.csv')}')`)).toEqual([{ a: 1n }])
    for (const sql of [
      `SELECT * FROM read_csv('${file('secret.csv')}')`,
      `SELECT * FROM '${file('secret.csv')}'`,
      `SELECT * FROM read_csv('${file('inside/../secret.csv')}')`,
      `SELECT * FROM read_csv('${file('inside/link.csv')}')`,
      `SELECT * FROM read_csv('${file('inside/*.csv')}')`,
      `SELECT * FROM glob('${file('*')}')`,
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_blob('/proc/self/environ')",
      "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
      "SELECT * FROM 's3://bucket/x.parquet'",
    ]) {
      expect([sql, await codeOf(engine.query(sql))]).toEqual([sql, 'data/sql'])
    }
  })

  it('and writes, attaches, loads and changes nothing', async () => {
    for (const sql of [
      `COPY here TO '${join(folder, 'out.csv')}'`,
      `COPY here TO '${join(folder, 'inside', 'open.csv')}'`,
      `EXPORT DATABASE '${join(folder, 'out')}'`,
      `ATTACH '${join(folder, 'other.db')}'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      "SET memory_limit = '100GB'",
      'SET enable_external_access = true',
      "SET allowed_paths = ['/etc/passwd']",
      'SET lock_configuration = false',
      'RESET lock_configuration',
      "PRAGMA enable_profiling = 'json'",
    ]) {
      expect([sql, await codeOf(engine.run(sql))]).toEqual([sql, 'data/sql'])
    }
    expect(existsSync(join(folder, 'out.csv'))).toBe(false)
    expect(await readFile(join(folder, 'inside', 'open.csv'), 'utf8')).toBe('a\n1\n')
  })

  it('knows nothing of the environment', async () => {
    expect(await codeOf(engine.query("SELECT getenv('PATH')"))).toBe('data/sql')
  })
})

describe('values', () => {
  it('come as they are', async () => {
    const [row] = await engine.query(
      "SELECT 9007199254740993 AS big, 0.10::DECIMAL(4, 2) AS money, 1.5::DOUBLE AS double, 'nan'::DOUBLE AS nan, DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 01:02:03.000004' AS moment, NULL AS nothing, true AS yes, 'ä' AS text",
    )
    expect(row).toEqual({
      big: 9007199254740993n,
      money: '0.10',
      double: 1.5,
      nan: Number.NaN,
      day: '2024-02-29',
      moment: '2024-02-29 01:02:03.000004',
      nothing: null,
      yes: true,
      text: 'ä',
    })
  })
})

/** Minutes of work. */
const endless = 'SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE hash(i, j) = 1'

describe('limits', () => {
  it('stop a query when time is up, and those after it', async () => {
    const short = await openDuckDb({ allowedPaths: [], timeLimit: 300 })
    try {
      const error = await short.query(endless).catch((each: unknown) => each)
      expect(error).toMatchObject({
        code: 'data/time-limit',
        message: 'The data checks took longer than their limit of 0.3 s, and were stopped.',
      })
      expect(await codeOf(short.query('SELECT 1'))).toBe('data/time-limit')
    } finally {
      await short.close()
    }
  })

  it('stop a query when somebody cancels', async () => {
    const controller = new AbortController()
    const cancellable = await openDuckDb({ allowedPaths: [], signal: controller.signal })
    try {
      const work = codeOf(cancellable.query(endless))
      controller.abort()
      expect(await work).toBe('run/cancelled')
      expect(await codeOf(cancellable.query('SELECT 1'))).toBe('run/cancelled')
    } finally {
      await cancellable.close()
    }
  })

  it('of memory let data go to disk, and leave nothing behind', async () => {
    const temporary = await mkdtemp(join(folder, 'temp-'))
    const before = process.env.RUNNER_TEMP
    process.env.RUNNER_TEMP = temporary
    try {
      const small = await openDuckDb({ allowedPaths: [], memoryLimit: 100 * 2 ** 20, threads: 2 })
      const [row] = await small.query(
        "SELECT count(*) AS n FROM (SELECT 'value ' || (i % 1500000) AS v, count(*) AS c FROM range(3000000) AS r(i) GROUP BY 1 HAVING count(*) = 2)",
      )
      expect(row?.n).toBe(1500000n)
      expect(await codeOf(small.query('SELECT list(i) FROM range(100000000) AS r(i)'))).toBe('data/memory-limit')
      await small.close()
      expect(readdirSync(temporary)).toEqual([])
    } finally {
      if (before === undefined) delete process.env.RUNNER_TEMP
      else process.env.RUNNER_TEMP = before
    }
  })

  // One function over large values asks for no permission to go on: neither interrupts nor the database's own limit reach it.
  it('of time hold inside of one function', async () => {
    const short = await openDuckDb({ allowedPaths: [], timeLimit: 300, memoryLimit: 2 ** 34 })
    const deaf = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000)) AS n"
    expect(await codeOf(short.query(deaf))).toBe('data/time-limit')
    await short.close()
  })

  it('of memory hold inside of one function', async () => {
    const small = await openDuckDb({ allowedPaths: [], memoryLimit: 100 * 2 ** 20 })
    const large = "SELECT len(list_transform(range(100000000), lambda x: repeat('a', 1000))) AS n"
    expect(await small.query(large).catch(formatError)).toMatch(
      /^The data checks took \d\.\d GB, far more than their memory limit, .*\[data\/memory-limit\]\n {2}Simplify/,
    )
    expect(await codeOf(small.query('SELECT 1'))).toBe('data/memory-limit')
    await small.close()
  })
})

describe('an engine that crashes', () => {
  it('leaves a sentence, and the next one works', async () => {
    const crashing = await openDuckDb({ allowedPaths: [] })
    const error = await crashing
      .query("SELECT json_structure(repeat('[', 1000000) || repeat(']', 1000000)) AS s")
      .catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'data/engine-ended', kind: 'tool' })
    expect(formatError(error)).toMatch(/^The process of the data engine ended unexpectedly \(SIG\w+\)\. /)
    await crashing.close()
    const next = await openDuckDb({ allowedPaths: [] })
    expect(await next.query('SELECT 1 AS a')).toEqual([{ a: 1 }])
    await next.close()
  })
})

describe('the process of the engine', () => {
  it('is used again, and nothing of the data before is left in it', async () => {
    const first = await openDuckDb({ allowedPaths: [join(folder, 'secret.csv')] })
    await first.run(`CREATE TEMP TABLE seen AS SELECT * FROM read_csv('${join(folder, 'secret.csv')}')`)
    const before = enginesOf(process.pid)
    await first.close()
    const second = await openDuckDb({ allowedPaths: [] })
    expect(enginesOf(process.pid)).toEqual(before)
    expect(await codeOf(second.query('SELECT * FROM seen'))).toBe('data/sql')
    expect(await codeOf(second.query(`SELECT * FROM read_csv('${join(folder, 'secret.csv')}')`))).toBe('data/sql')
    await second.close()
  })

  it('serves one at a time', async () => {
    const both = await Promise.all([openDuckDb({ allowedPaths: [] }), openDuckDb({ allowedPaths: [] })])
    await both[0].run('CREATE TEMP TABLE mine AS SELECT 1 AS a')
    expect(await codeOf(both[1].query('SELECT * FROM mine'))).toBe('data/sql')
    for (const each of both) await each.close()
  })

  it('knows no token, heeds no signal, and is gone with the process that it serves, even in the middle of a query', async () => {
    const program = join(folder, 'parent.mjs')
    const source = join(import.meta.dirname, '../../../src/data/engine/duckdb.ts')
    await writeFile(
      program,
      `import { openDuckDb } from ${JSON.stringify(source)}
const engine = await openDuckDb({ allowedPaths: [] })
engine.query(${JSON.stringify(endless)})
process.stdout.write('at work')
`,
    )
    const parent = spawn(process.execPath, [program], { env: { ...process.env, SECRET_TOKEN: 'hush' } })
    await once(parent.stdout, 'data')
    const [engine = 0] = enginesOf(parent.pid ?? 0)
    expect(await readFile(`/proc/${engine}/environ`, 'utf8')).not.toContain('hush')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(engine, signal)
    await pause(200)
    expect(existsSync(`/proc/${engine}`)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => existsSync(`/proc/${engine}/exe`), { timeout: 10_000 }).toBe(false)
  })
})

/** The child processes of a process, on Linux. */
function enginesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}
