import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { fileIn } from '../../base/files.ts'
import { prettyJson } from '../../base/json.ts'
import { extractFiles } from './archive.ts'
import { type CacheKey, cacheFolders, isWhole, type Marker, markerName, readMarker } from './binding-cache.ts'
import { bindingFiles } from './platform.ts'

/** A temporary folder that nobody has touched for so long belongs to a process that was killed. */
const staleAfter = 60 * 60 * 1000

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
