import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanEnvironment } from '../../e2e/spawn.ts'
import { probeBundle } from '../engine/probe-bundle.ts'
import { hasPostgres, type Server, startServer } from './server.ts'

/** The client of PostgreSQL out of a bundle of the kind that modelgate ships, without a node_modules folder near it. */

let bundled: string
let server: Server

describe.skipIf(!hasPostgres)('a bundle with the client of PostgreSQL', () => {
  beforeAll(async () => {
    server = await startServer()
    await server.run('postgres', 'CREATE TABLE t (v integer)', 'INSERT INTO t VALUES (7)')
    bundled = await probeBundle()
  })
  afterAll(() => server?.close())

  const probe = (url: string) =>
    spawnSync(
      process.execPath,
      ['--input-type=module', '-e', "import('./index.js').then(({ runPostgres }) => runPostgres())"],
      {
        cwd: bundled,
        env: cleanEnvironment({ PROBE_URL: url }),
        encoding: 'utf8',
      },
    )

  it('reads a table, and stops what takes too long, without a warning', () => {
    const { stdout, stderr } = probe(server.url('postgres'))
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      rows: [{ v: '7' }],
      error: expect.stringContaining('The data checks took longer than their limit of 1 s, and were stopped.'),
    })
  })

  it('says in a sentence what is wrong', () => {
    const { status, stderr } = probe(server.url('nowhere'))
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      'The database of PROBE_URL does not exist on the server (3D000). [data/postgres-connection]',
    ])
  })

  it('holds the client once, in a chunk of its own that is small', () => {
    const chunks = readdirSync(bundled).filter((name) => name.endsWith('.js'))
    const withClient = chunks.filter((name) => readFileSync(join(bundled, name), 'utf8').includes('SCRAM-SHA-256'))
    expect(withClient).toHaveLength(1)
    expect(statSync(join(bundled, withClient[0] ?? '')).size).toBeLessThan(150_000)
  })
})
