import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindingPins } from '../../../src/data/engine/binding-pins.ts'
import { bindingFiles } from '../../../src/data/engine/platform.ts'
import { startProxy } from '../../e2e/http-proxy.ts'
import { cleanEnvironment } from '../../e2e/spawn.ts'
import type { ProbeInput, ProbeOutput } from './probe.ts'
import { probeBundle } from './probe-bundle.ts'
import {
  emptyFolder,
  installedPackage,
  nodeModules,
  pinsFor,
  platform,
  realPackage,
  startRegistry,
} from './registry.ts'

// Real processes that load the real engine: packed again from what is installed, served by a registry on this machine.
const bytes = await realPackage()
const pins = pinsFor(bytes)
const version = `v${bindingPins.version.replace(/-.*/, '')}`
const scratch = mkdtempSync(join(tmpdir(), 'modelgate-engine-bundle-'))
const bundled = await probeBundle()
const source = join(import.meta.dirname, 'probe.ts')
const bundle = join(scratch, 'run.mjs')

beforeAll(() => {
  writeFileSync(
    bundle,
    `import { run } from ${JSON.stringify(pathToFileURL(join(bundled, 'index.js')).href)}\nawait run()\n`,
  )
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

type Ended = { exitCode: number | null; stdout: string; stderr: string }
type Started = { child: ChildProcess; ended: Promise<Ended> }

function start(program: string, input: ProbeInput, env: Record<string, string>, ...flags: string[]): Started {
  const child = spawn(process.execPath, [...flags, program, JSON.stringify({ pins, ...input })], {
    env: cleanEnvironment(env),
    cwd: scratch,
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (exitCode) => resolve({ exitCode, ...output })))
  return { child, ended }
}

async function answer({ ended }: Started): Promise<ProbeOutput> {
  const { exitCode, stdout, stderr } = await ended
  expect([exitCode, stderr]).toEqual([0, ''])
  const output = JSON.parse(stdout) as ProbeOutput
  expect(output.rows).toEqual([{ total: 45, version }])
  return output
}

const cacheEnv = (cache: string): Record<string, string> => ({
  RUNNER_TOOL_CACHE: cache,
  XDG_CACHE_HOME: join(cache, 'home'),
})
const folderIn = (cache: string): string => join(cache, 'modelgate-duckdb', pins.version, platform)

describe.each([
  ['from source', source],
  ['as a bundle', bundle],
])('a process %s', (_, program) => {
  it('downloads the engine once, and takes it from the cache the second time', async () => {
    const cache = emptyFolder()
    const registry = await startRegistry([{ send: bytes }])
    const input = { registry: registry.url }
    expect((await answer(start(program, input, cacheEnv(cache)))).progress).toBe(bytes.length)
    const second = await answer(start(program, input, cacheEnv(cache)))
    expect(second.progress).toBe(0)
    expect(registry.requests).toHaveLength(1)
    // And no other copy with it.
    const files = bindingFiles(platform).map((name) => realpathSync(join(folderIn(cache), name)))
    expect(second.loaded.map((path) => realpathSync(path)).sort()).toEqual(files.sort())
    // Nor in the process that asks, which what happens there cannot harm.
    expect(second.own).toEqual([])
  })

  it.each([
    ['the package', installedPackage],
    ['a node_modules folder', nodeModules],
    ['the module', join(installedPackage, 'duckdb.node')],
  ])('takes the engine from %s', async (__, enginePath) => {
    const cache = emptyFolder()
    const unreachable = 'http://127.0.0.1:1'
    await answer(start(program, { enginePath, registry: unreachable }, cacheEnv(cache)))
    await answer(start(program, { registry: unreachable }, { ...cacheEnv(cache), MODELGATE_DUCKDB: enginePath }))
    expect(readdirSync(cache)).toEqual([])
  })

  it('refuses an engine of another version', async () => {
    const foreign = { ...pins, version: '1.4.9-r.1' }
    const enginePath = join(installedPackage, 'duckdb.node')
    const { exitCode, stderr } = await start(program, { pins: foreign, enginePath }, {}).ended
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('[data/engine-version]')])
    expect(stderr).toContain(`has version ${version}, and this version of modelgate needs 1.4.9-r.1`)
  })

  it('says how to get the engine when it cannot be had', async () => {
    const { exitCode, stdout, stderr } = await start(
      program,
      { registry: 'http://127.0.0.1:1' },
      cacheEnv(emptyFolder()),
    ).ended
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^The data engine, DuckDB, is not on this machine .* \[data\/engine-missing\]\n {2}Allow .*engine-path/,
    )
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  it('says what is wrong with an engine that does not load', async () => {
    const folder = emptyFolder()
    cpSync(join(installedPackage, 'duckdb.node'), join(folder, 'duckdb.node'))
    const { exitCode, stderr } = await start(program, { enginePath: folder }, {}).ended
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('[data/engine-load]')])
  })

  it('repairs a cache that lost bytes', async () => {
    const cache = emptyFolder()
    const registry = await startRegistry([{ send: bytes }])
    const input = { registry: registry.url }
    await answer(start(program, input, cacheEnv(cache)))
    const path = join(folderIn(cache), 'duckdb.node')
    writeFileSync(path, Buffer.alloc(statSync(path).size))
    await answer(start(program, input, cacheEnv(cache)))
    expect(registry.requests).toHaveLength(2)
    expect(readdirSync(dirname(folderIn(cache)))).toEqual([platform])
  })
})

