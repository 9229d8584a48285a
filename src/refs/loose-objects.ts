import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { fileIn } from '../base/files.ts'
import { commitText } from './object-text.ts'
import { isObjectId } from './ref-name.ts'
import type { NewCommit, ObjectId } from './state-store.ts'

const compress = promisify(deflate)

/** Where objects are written: a repository of ours. */
export type ObjectPlace = { folder: string; format: 'sha1' | 'sha256' }

/** A file of a new tree, or a folder of such. */
type Node = { id: ObjectId } | { content: string } | Map<string, Node>

/**
 * Makes a commit, as git itself would: each object is a file of its own (gitrepository-layout(5)). Five processes would be needed for the same, and
 * each costs more than the writing. Files that are named by id need not be here. Throws `refs/path`.
 */
export async function writeCommit(place: ObjectPlace, { files, parents, message, time }: NewCommit): Promise<ObjectId> {
  const root = new Map<string, Node>()
  for (const [path, file] of files) {
    const parts = partsOf(path)
    const name = parts.pop() ?? ''
    let folder = root
    for (const part of parts) {
      const inner = folder.get(part) ?? new Map<string, Node>()
      if (!(inner instanceof Map)) throw invalidPath(path)
      folder.set(part, inner)
      folder = inner
    }
    if (folder.get(name) instanceof Map || ('id' in file && !isObjectId(file.id))) throw invalidPath(path)
    folder.set(name, file)
  }
  const tree = await writeTree(place, root)
  return await writeObject(place, 'commit', Buffer.from(commitText({ tree, parents: [...parents], time, message })))
}

async function writeTree(place: ObjectPlace, folder: ReadonlyMap<string, Node>): Promise<ObjectId> {
  const entries: { key: Buffer; line: Buffer }[] = []
  for (const [name, node] of folder) {
    const isFolder = node instanceof Map
    const id = isFolder
      ? await writeTree(place, node)
      : 'id' in node
        ? node.id
        : await writeObject(place, 'blob', Buffer.from(node.content))
    const line = Buffer.concat([Buffer.from(`${isFolder ? '40000' : '100644'} ${name}\0`), Buffer.from(id, 'hex')])
    // Git sorts the name of a folder as if a slash followed.
    entries.push({ key: Buffer.from(isFolder ? `${name}/` : name), line })
  }
  entries.sort((one, other) => Buffer.compare(one.key, other.key))
  return await writeObject(place, 'tree', Buffer.concat(entries.map(({ line }) => line)))
}

async function writeObject({ folder, format }: ObjectPlace, type: string, content: Buffer): Promise<ObjectId> {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])
  const id = createHash(format).update(bytes).digest('hex')
  const parent = fileIn(fileIn(folder, 'objects'), id.slice(0, 2))
  await mkdir(parent, { recursive: true })
  // The name is that of the content: what is there already is the same.
  await writeFile(fileIn(parent, id.slice(2)), await compress(bytes))
  return id
}

/** The parts of a path that every system and git itself can have. */
function partsOf(path: string): string[] {
  const parts = path.split('/')
  const isOurs =
    path.length <= 1024 && parts.every((part) => /^[\w@+=~-][\w.@+=~-]*$/.test(part) && !/^\.git$/i.test(part))
  if (!isOurs) throw invalidPath(path)
  return parts
}

function invalidPath(path: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/path',
    kind: 'tool',
    message: `"${truncate(oneLine(path), 80)}" is no path of a file in a ref.`,
  })
}
