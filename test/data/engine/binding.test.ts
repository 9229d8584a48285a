import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { type BindingSource, discardDamaged, locateBinding, ownPackages } from '../../../src/data/engine/binding.ts'
import { cacheFolders, isWhole } from '../../../src/data/engine/binding-cache.ts'
import { bindingFiles, bindingPackage } from '../../../src/data/engine/platform.ts'
import { unpackIntoCache } from '../../../src/data/engine/unpack-binding.ts'
import { emptyFolder, pinsFor, platform, type Registry, smallPackage, startRegistry } from './registry.ts'

const bytes = await smallPackage()
const pins = pinsFor(bytes)
const unreachable = { registry: 'http://127.0.0.1:1' }

function sourceIn(cache: string, more: Partial<BindingSource> = {}): BindingSource {
  return {
    pins,
    platform,
    env: { RUNNER_TOOL_CACHE: cache, XDG_CACHE_HOME: join(cache, 'home') },
    installed: [],
    retryPause: 1,
    ...more,
  }
}

const folderIn = (cache: string): string => join(cache, 'modelgate-duckdb', pins.version, platform)

async function filled(cache: string, registry?: Registry): Promise<string> {
  const { url } = registry ?? (await startRegistry([{ send: bytes }]))
  const { file, origin } = await locateBinding({ registry: url }, sourceIn(cache))
  expect(origin).toBe('download')
  return dirname(file)
}

