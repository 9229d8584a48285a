import { randomBytes } from 'node:crypto'
import { type Dirent, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { isSystemError, ModelgateError } from './error.ts'

/** The largest text file that is read whole into memory. Larger ones are refused, not cut. */
const maxTextBytes = 512 * 1024 * 1024

/** What a file is for, in the user's words, and how to mend its absence. Both go into the error message. */
export type FileRole = {
  what: string
  help?: string /** The path as the user knows it; the path itself without it. */
  shown?: string
}

function fileError(path: string, role: FileRole, code: string, problem: string, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code,
    message: `${role.what} ${problem}.`,
    place: { file: role.shown ?? path },
    ...(role.help === undefined ? {} : { help: role.help }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * Reads a UTF-8 text file; a byte order mark is dropped.
 * Throws `files/not-found`, `files/not-a-file`, `files/too-large`, `files/encoding` or `files/unreadable`.
 */
export async function readTextFile(path: string, role: FileRole): Promise<string> {
  return decodeText(await readFileBytes(path, role), path, role)
}

/** UTF-8 bytes as text; a byte order mark is dropped. Throws `files/encoding`. */
export function decodeText(bytes: Uint8Array, path: string, asked: FileRole): string {
  const role = { ...asked, help: 'Write it in UTF-8.' }
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    throw fileError(path, role, 'files/encoding', 'is UTF-16; UTF-8 is expected')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw fileError(path, role, 'files/encoding', 'is not valid UTF-8', cause)
  }
}

/** Reads a file whole. Throws `files/not-found`, `files/not-a-file`, `files/too-large` or `files/unreadable`. */
export async function readFileBytes(path: string, role: FileRole): Promise<Uint8Array> {
  try {
    const about = await stat(path)
    if (!about.isFile()) throw fileError(path, role, 'files/not-a-file', 'is not a regular file')
    if (about.size > maxTextBytes) throw fileError(path, role, 'files/too-large', 'is larger than 512 MiB')
    return await readFile(path)
  } catch (error) {
    if (error instanceof ModelgateError) throw error
    if (isSystemError(error, 'ENOENT', 'ENOTDIR'))
      throw fileError(path, role, 'files/not-found', 'does not exist', error)
    if (isSystemError(error, 'ELOOP'))
      throw fileError(path, role, 'files/unreadable', 'is a link that leads in a circle', error)
    if (isSystemError(error, 'ENAMETOOLONG'))
      throw fileError(path, role, 'files/not-found', 'has too long a name', error)
    if (isSystemError(error, 'EACCES', 'EPERM'))
      throw fileError(path, role, 'files/unreadable', 'may not be read', error)
    throw error
  }
}

/** Why a place cannot be written, where the place is at fault and not the machine. */
const unwritable: Record<string, string> = {
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'what lies there can only be read',
  EEXIST: 'a part of its path is no folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOENT: 'no file or folder can be made there',
  EISDIR: 'a folder stands in its place',
  ENOTEMPTY: 'a folder stands in its place',
  ELOOP: 'its path holds a link that leads in a circle',
  ENAMETOOLONG: 'its name is too long',
}

/** Runs what writes at a path. Throws `files/unwritable` where the place is at fault. */
async function writing<T>(path: string, role: FileRole, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const code = isSystemError(error, ...Object.keys(unwritable)) ? error.code : undefined
    if (code === undefined) throw error
    throw fileError(path, role, 'files/unwritable', `cannot be written: ${unwritable[code]}`, error)
  }
}

/**
 * Makes a folder and those above it, and gives the uppermost that was not there before; undefined where all were. One at a time: in /proc the
 * recursive mkdir of Node.js never ends. Throws `files/unwritable`.
 */
export async function makeFolder(path: string, role: FileRole = { what: 'The folder' }): Promise<string | undefined> {
  const make = async (folder: string): Promise<string | undefined> => {
    if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return undefined
    const parent = dirname(folder)
    const first = parent === folder ? undefined : await make(parent)
    await mkdir(folder).catch(async (error: unknown) => {
      // Somebody else may have made it meanwhile.
      if (!isSystemError(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error
    })
    return first ?? folder
  }
  return await writing(path, role, async () => await make(resolve(path)))
}

/** Writes a file whole or not at all: to a neighbour first, then renamed. Makes missing folders. Throws `files/unwritable`. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  role: FileRole = { what: 'The file' },
): Promise<void> {
  await makeFolder(dirname(path), { ...role, shown: role.shown ?? path })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await writing(path, role, async () => {
    try {
      await writeFile(temporary, content, { flag: 'wx' })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

/** A path with forward slashes, relative to `root`: the form in which records and messages name files. */
export function portablePath(root: string, path: string): string {
  const shown = relative(root, resolve(root, path))
  return (shown === '' ? '.' : shown).split(sep).join('/')
}

/**
 * The path of a file of ours in a folder. Not `join` where it is needed: the bundler takes join(folder, 'report.md') for an asset as soon
 * as any folder of this repository has a file of that name.
 */
export function fileIn(folder: string, name: string): string {
  return join(folder, name)
}

/** Resolves `path` inside `root`; undefined when it would lead outside. Symbolic links are not followed. */
export function resolveInside(root: string, path: string): string | undefined {
  const resolved = resolve(root, path)
  const inside = relative(resolve(root), resolved)
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? undefined : resolved
}

/**
 * All regular files below a folder as sorted portable paths relative to it. Symbolic links are named as they are, never
 * followed: a link may lead in a circle or out of the repository.
 */
export async function listFiles(folder: string, skip: (name: string) => boolean = () => false): Promise<string[]> {
  const found: string[] = []
  const visit = async (directory: string): Promise<void> => {
    const entries: Dirent[] = await readdir(directory, { withFileTypes: true })
    for (const entry of entries) {
      if (skip(entry.name)) continue
      const path = join(directory, entry.name)
      if (entry.isDirectory()) await visit(path)
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(portablePath(folder, path))
    }
  }
  await visit(folder)
  return found.sort()
}

/** The nearest of `folder` and its parents that holds `name`; undefined when none does. */
export function findUpwards(folder: string, name: string): string | undefined {
  const path = join(folder, name)
  if (existsSync(path)) return path
  const parent = dirname(folder)
  return parent === folder ? undefined : findUpwards(parent, name)
}
