import { lstat, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { fileIn } from '../../base/files.ts'
import { isObject } from '../../base/json.ts'
import type { ExtractedFile } from './archive.ts'
import { type BindingPins, type BindingPlatform, bindingFiles } from './platform.ts'

export type CacheKey = { pins: BindingPins; platform: BindingPlatform; env: NodeJS.ProcessEnv }

/** Written as the last file. It says of which package the others are, and how large. */
export const markerName = '.complete'

export type Marker = { version: string; integrity: string; files: Record<string, ExtractedFile> }

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

/** The marker, if it is of the pinned package and names all files that this platform needs. */
export async function readMarker(folder: string, { pins, platform }: CacheKey): Promise<Marker | undefined> {
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
