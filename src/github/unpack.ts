import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Entry } from 'yauzl'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'

export type UnpackLimits = {
  /** Names of the files that are wanted; every other one is left in the archive. */
  wants: (name: string) => boolean
  /** Most entries that the archive may have, wanted or not. */
  maxEntries: number
  /** Most bytes that the wanted files may have together when unpacked. */
  maxBytes: number
}

/**
 * Unpacks the wanted files of a zip from outside into a fresh folder, and gives their names. The archive is refused as a whole when any
 * entry of it leads out of the folder, is a link or a device, stands there twice, is encrypted, or is larger than it says or than the limits.
 * Throws `github/artifact-refused`.
 */
export async function unpack(archive: string, folder: string, limits: UnpackLimits): Promise<string[]> {
  const { openPromise } = await import('yauzl')
  // Names that lead outside, sizes that lie and damaged entries are errors of the library; its text is not needed to decide.
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(
    (cause: unknown) => {
      throw refused(`is no readable zip archive (${reasonOf(cause)})`, cause)
    },
  )
  try {
    if (zip.entryCount > limits.maxEntries)
      throw refused(`has ${zip.entryCount} entries; at most ${limits.maxEntries} are taken`)
    const wanted = await chooseEntries(zip.eachEntry(), limits)
    const names: string[] = []
    for (const entry of wanted) {
      const path = join(folder, entry.fileName)
      await mkdir(dirname(path), { recursive: true })
      const content = await zip.openReadStreamPromise(entry)
      // `wx`: nothing that is there already is ever written over.
      await pipeline(content, createWriteStream(path, { flags: 'wx' }))
      names.push(entry.fileName)
    }
    return names.sort()
  } catch (error) {
    if (error instanceof ModelgateError) throw error
    throw refused(`cannot be unpacked (${reasonOf(error)})`, error)
  } finally {
    zip.close()
  }
}

/** Looks at every entry before the first byte is written. */
async function chooseEntries(entries: AsyncIterable<Entry>, { wants, maxBytes }: UnpackLimits): Promise<Entry[]> {
  const seen = new Set<string>()
  const wanted: Entry[] = []
  let bytes = 0
  for await (const entry of entries) {
    const name = entry.fileName
    if (isSpecial(entry)) throw refused(`holds a link or another special file: "${shown(name)}"`)
    if (entry.isEncrypted()) throw refused(`holds an encrypted file: "${shown(name)}"`)
    // Some file systems do not tell these apart.
    const folded = name.normalize('NFC').toLowerCase()
    if (seen.has(folded)) throw refused(`holds "${shown(name)}" twice`)
    seen.add(folded)
    if (name.endsWith('/') || !wants(name)) continue
    bytes += entry.uncompressedSize
    if (bytes > maxBytes)
      throw refused(`unpacks to more than ${Math.floor(maxBytes / 2 ** 20)} MiB, with "${shown(name)}"`)
    wanted.push(entry)
  }
  return wanted
}

const unix = 3
const [typeMask, regularFile, directory] = [0o170000, 0o100000, 0o040000]

/** Anything but a file or a folder. Systems other than Unix have no such entries, but an archive can claim to be from anywhere. */
function isSpecial({ externalFileAttributes, versionMadeBy }: Entry): boolean {
  const type = (externalFileAttributes >>> 16) & typeMask
  if (type === regularFile || type === directory) return false
  return type !== 0 || (versionMadeBy >> 8 !== unix && (externalFileAttributes & 0x400) !== 0)
}

function refused(problem: string, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-refused',
    message: `The artifact ${problem}.`,
    help: 'Nothing of it was used. Run the workflow that made it again; if its author changed how it is made, look at that change first.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function reasonOf(error: unknown): string {
  return truncate(oneLine(error instanceof Error ? error.message : String(error)), 200)
}

function shown(name: string): string {
  return truncate(oneLine(name), 100)
}
