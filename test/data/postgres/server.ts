import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

/** Where the server of Debian's package is. It is not on the PATH. */
const packages = '/usr/lib/postgresql'

function binaries(): string | undefined {
  if (process.env.MODELGATE_TEST_POSTGRES !== undefined) return process.env.MODELGATE_TEST_POSTGRES
  const versions = existsSync(packages) ? readdirSync(packages).map(Number).filter(Number.isInteger) : []
  const newest = versions
    .sort((one, other) => other - one)
    .find((each) => existsSync(join(packages, String(each), 'bin', 'initdb')))
  return newest === undefined ? undefined : join(packages, String(newest), 'bin')
}

/** True where a real server can be started; an error where there must be one. */
export const hasPostgres = binaries() !== undefined
if (!hasPostgres && process.env.MODELGATE_REQUIRE_POSTGRES === '1') {
  throw new Error(
    'MODELGATE_REQUIRE_POSTGRES is set, but there is no PostgreSQL server: install the package postgresql.',
  )
}

export type Server = {
  port: number
  folder: string
  /** The URL of a database for a user; of the owner without one. */
  url(database: string, user?: { name: string; password: string }): string
  /** Statements as the owner, in a database. */
  run(database: string, ...statements: string[]): Promise<void>
  /** A table of the database postgres with rows of texts, column by column. */
  load(table: string, columns: readonly string[], types: readonly string[], rows: readonly unknown[][]): Promise<void>
  /** A server command, such as a restart. */
  control(...args: string[]): void
  close(): void
}

const owner = { name: 'owner', password: 'p@ss/w:rd?&=%' }

/**
 * A private server in a temporary folder: on a free port of the loopback interface, with passwords, without waiting for the disk. A server
 * refuses to run as root: then it is the user of the package.
 */
export async function startServer(): Promise<Server> {
  const bin = binaries()
  if (bin === undefined) throw new Error('there is no PostgreSQL server')
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-postgres-'))
  const isRoot = process.getuid?.() === 0
  const data = join(folder, 'data')
  const secret = join(folder, randomBytes(4).toString('hex'))
  writeFileSync(secret, owner.password, { mode: 0o600 })
  if (isRoot) execFileSync('chown', ['-R', 'postgres', folder])
  chmodSync(folder, 0o755)
  const as = (program: string, args: readonly string[]): void => {
    const command = [...(isRoot ? ['runuser', '-u', 'postgres', '--'] : []), join(bin, program), ...args]
    // Not a pipe: the server keeps what it inherits open, and the caller would wait for its end.
    const result = spawnSync(command[0] ?? '', command.slice(1), { cwd: folder, stdio: 'ignore' })
    if (result.status !== 0) throw new Error(`${program} failed; its log is in ${folder}`)
  }
  const port = await freePort()
  as('initdb', [
    '-D',
    data,
    '-A',
    'scram-sha-256',
    '-U',
    owner.name,
    `--pwfile=${secret}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ])
  const settings = `-F -p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=40`
  const control = (...args: string[]): void => as('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), ...args])
  const start = (): void => control('-o', settings, 'start')
  start()
  const url: Server['url'] = (database, user = owner) =>
    `postgres://${user.name}:${encodeURIComponent(user.password)}@127.0.0.1:${port}/${database}`
  const connected = async (database: string, work: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client({ connectionString: url(database) })
    await client.connect()
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }
  return {
    port,
    folder,
    url,
    load: (table, columns, types, rows) =>
      connected('postgres', async (client) => {
        await client.query(`CREATE TABLE "${table}" (${columns.join(', ')})`)
        // One array for each column: a statement takes at most 65,535 parameters.
        const arrays = types.map((_, index) => rows.map((row) => row[index]))
        const list = types.map((type, index) => `(v${index})::${type}`)
        const names = types.map((_, index) => `v${index}`)
        const parameters = types.map((_, index) => `$${index + 1}::text[]`)
        await client.query(
          `INSERT INTO "${table}" SELECT ${list.join(', ')} FROM unnest(${parameters.join(', ')}) AS t(${names.join(', ')})`,
          arrays,
        )
      }),
    run: (database, ...statements) =>
      connected(database, async (client) => {
        for (const statement of statements) await client.query(statement)
      }),
    control,
    close: () => {
      control('-m', 'immediate', 'stop')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
