import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { digestOfFile } from '../../base/digest.ts'
import { resolveInside } from '../../base/files.ts'
import { inLanes } from '../../base/lanes.ts'

/** A folder that somebody sent: what lies in it, and digests of it. */

export type Entry = { path: string; kind: 'file' | 'link' | 'other' }

/**
 * Everything below a folder but folders, sorted by name in each, and the folders that have nothing in them; `skip` gets paths relative to it. Links are named,
 * never followed.
 */
export async function walk(
  folder: string,
  skip: (path: string) => boolean = () => false,
): Promise<{ entries: Entry[]; empty: string[] }> {
  const found: Entry[] = []
  const empty: string[] = []
  const visit = async (inside: string): Promise<void> => {
    const entries = await readdir(join(folder, inside), { withFileTypes: true })
    if (entries.length === 0 && inside !== '') empty.push(inside)
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`
      if (skip(path)) continue
      if (entry.isDirectory()) await visit(path)
      else found.push({ path, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other' })
    }
  }
  await visit('')
  return { entries: found, empty }
}

/** Files that are read beside one another. */
const atOnce = 16

/** Digests of files below a folder, each read once. Links are followed to files of the folder only; undefined for what cannot be read. */
export class Digests {
  readonly #folder: string
  readonly #only: string | undefined
  #top: Promise<string> | undefined
  readonly #known = new Map<string, Promise<string | undefined>>()

  /** `only`: the one file that is meant, whatever it is called. */
  constructor(folder: string, only?: string) {
    this.#folder = folder
    this.#only = only
  }

  of(path: string): Promise<string | undefined> {
    const found =
      this.#known.get(path) ?? this.#path(path).then((real) => (real === undefined ? undefined : digestOfFile(real)))
    this.#known.set(path, found)
    return found
  }

  /** Reads these files, several beside one another. */
  async readAll(paths: readonly string[]): Promise<void> {
    await inLanes(paths, atOnce, async (path) => void (await this.of(path)))
  }

  /** Of the bytes from `start` to before `end`. */
  async ofPart(path: string, start: number, end: number): Promise<string | undefined> {
    const real = await this.#path(path)
    if (real === undefined || end <= start) return undefined
    const hash = createHash('sha256')
    await pipeline(createReadStream(real, { start, end: end - 1, highWaterMark: 1 << 20 }), hash)
    return `sha256:${hash.digest('hex')}`
  }

  async size(path: string): Promise<number | undefined> {
    const real = await this.#path(path)
    return real === undefined ? undefined : (await stat(real)).size
  }

  async #path(path: string): Promise<string | undefined> {
    this.#top ??= realpath(this.#folder)
    const top = await this.#top
    const real = await realpath(join(top, this.#only ?? path)).catch(() => undefined)
    if (real === undefined || (real !== top && resolveInside(top, real) === undefined)) return undefined
    return (await stat(real)).isFile() ? real : undefined
  }
}
