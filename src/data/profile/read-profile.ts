import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ModelgateError } from '../../base/error.ts'
import { readTextFile, resolveInside } from '../../base/files.ts'
import type { NamedData } from '../session.ts'
import { type DataProfile, looksLikeProfile, parseProfile } from './data-profile.ts'

const headBytes = 200

/** The profile at a path; undefined where something else than a profile is meant. Throws `data/profile` for a damaged one. */
export async function readProfile(
  data: NamedData,
  root: string,
  within: string | undefined,
): Promise<DataProfile | undefined> {
  const path = pathOf(data, root, within)
  if (path === undefined || !('path' in data)) return undefined
  // Data may be called .json as well, and be large.
  const head = await headOf(path)
  if (head !== undefined && !looksLikeProfile(head)) return undefined
  const text = await readTextFile(path, {
    what: `The reference "${data.name}"`,
    help: 'Name data, or a profile that `modelgate data profile` wrote.',
    shown: data.path,
  })
  return looksLikeProfile(text) ? parseProfile(text, data.path) : undefined
}

/** A profile is JSON, and would be taken for data of one row. Throws `data/profile-as-data`. */
export async function refuseProfile(data: NamedData, root: string, within: string | undefined): Promise<void> {
  const path = pathOf(data, root, within)
  const head = path === undefined ? undefined : await headOf(path)
  if (head === undefined || !looksLikeProfile(head)) return
  throw new ModelgateError({
    code: 'data/profile-as-data',
    message: `${data.name} is a profile of data, and not data.`,
    help: 'A profile can only be the reference of drift; in `modelgate data drift` the reference comes first.',
  })
}

function pathOf(data: NamedData, root: string, within: string | undefined): string | undefined {
  if (!('path' in data) || !/\.json$/i.test(data.path)) return undefined
  const path = resolve(root, data.path)
  return within !== undefined && resolveInside(within, path) === undefined ? undefined : path
}

/** The first characters of a file; undefined where it cannot be read. */
async function headOf(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}
