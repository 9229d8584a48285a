import { resolve } from 'node:path'
import { readTextFile, resolveInside } from '../../base/files.ts'
import type { NamedData } from '../session.ts'
import { type DataProfile, looksLikeProfile, parseProfile } from './data-profile.ts'

/** The profile at a path; undefined where something else than a profile is meant. Throws `data/profile` for a damaged one. */
export async function readProfile(
  data: NamedData,
  root: string,
  within: string | undefined,
): Promise<DataProfile | undefined> {
  if (!('path' in data) || !/\.json$/i.test(data.path)) return undefined
  const path = resolve(root, data.path)
  if (within !== undefined && resolveInside(within, path) === undefined) return undefined
  const text = await readTextFile(path, {
    what: `The reference "${data.name}"`,
    help: 'Name data, or a profile that `modelgate data profile` wrote.',
    shown: data.path,
  })
  return looksLikeProfile(text) ? parseProfile(text, data.path) : undefined
}
