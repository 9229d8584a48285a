import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatError, ModelgateError } from '../../../src/base/error.ts'
import { openPostgres, type PostgresEngine, type PostgresOptions } from '../../../src/data/engine/postgres.ts'
import { postgresAddress } from '../../../src/data/engine/postgres-address.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

const reader = { name: 'reader', password: 'read$er/@:#%é' }

let server: Server

async function opened<Result>(
  use: (engine: PostgresEngine) => Promise<Result>,
  options: Partial<PostgresOptions> & { url?: string } = {},
): Promise<Result> {
  const environment = { TEST_URL: options.url ?? server.url('postgres', reader) }
  const engine = await openPostgres({ connection: 'TEST_URL', environment, ...options })
  try {
    return await use(engine)
  } finally {
    await engine.close()
  }
}

const errorOf = (work: Promise<unknown>): Promise<ModelgateError> =>
  work.then(
    () => {
      throw new Error('nothing was thrown')
    },
    (error: unknown) => {
      if (!(error instanceof ModelgateError)) throw error
      return error
    },
  )

/** Ends only when it is stopped. */
const endless = 'SELECT count(*) FROM generate_series(1, 1000000000000) AS t(v)'

describe.skipIf(!hasPostgres)('PostgreSQL as an engine', () => {
  beforeAll(async () => {
    server = await startServer()
    await server.run(
      'postgres',
      `CREATE ROLE reader LOGIN PASSWORD '${reader.password}'`,
      'CREATE TABLE t (v integer)',
      'INSERT INTO t SELECT generate_series(1, 10)',
      'CREATE SEQUENCE s',
      'GRANT SELECT ON t TO reader',
      'GRANT ALL ON SEQUENCE s TO reader',
    )
  })
  afterAll(() => server?.close())

  describe('values', () => {
    it('come exact, and never as dates of a time zone', async () => {
      const [row] = await opened((engine) =>
        engine.query(
          "SELECT 9007199254740993 AS whole, 1 AS small, 0.10000000000000000001 AS decimal, 0.1::float8 AS number, 'NaN'::float8 AS nan, DATE '2024-01-31' AS day, TIMESTAMP '2024-01-31 10:00:00.5' AS at, TIMESTAMPTZ '2024-01-31 10:00:00+02' AS zoned, TRUE AS flag, NULL AS nothing, ARRAY['a', NULL, 'b,\"{'] AS texts, ARRAY[1, 9007199254740993] AS list, '\\x41ff5c'::bytea AS bytes, 'ä''\\' AS text",
        ),
      )
      expect(row).toEqual({
        whole: 9007199254740993n,
        small: 1,
        decimal: '0.10000000000000000001',
        number: 0.1,
        nan: Number.NaN,
        day: '2024-01-31',
        at: '2024-01-31 10:00:00.5',
        zoned: '2024-01-31 08:00:00+00',
        flag: true,
        nothing: null,
        texts: ['a', null, 'b,"{'],
        list: [1n, 9007199254740993n],
        bytes: 'A\\xFF\\x5C',
        text: "ä'\\",
      })
    })

    it('do not depend on settings of the role or the database', async () => {
      await server.run(
        'postgres',
        "ALTER ROLE reader SET DateStyle = 'SQL, DMY'",
        "ALTER ROLE reader SET TimeZone = 'Asia/Tokyo'",
        'ALTER ROLE reader SET extra_float_digits = -10',
        'ALTER ROLE reader SET standard_conforming_strings = off',
        'ALTER ROLE reader SET search_path = public, pg_catalog',
        'CREATE FUNCTION public.length(text) RETURNS integer LANGUAGE sql AS $$ SELECT 42 $$',
      )
      const [row] = await opened((engine) =>
        engine.query(
          "SELECT DATE '2024-01-31' AS day, (1::float8 / 3)::text AS third, 'a\\' AS text, length('abc'::text) AS length, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS zoned",
        ),
      )
      expect(row).toEqual({
        day: '2024-01-31',
        third: '0.3333333333333333',
        text: 'a\\',
        length: 3,
        zoned: '2024-01-01 00:00:00+00',
      })
      await server.run('postgres', 'ALTER ROLE reader RESET ALL', 'DROP FUNCTION public.length(text)')
    })
  })

  describe('the transaction', () => {
    it('shows one state of the data, whatever others write meanwhile', async () => {
      const count = async (engine: PostgresEngine): Promise<unknown> =>
        (await engine.query('SELECT count(*) AS n FROM public.t'))[0]?.n
      await opened(async (engine) => {
        await server.run('postgres', 'INSERT INTO t SELECT generate_series(11, 15)')
        expect(await count(engine)).toBe(10n)
        await server.run('postgres', 'DELETE FROM t')
        expect(await count(engine)).toBe(10n)
      })
      expect(await opened(count)).toBe(0n)
      await server.run('postgres', 'INSERT INTO t SELECT generate_series(1, 10)')
    })

    it('goes on after a statement that failed', async () => {
      await opened(async (engine) => {
        const error = await errorOf(engine.query('SELECT 1 / 0'))
        expect([error.code, error.message]).toEqual(['data/sql', 'The database refused a query: division by zero'])
        expect(await engine.query('SELECT 2 AS two')).toEqual([{ two: 2 }])
      })
    })

    it('keeps values out of errors where some are sensitive, and says what is wrong with a name all the same', async () => {
      await opened(
        async (engine) => {
          const said = async (sql: string): Promise<string> => (await errorOf(engine.query(sql))).message
          expect(await said("SELECT CAST('secret' || v AS integer) FROM public.t")).toBe(
            'The database refused a query; what it said is left out, for it may hold values of sensitive columns.',
          )
          expect(await said('SELECT nothing FROM public.t')).toContain('column "nothing" does not exist')
        },
        { discreet: true },
      )
    })

    it('takes no statement that writes, as the owner either', async () => {
      const writing = [
        'INSERT INTO public.t VALUES (1)',
        'DELETE FROM public.t',
        'CREATE TABLE public.u (v integer)',
        'CREATE TEMP TABLE u (v integer)',
        "SELECT nextval('public.s')",
        "SELECT setval('public.s', 5)",
        'SELECT v FROM public.t FOR UPDATE',
        'WITH gone AS (DELETE FROM public.t RETURNING v) SELECT * FROM gone',
        'SET TRANSACTION READ WRITE',
        "SELECT set_config('transaction_read_only', 'off', false)",
        'VACUUM public.t',
      ]
      for (const url of [server.url('postgres'), server.url('postgres', reader)]) {
        await opened(
          async (engine) => {
            for (const sql of writing) {
              const error = await errorOf(engine.query(sql))
              expect([sql, error.code]).toEqual([sql, 'data/sql'])
            }
            expect(await engine.query('SELECT count(*) AS n FROM public.t')).toEqual([{ n: 10n }])
          },
          { url },
        )
      }
    })

    it('takes one statement at a time, so that none can end it', async () => {
      await opened(async (engine) => {
        const error = await errorOf(engine.query('COMMIT; DELETE FROM public.t'))
        expect(error.message).toContain('cannot insert multiple commands')
        expect(await engine.query('SELECT count(*) AS n FROM public.t')).toEqual([{ n: 10n }])
      })
    })
  })

  describe('limits', () => {
    const running = async (): Promise<number> => {
      const engine = await openPostgres({ connection: 'X', environment: { X: server.url('postgres') } })
      const [row] = await engine.query(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%1000000000000%' AND pid <> pg_backend_pid()",
      )
      await engine.close()
      return Number(row?.n)
    }

    it('stop a statement that takes longer, and everything after it', async () => {
      await opened(
        async (engine) => {
          const error = await errorOf(engine.query(endless))
          expect([error.code, error.message]).toEqual([
            'data/time-limit',
            'The data checks took longer than their limit of 0.3 s, and were stopped.',
          ])
          expect((await errorOf(engine.query('SELECT 1'))).code).toBe('data/time-limit')
        },
        { timeLimit: 300 },
      )
      expect(await running()).toBe(0)
    })

    it('cancel a statement on the server too', async () => {
      const controller = new AbortController()
      await opened(
        async (engine) => {
          const error = errorOf(engine.query(endless))
          while ((await running()) === 0) await sleep(20)
          controller.abort()
          expect((await error).code).toBe('run/cancelled')
          expect((await errorOf(engine.query('SELECT 1'))).code).toBe('run/cancelled')
        },
        { signal: controller.signal },
      )
      expect(await running()).toBe(0)
    })

    it('say in a sentence that the connection was killed', async () => {
      await opened(async (engine) => {
        const error = errorOf(engine.query(endless))
        while ((await running()) === 0) await sleep(20)
        await server.run(
          'postgres',
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%1000000000000%' AND pid <> pg_backend_pid()",
        )
        expect(formatError(await error)).toMatch(
          /^The database of TEST_URL ended the connection while data were read( \(57P01\))?\. \[data\/postgres-connection\]/,
        )
        expect((await errorOf(engine.query('SELECT 1'))).code).toBe('data/postgres-connection')
      })
    })
  })

  describe('what is wrong with a connection', () => {
    const told = async (url: string | undefined, connection = 'TEST_URL'): Promise<string> => {
      const text = formatError(await errorOf(openPostgres({ connection, environment: { TEST_URL: url } })))
      for (const secret of [reader.password, encodeURIComponent(reader.password), 'wr0ng', '127.0.0.1'])
        expect(text).not.toContain(secret)
      return text.split('\n')[0] ?? ''
    }
    const local = (rest: string): string => `postgres://reader:wr0ng@127.0.0.1:${server.port}/${rest}`

    it('is said without the address', async () => {
      expect(await told(undefined)).toMatch(/^The environment variable TEST_URL, which names the database, is not set/)
      expect(await told('mysql://a:wr0ng@b/c')).toMatch(/^The URL in TEST_URL is no PostgreSQL URL\./)
      expect(await told('postgres://a:wr0ng%zz@b/c')).toMatch(/^The URL in TEST_URL has a % that begins no escape\./)
      expect(await told('postgres:///c')).toMatch(/^The URL in TEST_URL has no host\./)
      expect(await told('postgres://127.0.0.1/c')).toMatch(/^The URL in TEST_URL has no user\./)
      expect(await told('postgres://a:wr0ng@h/c?options=-cx%3D1')).toMatch(
        /has the setting "options", which is not known/,
      )
      expect(await told('postgres://a:wr0ng@h/c?sslmode=prefer')).toMatch(/has an sslmode other than disable/)
      expect(await told(undefined, 'postgres://a:wr0ng@b/c')).toMatch(
        /^A connection must be the name of an environment/,
      )
      expect(await told(local('postgres'))).toMatch(/does not accept the user or the password \(28P01\)\./)
      expect(await told(server.url('nowhere', reader))).toMatch(/does not exist on the server \(3D000\)\./)
      expect(await told(local('postgres').replace(':wr0ng', ''))).toMatch(/asks for a password, and the URL has none\./)
      expect(await told('postgres://reader:wr0ng@127.0.0.1:1/x')).toMatch(/cannot be reached \(ECONNREFUSED\)\./)
      expect(await told('postgres://reader:wr0ng@db.invalid/x?sslmode=disable')).toMatch(/cannot be reached \(E/)
      expect(await told(`postgres://reader:wr0ng@x/y?host=${encodeURIComponent('/nowhere')}`)).toMatch(
        /cannot be reached \(ENOENT/,
      )
    })

    it('reaches a server over its socket', async () => {
      const url = `postgres://reader:${encodeURIComponent(reader.password)}@socket/postgres?host=${encodeURIComponent(server.folder)}&port=${server.port}`
      expect(await opened((engine) => engine.query('SELECT 1 AS one'), { url })).toEqual([{ one: 1 }])
    })

    it('refuses a database that is not kept in UTF-8', async () => {
      await server.run('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
      expect(await told(server.url('latin', reader))).toMatch(/^The database of TEST_URL is kept in LATIN1\./)
    })
  })

  describe('TLS', () => {
    beforeAll(async () => {
      const [key, certificate] = [join(server.folder, 'data', 'server.key'), join(server.folder, 'data', 'server.crt')]
      execFileSync(
        'openssl',
        `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`.split(
          ' ',
        ),
        { stdio: 'ignore' },
      )
      if (process.getuid?.() === 0) execFileSync('chown', ['postgres', key, certificate])
      execFileSync('cp', [certificate, join(server.folder, 'ca.crt')])
      await server.run('postgres', 'ALTER SYSTEM SET ssl = on')
      server.control('reload')
    })
    const secured = async (host: string, settings: string): Promise<unknown> => {
      const url = server.url('postgres', reader).replace('127.0.0.1', host) + settings
      return await opened((engine) => engine.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'), {
        url,
      }).then(
        ([row]) => row?.ssl,
        (error: unknown) => (error as Error).message,
      )
    }

    it('is verified unless the URL says otherwise', async () => {
      const authority = `sslrootcert=${encodeURIComponent(join(server.folder, 'ca.crt'))}`
      const unverified =
        'The database of TEST_URL has a certificate that cannot be verified (DEPTH_ZERO_SELF_SIGNED_CERT).'
      expect(await secured('localhost', '')).toBe(false)
      expect(await secured('localhost', '?sslmode=require')).toBe(unverified)
      expect(await secured('localhost', '?sslmode=verify-full')).toBe(unverified)
      expect(await secured('localhost', `?sslmode=verify-full&${authority}`)).toBe(true)
      expect(await secured('localhost', '?sslmode=no-verify')).toBe(true)
      expect(await secured('127.0.0.1', `?sslmode=verify-full&${authority}`)).toBe(
        'The database of TEST_URL has the certificate of another host (ERR_TLS_CERT_ALTNAME_INVALID).',
      )
      expect(await secured('localhost', '?sslmode=verify-full&sslrootcert=/nowhere.crt')).toBe(
        'The file of sslrootcert does not exist.',
      )
    })

    it('is asked of every server but those on this machine', async () => {
      const ssl = async (url: string): Promise<unknown> => (await postgresAddress('X', { X: url })).ssl
      expect(await ssl('postgres://a@db.example/b')).toEqual({ rejectUnauthorized: true })
      expect(await ssl('postgres://a@10.0.0.1/b?sslmode=require')).toEqual({ rejectUnauthorized: true })
      expect(await ssl('postgres://a@db.example/b?sslmode=no-verify')).toEqual({ rejectUnauthorized: false })
      expect(await ssl('postgres://a@db.example/b?sslmode=disable')).toBe(false)
      expect(await ssl('postgres://a@[::1]/b')).toBe(false)
    })

    it('is missed where the server has none', async () => {
      await server.run('postgres', 'ALTER SYSTEM SET ssl = off')
      server.control('reload')
      expect(await secured('localhost', '?sslmode=require')).toBe('The database of TEST_URL does not speak TLS.')
    })
  })

  it('can be closed twice', async () => {
    await opened((engine) => Promise.resolve(engine.close()))
  })
})