describe('the cache', () => {
  it('is filled by a download and used without a request from then on', async () => {
    const cache = emptyFolder()
    const registry = await startRegistry([{ send: bytes }])
    const folder = await filled(cache, registry)
    expect(folder).toBe(folderIn(cache))
    expect(readdirSync(folder).sort()).toEqual(['.complete', ...bindingFiles(platform)].sort())
    expect(readdirSync(dirname(folder))).toEqual([platform])
    expect(await locateBinding(unreachable, sourceIn(cache))).toEqual({
      file: join(folder, 'duckdb.node'),
      origin: 'cache',
    })
    expect(registry.requests).toHaveLength(1)
  })

  it('lies where the system keeps such things', () => {
    const folders = (env: NodeJS.ProcessEnv, name = platform): string[] =>
      cacheFolders({ pins, platform: name, env }).map((path) => path.replace(/^.*\.cache/, '~/.cache'))
    const end = join(pins.version, platform)
    expect(folders({ RUNNER_TOOL_CACHE: '/opt/tools', XDG_CACHE_HOME: '/x' })).toEqual([
      join('/opt/tools/modelgate-duckdb', end),
      join('/x/modelgate/duckdb', end),
    ])
    expect(folders({}, 'linux-x64')).toEqual([join('~/.cache/modelgate/duckdb', pins.version, 'linux-x64')])
    expect(folders({}, 'darwin-arm64')[0]).toContain(join('Library', 'Caches', 'modelgate'))
    expect(folders({}, 'win32-x64')[0]).toContain(join('AppData', 'Local', 'modelgate'))
    // A relative folder would lie in the workspace, where a pull request can put files.
    expect(folders({ RUNNER_TOOL_CACHE: 'tools', XDG_CACHE_HOME: '.' }, 'linux-x64')).toEqual(folders({}, 'linux-x64'))
  })

  it('goes to the next place when the tool cache cannot be written', async () => {
    const cache = emptyFolder()
    writeFileSync(join(cache, 'modelgate-duckdb'), 'in the way')
    const folder = await filled(cache)
    expect(folder).toBe(join(cache, 'home', 'modelgate', 'duckdb', pins.version, platform))
    expect((await locateBinding(unreachable, sourceIn(cache))).origin).toBe('cache')
  })

  it('says so when there is no place at all', async () => {
    const cache = emptyFolder()
    writeFileSync(join(cache, 'modelgate-duckdb'), 'in the way')
    writeFileSync(join(cache, 'home'), 'in the way')
    await expect(filled(cache)).rejects.toMatchObject({ code: 'data/engine-cache', kind: 'tool' })
  })

  it('stays empty after bytes that are not the pinned ones', async () => {
    const cache = emptyFolder()
    const registry = await startRegistry([{ send: Buffer.concat([bytes, Buffer.from('!')]) }])
    await expect(locateBinding({ registry: registry.url }, sourceIn(cache))).rejects.toMatchObject({
      code: 'data/engine-hash',
    })
    expect(readdirSync(cache)).toEqual([])
  })

  it('stays empty after a package that cannot be unpacked', async () => {
    const cache = emptyFolder()
    const page = Buffer.from('<html>')
    const registry = await startRegistry([{ send: page }])
    const locating = locateBinding({ registry: registry.url }, sourceIn(cache, { pins: pinsFor(page) }))
    await expect(locating).rejects.toMatchObject({ code: 'data/engine-archive' })
    expect(readdirSync(dirname(folderIn(cache)))).toEqual([])
  })

  test.each<[string, (folder: string) => void]>([
    ['without its marker', (folder) => writeFileSync(join(folder, '.complete'), '')],
    ['of another package', (folder) => replaceIn(folder, 'sha512-', 'sha512-A')],
    ['of another version', (folder) => replaceIn(folder, pins.version, '1.0.0')],
    ['with a file that is too short', (folder) => truncateSync(join(folder, 'duckdb.node'), 3)],
    [
      'with a marker that leaves a file out',
      (folder) => replaceIn(folder, bindingFiles(platform)[1] ?? '', 'README.md'),
    ],
  ])('takes no folder %s: it is replaced', async (_, spoil) => {
    const cache = emptyFolder()
    spoil(await filled(cache))
    expect(await isWhole(folderIn(cache), sourceIn(cache))).toBe(false)
    await expect(locateBinding(unreachable, sourceIn(cache))).rejects.toMatchObject({ code: 'data/engine-missing' })
    await filled(cache)
    expect(readFileSync(join(folderIn(cache), 'duckdb.node'), 'utf8')).toBe('the content of duckdb.node')
    expect(readdirSync(dirname(folderIn(cache)))).toEqual([platform])
  })

  it('keeps what another process made in the meantime', async () => {
    const cache = emptyFolder()
    const folder = await filled(cache)
    const { ino } = statSync(folder)
    expect(await unpackIntoCache(bytes, sourceIn(cache))).toBe(folder)
    expect(statSync(folder).ino).toBe(ino)
    expect(readdirSync(dirname(folder))).toEqual([platform])
  })

  it('takes no file that is a link', async () => {
    const cache = emptyFolder()
    const folder = await filled(cache)
    const path = join(folder, 'duckdb.node')
    copyFileSync(path, join(cache, 'elsewhere'))
    rmSync(path)
    symlinkSync(join(cache, 'elsewhere'), path)
    expect(await isWhole(folder, sourceIn(cache))).toBe(false)
  })

  it('loses a folder whose bytes changed, when its engine does not load', async () => {
    const cache = emptyFolder()
    const folder = await filled(cache)
    const binding = await locateBinding(unreachable, sourceIn(cache))
    expect(await discardDamaged(binding, sourceIn(cache))).toBe(false)
    writeFileSync(join(folder, 'duckdb.node'), 'the content of duckdb.NODE')
    expect(await isWhole(folder, sourceIn(cache))).toBe(true)
    expect(await discardDamaged({ ...binding, origin: 'engine-path' }, sourceIn(cache))).toBe(false)
    expect(await discardDamaged(binding, sourceIn(cache))).toBe(true)
    expect(readdirSync(dirname(folder))).toEqual([])
  })

  it('takes nothing from what a killed process left, and clears it away when it is old', async () => {
    const cache = emptyFolder()
    const parent = dirname(folderIn(cache))
    for (const name of [`${platform}.old.tmp`, `${platform}.new.tmp`]) {
      mkdirSync(join(parent, name), { recursive: true })
      writeFileSync(join(parent, name, 'duckdb.node'), 'half')
    }
    const hours = Date.now() / 1000 - 2 * 3600
    utimesSync(join(parent, `${platform}.old.tmp`), hours, hours)
    await filled(cache)
    expect(readdirSync(parent).sort()).toEqual([platform, `${platform}.new.tmp`].sort())
  })
})

