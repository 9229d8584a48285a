import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { resolveInside } from '../../base/files.ts'
import type { Bundle, BundleFile } from '../bundle/bundle.ts'

/** Versions are folders, tags and parts of addresses. */
const versionPattern = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}$/

/**
 * Refuses names that would lead a channel, or who fetches from it, out of the folder. Spaces and letters of any script are fine. Throws
 * `channel/bad-name`, or `channel/empty` for a bundle without files.
 */
export function checkNames(bundle: Bundle): void {
  if (!versionPattern.test(bundle.version) || bundle.version.includes('..')) throw badName('version', bundle.version)
  if (bundle.files.length === 0)
    throw new ModelgateError({
      code: 'channel/empty',
      message: 'The bundle has no files: there is nothing to publish.',
    })
  for (const { path } of bundle.files) if (!isSafePath(path)) throw badName('file', path)
}

/** A path as people may unpack it anywhere: relative, forward slashes, no `.` and `..`, nothing that does not show. */
function isSafePath(path: string): boolean {
  const parts = path.split('/')
  return (
    path.length <= 1024 &&
    !/[\\:]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(path) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255)
  )
}

function badName(what: string, name: string): ModelgateError {
  return new ModelgateError({
    code: 'channel/bad-name',
    message: `The ${what} name ${JSON.stringify(name.slice(0, 200))} cannot be published.`,
    help: 'Use a relative name without `..`, backslashes, colons and control characters.',
  })
}

/**
 * Opens a file of the bundle, which must be a regular file of the size that the bundle says. Throws `bundle/changed`. Links are not followed: what
 * they lead to was never scanned.
 */
export async function openBundleFile(bundle: Bundle, file: BundleFile): Promise<FileHandle> {
  const path = resolveInside(bundle.folder, file.path)
  if (path === undefined) throw badName('file', file.path)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw changedFile(file, error)
    throw error
  })
  const about = await handle.stat()
  if (about.isFile() && about.size === file.bytes) return handle
  await handle.close()
  throw changedFile(file)
}

/**
 * True for a file whose bytes follow from the run alone. A signature by the identity of a workflow is another one each time: where a bundle is visible already,
 * that of the run that made it visible stays.
 */
export function isFixed({ role }: BundleFile): boolean {
  return role !== 'signature'
}

/** The error for a file that is no longer what was scanned and judged. */
export function changedFile(file: BundleFile, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: 'bundle/changed',
    message: `${file.path} is no longer the file that was checked: it changed while it was being published.`,
    help: 'Let nothing write to the model while it is published, and run the command again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Digest of bytes `start` to `end` of an open file, in pieces of 1 MiB. */
export async function digestOfSlice(handle: FileHandle, start: number, end: number): Promise<string> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(Math.min(1 << 20, Math.max(1, end - start)))
  for (let at = start; at < end; ) {
    const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, end - at), at)
    if (bytesRead === 0) break
    hash.update(piece.subarray(0, bytesRead))
    at += bytesRead
  }
  return `sha256:${hash.digest('hex')}`
}

/** Throws `bundle/changed` unless the file still has its digest. For when a place got other bytes than it was told. */
export async function checkUnchanged(bundle: Bundle, file: BundleFile): Promise<void> {
  const handle = await openBundleFile(bundle, file)
  try {
    if ((await digestOfSlice(handle, 0, file.bytes)) !== file.digest) throw changedFile(file)
  } finally {
    await handle.close()
  }
}
