import { type Dirent, lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError, ModelgateError } from '../../base/error.ts'
import { portablePath } from '../../base/files.ts'

/** What lies at a place of the model. Only files are opened. */
export type Entry = { path: string; name: string; kind: 'file' | 'link' | 'special' }

const mostDepth = 100

/**
 * All files of some files and folders, each once, ordered by name. Links are named and never followed.
 * Throws `scan/not-found` and `scan/too-deep`.
 */
export async function entriesOf(paths: readonly string[], root: string): Promise<Entry[]> {
  const found = new Map<string, Entry>()
  const add = (path: string, kind: Entry['kind']): void => {
    const name = portablePath(root, path)
    found.set(name, { path, name, kind })
  }
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > mostDepth) {
      throw new ModelgateError({
        code: 'scan/too-deep',
        message: `Folders lie in one another more than ${mostDepth} deep.`,
        place: { file: portablePath(root, folder) },
        help: 'Name the folder of the model itself.',
      })
    }
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await visit(path, depth + 1)
      else add(path, kindOf(entry))
    }
  }
  for (const path of paths) {
    const about = lookUp(path, root)
    if (about.isDirectory()) await visit(path, 0)
    else add(path, kindOf(about))
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isSymbolicLink'>): Entry['kind'] {
  return entry.isSymbolicLink() ? 'link' : entry.isFile() ? 'file' : 'special'
}

function lookUp(path: string, root: string): ReturnType<typeof lstatSync> & object {
  try {
    return lstatSync(path)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP')) throw error
    throw new ModelgateError({
      code: 'scan/not-found',
      message: 'There is no such file or folder.',
      place: { file: portablePath(root, path) },
      help: 'Name the file or folder that the training wrote.',
      cause: error,
    })
  }
}