function replaceIn(folder: string, from: string, to: string): void {
  const path = join(folder, '.complete')
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

describe('a path of the user', () => {
  const packed = (folder: string, manifest: object = { version: pins.version }): string => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'duckdb.node'), '')
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    return folder
  }

  it('may be the package, a folder of packages, or the module itself', async () => {
    const modules = emptyFolder()
    const folder = packed(join(modules, bindingPackage(platform)))
    const found = { file: join(folder, 'duckdb.node'), origin: 'engine-path' }
    for (const enginePath of [modules, folder, join(folder, 'duckdb.node')]) {
      expect(await locateBinding({ ...unreachable, enginePath }, sourceIn(modules))).toEqual(found)
      const source = sourceIn(modules)
      const env = { ...source.env, MODELGATE_DUCKDB: enginePath }
      expect(await locateBinding({ ...unreachable, enginePath: '' }, { ...source, env })).toEqual(found)
    }
  })

  it('wins over everything else', async () => {
    const folder = packed(join(emptyFolder(), 'mine'))
    const modules = emptyFolder()
    packed(join(modules, bindingPackage(platform)))
    const cache = emptyFolder()
    await filled(cache)
    const env = { ...sourceIn(cache).env, MODELGATE_DUCKDB: modules }
    const source = sourceIn(cache, { installed: [modules], env })
    expect(await locateBinding({ enginePath: folder }, source)).toMatchObject({ file: join(folder, 'duckdb.node') })
  })

  test.each([
    ['that does not exist', 'nowhere', 'does not exist'],
    ['without the module', '.', 'holds no duckdb.node'],
    ['to another file', 'package.json', 'holds no duckdb.node'],
  ])('%s is refused, not passed over', async (_, name, message) => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'package.json'), '{}')
    const cache = emptyFolder()
    await filled(cache)
    const locating = locateBinding({ enginePath: join(folder, name) }, sourceIn(cache))
    await expect(locating).rejects.toMatchObject({
      code: 'data/engine-path',
      kind: 'user',
      message: expect.stringContaining(message),
      help: expect.stringContaining(`${bindingPackage(platform)}@${pins.version}`),
    })
  })

  it('to a package of another version is refused before it is loaded', async () => {
    const enginePath = packed(join(emptyFolder(), 'old'), { version: '1.4.0-r.1' })
    await expect(locateBinding({ enginePath }, sourceIn(enginePath))).rejects.toMatchObject({
      code: 'data/engine-version',
      message: expect.stringMatching(/1\.4\.0-r\.1.*1\.5\.5-r\.5/),
    })
  })
})

describe('an installed engine', () => {
  it('is taken before the cache, and only from the folders of modelgate', async () => {
    const modules = emptyFolder()
    mkdirSync(join(modules, bindingPackage(platform)), { recursive: true })
    const file = join(modules, bindingPackage(platform), 'duckdb.node')
    writeFileSync(file, '')
    const cache = emptyFolder()
    await filled(cache)
    expect(await locateBinding(unreachable, sourceIn(cache, { installed: [emptyFolder(), modules] }))).toEqual({
      file,
      origin: 'installed',
    })
    expect((await locateBinding(unreachable, sourceIn(cache))).origin).toBe('cache')
  })

  test.each([
    [
      'an action',
      '/runner/_actions/o/modelgate/v1/dist/123.index.js',
      ['/runner/_actions/o/modelgate/v1/node_modules'],
    ],
    ['its first chunk', '/a/modelgate/dist/index.js', ['/a/modelgate/node_modules']],
    [
      'a package',
      '/p/node_modules/modelgate/dist/12.index.js',
      ['/p/node_modules/modelgate/node_modules', '/p/node_modules'],
    ],
    // Never /workspace/node_modules: that is the pull request's.
    ['a folder of the workspace', '/workspace/.modelgate/dist/1.index.js', ['/workspace/.modelgate/node_modules']],
    ['the source', '/src/modelgate/src/data/engine/binding.ts', ['/src/modelgate/node_modules']],
  ])('is looked for beside %s', (_, here, folders) => {
    expect(ownPackages(here)).toEqual(folders)
  })

  it('is found from here', () => {
    expect(ownPackages().map((path) => basename(path))).toContain('node_modules')
  })
})
