import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelgateError } from '../../base/error.ts'
import { fileIn } from '../../base/files.ts'
import { isObject } from '../../base/json.ts'
import { cacheFolders, isWhole } from './binding-cache.ts'
import { bindingPins } from './binding-pins.ts'
import { isBundled } from './bundled.ts'
import type { DownloadProgress, FetchOptions } from './fetch-binding.ts'
import { type BindingPins, type BindingPlatform, bindingModule, bindingPackage, bindingPlatform } from './platform.ts'

export type BindingOptions = {
  /**
   * Where the user keeps the engine: the folder of its package, a node_modules folder that holds it, or the `.node` file. Relative to the
   * working folder. Code is loaded from there: it must never come from a file that a pull request can change.
   */
  enginePath?: string
  /** npm registry to download from instead of the one that npm is set to. */
  registry?: string
  onProgress?: (progress: DownloadProgress) => void
}

/** What `locateBinding` goes by. Only tests have another than `bindingSource()`. */
export type BindingSource = Pick<FetchOptions, 'retryPause' | 'idleTimeout' | 'maxBytes'> & {
  pins: BindingPins
  platform: BindingPlatform
  env: NodeJS.ProcessEnv
  /** The node_modules folders in which modelgate's own packages lie. */
  installed: readonly string[]
}

export type Binding = {
  /** The module that Node loads, as an absolute path. */
  file: string
  origin: 'engine-path' | 'installed' | 'cache' | 'download'
}

/** This machine, this process and this copy of modelgate. Throws `data/engine-unsupported`. */
export function bindingSource(): BindingSource {
  return { pins: bindingPins, platform: bindingPlatform(), env: process.env, installed: ownPackages() }
}

/**
 * Finds the native part of DuckDB: where the user says (`enginePath`, or MODELGATE_DUCKDB), installed with modelgate, in the cache, or in the
 * registry. Throws `data/engine-path`, `data/engine-version`, `data/engine-missing`, `data/engine-hash`, `data/engine-registry`,
 * `data/engine-archive` or `data/engine-cache`.
 */
export async function locateBinding(options: BindingOptions, source: BindingSource): Promise<Binding> {
  const named = options.enginePath || source.env.MODELGATE_DUCKDB
  if (named) return { file: await namedBinding(resolve(named), source), origin: 'engine-path' }
  for (const folder of source.installed) {
    const file = fileIn(packageIn(folder, source.platform), bindingModule)
    if (existsSync(file)) return { file, origin: 'installed' }
  }
  for (const folder of cacheFolders(source)) {
    if (await isWhole(folder, source)) return { file: fileIn(folder, bindingModule), origin: 'cache' }
  }
  // Only now: the network, hashes and archives take longer to load than the rest of this takes to run.
  const [{ fetchBinding }, { unpackIntoCache }] = await Promise.all([
    import('./fetch-binding.ts'),
    import('./unpack-binding.ts'),
  ])
  const tarball = await fetchBinding({ ...source, ...options })
  return { file: fileIn(await unpackIntoCache(tarball, source), bindingModule), origin: 'download' }
}

/** Throws a damaged folder out of the cache, after its engine could not be loaded; false when it is not damaged, or not in the cache. */
export async function discardDamaged({ file, origin }: Binding, source: BindingSource): Promise<boolean> {
  if (origin !== 'cache' && origin !== 'download') return false
  const { isIntact, moveAside } = await import('./unpack-binding.ts')
  if (await isIntact(dirname(file), source)) return false
  await moveAside(dirname(file))
  return true
}

async function namedBinding(path: string, source: BindingSource): Promise<string> {
  const about = await stat(path).catch(() => undefined)
  if (about?.isFile() && path.endsWith('.node')) return path
  const folders = about?.isDirectory() ? [path, packageIn(path, source.platform)] : []
  const folder = folders.find((each) => existsSync(fileIn(each, bindingModule)))
  if (folder !== undefined) {
    await checkPackage(folder, source)
    return fileIn(folder, bindingModule)
  }
  throw new ModelgateError({
    code: 'data/engine-path',
    message: `The path for the data engine ${about === undefined ? 'does not exist' : `holds no ${bindingModule} for ${source.platform}`}.`,
    place: { file: path },
    help: `Name the unpacked package ${bindingPackage(source.platform)}@${source.pins.version}, a node_modules folder that holds it, or its ${bindingModule}.`,
  })
}

/** A package says its version itself, so that code of another one is not even loaded. */
async function checkPackage(folder: string, source: BindingSource): Promise<void> {
  const text = await readFile(fileIn(folder, 'package.json'), 'utf8').catch(() => '{}')
  const manifest: unknown = parsed(text)
  const version = isObject(manifest) ? manifest.version : undefined
  if (typeof version === 'string' && version !== source.pins.version)
    throw foreignVersion(fileIn(folder, bindingModule), version, source)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The error for an engine of another version than the pinned one. */
export function foreignVersion(file: string, version: string, { pins, platform }: BindingSource): ModelgateError {
  return new ModelgateError({
    code: 'data/engine-version',
    message: `The data engine there has version ${version}, and this version of modelgate needs ${pins.version}.`,
    place: { file },
    help: `Put ${bindingPackage(platform)}@${pins.version} there, or leave the path out: modelgate then fetches it.`,
  })
}

function packageIn(modules: string, platform: BindingPlatform): string {
  return resolve(modules, bindingPackage(platform))
}

/**
 * The node_modules folders of modelgate itself: inside of it, and around it where it is installed as a package. Not those that Node would look
 * through, up to the root of the disk: modelgate may lie in a folder of the workspace, and a pull request could plant an engine above it.
 */
export function ownPackages(here: string = fileURLToPath(import.meta.url)): string[] {
  // dist/ lies in the folder of the package; this source three folders deep.
  const own = resolve(dirname(here), isBundled(here) ? '..' : '../../..')
  const around = dirname(own)
  return [resolve(own, 'node_modules'), ...(basename(around) === 'node_modules' ? [around] : [])]
}