describe('several processes', () => {
  it.each([
    ['an empty cache', 8, () => {}],
    ['a folder that a crash left', 3, (folder: string) => mkdirSync(join(folder, '.complete'), { recursive: true })],
  ])('that start at once on %s all get the engine, and leave one folder', async (_, count, prepare) => {
    const cache = emptyFolder()
    prepare(folderIn(cache))
    const registry = await startRegistry([{ send: bytes }])
    const started = Array.from({ length: count }, () => start(bundle, { registry: registry.url }, cacheEnv(cache)))
    for (const each of started) await answer(each)
    expect(readdirSync(dirname(folderIn(cache)))).toEqual([platform])
    expect(readdirSync(folderIn(cache)).sort()).toEqual(['.complete', ...bindingFiles(platform)].sort())
  })

  it('of which one was killed while it unpacked do not take what it left', async () => {
    const cache = emptyFolder()
    const parent = dirname(folderIn(cache))
    const registry = await startRegistry([{ send: bytes }])
    const { child, ended } = start(bundle, { registry: registry.url }, cacheEnv(cache))
    const unpacking = (): boolean => existsSync(parent) && readdirSync(parent).some((name) => name.endsWith('.tmp'))
    while (child.exitCode === null && !unpacking()) await pause(1)
    child.kill('SIGKILL')
    await ended
    const left = readdirSync(parent)
    expect(left).toEqual([expect.stringMatching(/\.tmp$/)])
    await answer(start(bundle, { registry: registry.url }, cacheEnv(cache)))
    expect(registry.requests).toHaveLength(2)
    // It may still be at work for all that anybody knows; an hour later it is not.
    expect(readdirSync(parent).sort()).toEqual([platform, ...left].sort())
    const old = Date.now() / 1000 - 7200
    utimesSync(join(parent, left[0] ?? ''), old, old)
    rmSync(folderIn(cache), { recursive: true })
    await answer(start(bundle, { registry: registry.url }, cacheEnv(cache)))
    expect(readdirSync(parent)).toEqual([platform])
  })
})

