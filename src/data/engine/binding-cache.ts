import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { fileIn } from '../../base/files.ts'
import { isObject, prettyJson } from '../../base/json.ts'
import { type ExtractedFile, extractFiles } from './archive.ts'
import { type BindingPins, type BindingPlatform, bindingFiles } from './platform.ts'

export type CacheKey = { pins: BindingPins; platform: BindingPlatform; env: NodeJS.ProcessEnv }

/** Written as the last file. It says of which package the others are, and how large. */
const markerName = '.complete'

type Marker = { version: string; integrity: string; files: Record<string, ExtractedFile> }

/** A temporary folder that nobody has touched for so long belongs to a process that was killed. */
const staleAfter = 60 * 60 * 1000

/** Where the unpacked engine may lie, the best place first: the tool cache of the runner, then the cache of the user. */
export function cacheFolders({ pins, platform, env }: CacheKey): string[] {
  const toolCache = absolute(env.RUNNER_TOOL_CACHE)
  return [
    ...(toolCache === undefined ? [] : [resolve(toolCache, 'modelgate-duckdb')]),
    resolve(userCache(platform, env), 'modelgate', 'duckdb'),
  ].map((folder) => resolve(folder, pins.version, platform))
}

function userCache(platform: BindingPlatform, env: NodeJS.ProcessEnv): string {
  const named = absolute(env.XDG_CACHE_HOME)
  if (named !== undefined) return named
  if (platform.startsWith('win32')) return absolute(env.LOCALAPPDATA) ?? resolve(homedir(), 'AppData', 'Local')
  return platform.startsWith('darwin') ? resolve(homedir(), 'Library', 'Caches') : resolve(homedir(), '.cache')
}

/** A relative path would lead into the workspace, where a pull request could have put anything. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined
}

/**
 * Whether a folder holds the engine whole: the marker of the pinned package, and all files with the sizes that it names. The bytes are not
 * hashed again: that would take 65 ms for 70 MB at each start, more than all the rest, and show nothing new. They were hashed before they
 * were written; a killed process leaves no folder of this name, since it is renamed to it when it is complete; and whoever can write here
 * is the user that runs modelgate, or a step of the same job, and could as well write modelgate itself.
 */
export async function isWhole(folder: string, key: CacheKey): Promise<boolean> {
  const marker = await readMarker(folder, key)
  if (marker === undefined) return false
  for (const [name, { bytes }] of Object.entries(marker.files)) {
    const about = await lstat(fileIn(folder, name)).catch(() => undefined)
    if (about === undefined || !about.isFile() || about.size !== bytes) return false
  }
  return true
}

/** Whether the bytes are still those that were unpacked. Asked when the engine does not load: a machine that lost power can leave a file with its size but without its content. */
export async function isIntact(folder: string, key: CacheKey): Promise<boolean> {
  const marker = await readMarker(folder, key)
  for (const [name, { sha512 }] of Object.entries(marker?.files ?? {})) {
    const hash = createHash('sha512')
    await pipeline(createReadStream(fileIn(folder, name), { highWaterMark: 1 << 20 }), hash)
    if (hash.digest('hex') !== sha512) return false
  }
  return marker !== undefined
}

/** The marker, if it is of the pinned package and names all files that this platform needs. */
async function readMarker(folder: string, { pins, platform }: CacheKey): Promise<Marker | undefined> {
  try {
    const marker: unknown = JSON.parse(await readFile(fileIn(folder, markerName), 'utf8'))
    if (!isObject(marker) || !isObject(marker.files)) return undefined
    if (marker.version !== pins.version || marker.integrity !== pins.integrity[platform]) return undefined
    const files: Record<string, ExtractedFile> = {}
    for (const name of bindingFiles(platform)) {
      const file = marker.files[name]
      if (!isObject(file) || typeof file.bytes !== 'number' || typeof file.sha512 !== 'string') return undefined
      files[name] = { bytes: file.bytes, sha512: file.sha512 }
    }
    return { version: pins.version, integrity: pins.integrity[platform], files }
  } catch {
    return undefined
  }
}

/**
 * Unpacks a verified package into the first cache folder that can be written, and returns that folder. Of several processes that do it at
 * once one wins, and the others take what it made. Throws `data/engine-archive`, or `data/engine-cache` when there is no place.
 */
export async function unpackIntoCache(tarball: Buffer, key: CacheKey): Promise<string> {
  const problems: string[] = []
  for (const folder of cacheFolders(key)) {
    try {
      await unpack(tarball, folder, key)
      return folder
    } catch (error) {
      if (
        !isSystemError(
          error,
          'EACCES',
          'EPERM',
          'EROFS',
          'ENOSPC',
          'EDQUOT',
          'ENOTDIR',
          'ENOENT',
          'EEXIST',
          'ENOTEMPTY',
        )
      )
        throw error
      problems.push(error.message)
    }
  }
  throw new ModelgateError({
    code: 'data/engine-cache',
    kind: 'tool',
    message: `The data engine was downloaded, but there is no place for it: ${problems.join('; ')}.`,
    help: 'Set XDG_CACHE_HOME to a folder that can be written and has 150 MB of space.',
  })
}

async function unpack(tarball: Buffer, folder: string, key: CacheKey): Promise<void> {
  const parent = dirname(folder)
  await mkdir(parent, { recursive: true })
  await removeStale(parent)
  const temporary = `${folder}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(temporary)
    const files = await extractFiles(tarball, bindingFiles(key.platform), temporary)
    const marker: Marker = { version: key.pins.version, integrity: key.pins.integrity[key.platform], files }
    await writeFile(fileIn(temporary, markerName), prettyJson(marker), { flag: 'wx' })
    await publish(temporary, folder, key)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Gives the folder its name, unless another process was first. */
async function publish(temporary: string, folder: string, key: CacheKey): Promise<void> {
  const mostTries = 5
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(temporary, folder)
      return
    } catch (error) {
      // Windows says EPERM or EBUSY for a folder that is there, or that a virus scanner still looks at.
      if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY', 'ENOTDIR')) throw error
      if (await isWhole(folder, key)) return
      if (tries === mostTries) throw error
    }
    await moveAside(folder)
    await pause(20 * tries)
  }
}

/** Takes a folder that is not whole out of the way. Renamed first: another process must not see it half deleted. */
export async function moveAside(folder: string): Promise<void> {
  const aside = `${folder}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await rename(folder, aside)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EPERM', 'EACCES', 'EBUSY')) return
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

/** Removes what killed processes left. Nothing depends on it, so what cannot be removed stays. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.endsWith('.tmp')) continue
    const path = resolve(parent, name)
    const about = await lstat(path).catch(() => undefined)
    if (about !== undefined && Date.now() - about.mtimeMs > staleAfter)
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}
