import { lstat, readlink, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { combineDigests, digestOfBytes, digestOfFile } from '../base/digest.ts'
import { isSystemError, ModelgateError } from '../base/error.ts'
import { listFiles, portablePath } from '../base/files.ts'
import { inLanes } from '../base/lanes.ts'
import type { ArtifactRecord } from './run-record.ts'

/** Who declared the path, and what to do when it is missing: both go into the error. */
export type ArtifactRole = { what: string; help: string; code: string }

/**
 * Digest, size and number of files of a declared file or folder. The digest of a folder is that of its file names and their
 * digests, so it does not depend on times, owners or the order of the file system.
 * Throws the code of `role` when there is nothing at the path.
 */
export async function describeArtifact(root: string, path: string, role: ArtifactRole): Promise<ArtifactRecord> {
  const absolute = join(root, path)
  try {
    const about = await stat(absolute)
    if (about.isFile()) return { path, digest: await digestOfFile(absolute), bytes: about.size, files: 1 }
    if (about.isDirectory()) return { path, ...(await describeFolder(absolute)) }
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      throw new ModelgateError({
        code: role.code,
        message: `${role.what} does not exist.`,
        place: { file: path },
        help: role.help,
        cause: error,
      })
    }
    if (isSystemError(error, 'EACCES', 'EPERM')) {
      throw new ModelgateError({
        code: 'files/unreadable',
        message: `${role.what} may not be read.`,
        place: { file: path },
        help: 'Check its permissions.',
        cause: error,
      })
    }
    throw error
  }
  throw new ModelgateError({
    code: 'files/not-a-file',
    message: `${role.what} is neither a file nor a folder.`,
    place: { file: path },
    help: role.help,
  })
}

/** Files that are read beside one another: with many small ones most of the time is waiting. */
const atOnce = 16

async function describeFolder(folder: string): Promise<Pick<ArtifactRecord, 'digest' | 'bytes' | 'files'>> {
  const names = await listFiles(folder, (name) => name === '.git' || name === '__pycache__')
  const digests: Record<string, string> = {}
  let bytes = 0
  await inLanes(names, atOnce, async (name) => {
    const { digest, size } = await digestOfEntry(folder, name)
    digests[name] = digest
    bytes += size
  })
  return { digest: combineDigests(digests), bytes, files: names.length }
}

/** A link to a file counts as the file (data caches link their files); any other link as the text that it holds. */
async function digestOfEntry(folder: string, name: string): Promise<{ digest: string; size: number }> {
  const path = join(folder, name)
  try {
    const about = await lstat(path)
    if (about.isFile()) return { digest: await digestOfFile(path), size: about.size }
    const target = await stat(path)
    if (target.isFile()) return { digest: await digestOfFile(await realpath(path)), size: target.size }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ELOOP')) throw error
  }
  return { digest: digestOfBytes(`link:${await readlink(path)}`), size: 0 }
}

/** True when `path` is `parent` or lies below it. Both are relative to the same folder. */
export function isWithin(path: string, parent: string): boolean {
  const plain = (text: string): string => portablePath('/', join('/', text))
  const outer = plain(parent)
  return outer === '.' || plain(path) === outer || plain(path).startsWith(`${outer}/`)
}