describe('a registry that speaks https', () => {
  it('is reached directly and through a proxy, and only with a certificate that is trusted', async () => {
    const folder = emptyFolder()
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=registry.corp.test', '-addext', 'subjectAltName=DNS:registry.corp.test,IP:127.0.0.1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', ...subject],
      { stdio: 'ignore' },
    )
    const registry = await startRegistry([{ send: bytes }], { key: readFileSync(key), cert: readFileSync(cert) })
    const proxy = await startProxy({ 'registry.corp.test': registry.port })
    const trusting = { NODE_EXTRA_CA_CERTS: cert, https_proxy: proxy.url }
    const input = { registry: 'https://registry.corp.test' }

    await answer(start(bundle, input, { ...trusting, ...cacheEnv(emptyFolder()) }))
    expect(proxy.passed).toEqual(['CONNECT registry.corp.test:443'])
    await answer(start(bundle, { registry: registry.url }, { ...trusting, ...cacheEnv(emptyFolder()) }))
    expect(registry.requests).toHaveLength(2)

    const { exitCode, stderr } = await start(bundle, input, { https_proxy: proxy.url, ...cacheEnv(emptyFolder()) })
      .ended
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('self-signed certificate')])
    expect(registry.requests).toHaveLength(2)
  })
})

describe('the bundle', () => {
  const filesWith = (text: string): string[] =>
    readdirSync(bundled).filter(
      (name) => name.endsWith('.js') && readFileSync(join(bundled, name), 'utf8').includes(text),
    )

  it('holds no native code, and its licences', () => {
    expect(
      readdirSync(bundled).filter(
        (name) => !/^(?:engine|(?:\d+\.)?index\.js|duckdb-binding\.cjs|licenses\.txt|package\.json)$/.test(name),
      ),
    ).toEqual([])
    const licenses = readFileSync(join(bundled, 'licenses.txt'), 'utf8')
    for (const name of ['@duckdb/node-api (MIT)', '@duckdb/node-bindings (MIT)', 'tar-stream (MIT)'])
      expect(licenses).toContain(name)
    expect(licenses).toContain('Stichting DuckDB Foundation')
  })

  it('loads DuckDB nowhere but in its own process, and what unpacks it only when it is needed', async () => {
    const log = join(scratch, 'loaded.txt')
    const hook = join(scratch, 'hook.mjs')
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module'
import { appendFileSync } from 'node:fs'
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context) } })
`,
    )
    const loadedWith = async (input: ProbeInput, exitCode: number): Promise<string[]> => {
      writeFileSync(log, '')
      const ended = await start(bundle, input, cacheEnv(emptyFolder()), '--import', pathToFileURL(hook).href).ended
      expect(ended.exitCode).toBe(exitCode)
      return readFileSync(log, 'utf8').split('\n')
    }
    const [engine = '', ...others] = filesWith('DuckDBInstanceCache')
    const [unpacker = ''] = filesWith('Unexpected end of data')
    expect(others).toEqual([])
    expect([engine, unpacker]).not.toContain('index.js')
    const names = async (input: ProbeInput, exitCode: number): Promise<boolean[]> => {
      const loaded = await loadedWith(input, exitCode)
      expect(loaded.some((url) => url.endsWith('dist/index.js'))).toBe(true)
      return [engine, unpacker].map((name) => loaded.some((url) => url.endsWith(`/${name}`)))
    }
    expect(await names({ enginePath: 'nowhere' }, 2)).toEqual([false, false])
    expect(await names({ enginePath: nodeModules }, 0)).toEqual([false, false])
    const registry = await startRegistry([{ send: bytes }])
    expect(await names({ registry: registry.url }, 0)).toEqual([false, true])
  })

  it('does not look for packages in the folders above it', async () => {
    const workspace = emptyFolder()
    const own = join(workspace, '.modelgate')
    cpSync(bundled, join(own, 'dist'), { recursive: true })
    mkdirSync(join(workspace, 'node_modules', '@duckdb'), { recursive: true })
    cpSync(installedPackage, join(workspace, 'node_modules', '@duckdb', `node-bindings-${platform}`), {
      recursive: true,
    })
    writeFileSync(join(own, 'run.mjs'), "import { run } from './dist/index.js'\nawait run()\n")
    const output = await answer(start(join(own, 'run.mjs'), { enginePath: nodeModules }, {}))
    expect(output.installed).toEqual([join(own, 'node_modules')])
  })
})
