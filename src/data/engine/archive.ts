import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Header } from 'tar-stream'
import { ModelgateError } from '../../base/error.ts'
import { fileIn } from '../../base/files.ts'

export type ExtractedFile = { bytes: number; sha512: string }

/** Unpacked, the largest of the packages has some 120 MB. */
const mostBytes = 512 * 1024 * 1024

/**
 * Writes the named files of an npm package, `package/<name>`, into a folder that holds none of them, and nothing else. Throws
 * `data/engine-archive` for a package with a link, an unusual path or one that lacks a file: npm packs none of these.
 */
export async function extractFiles(
  tarball: Buffer,
  names: readonly string[],
  folder: string,
): Promise<Record<string, ExtractedFile>> {
  const { extract } = await import('tar-stream')
  const unpacked = extract()
  const found: Record<string, ExtractedFile> = {}
  const filling = pipeline(Readable.from([tarball]), createGunzip(), unpacked)
  const reading = (async () => {
    for await (const entry of unpacked) {
      const name = nameOf(entry.header)
      if (name === undefined || !names.includes(name)) entry.resume()
      else if (Object.hasOwn(found, name)) throw odd(`it holds ${name} twice`)
      else found[name] = await writeEntry(entry as AsyncIterable<Buffer>, fileIn(folder, name))
    }
  })()
  // Both are waited for: an error of one ends the other, and nobody would look at that.
  const outcomes = await Promise.allSettled([reading, filling])
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  const told = reasons.find((reason) => reason instanceof ModelgateError) ?? reasons[0]
  if (told !== undefined) throw isFormatError(told) ? odd('it is damaged', told) : told
  const lacking = names.filter((name) => !Object.hasOwn(found, name))
  if (lacking.length > 0) throw odd(`it lacks ${lacking.join(' and ')}`)
  return found
}

/** The name of a file that lies directly in the package; undefined for what may be there, but not in its root. */
function nameOf({ name, type, size }: Header): string | undefined {
  const path = name.replaceAll('\\', '/')
  const parts = path.replace(/\/$/, '').split('/')
  if (
    path.startsWith('/') ||
    /^[a-z]:/i.test(path) ||
    parts.some((part) => part === '..' || part === '.' || part === '')
  )
    throw odd(`it holds the path ${JSON.stringify(name)}`)
  if (type !== 'file' && type !== 'directory') throw odd(`it holds a ${type}`)
  if (size > mostBytes) throw odd('it holds a file that is too large')
  return type === 'file' && parts.length === 2 && parts[0] === 'package' ? parts[1] : undefined
}

async function writeEntry(entry: AsyncIterable<Buffer>, path: string): Promise<ExtractedFile> {
  const hash = createHash('sha512')
  let bytes = 0
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of entry) {
      bytes += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(counted, createWriteStream(path, { flags: 'wx' }))
  return { bytes, sha512: hash.digest('hex') }
}

function isFormatError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof ModelgateError) return false
  return !('code' in error) || /^(?:Z_|ERR_STREAM)/.test(String(error.code))
}

function odd(problem: string, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: 'data/engine-archive',
    kind: 'tool',
    message: `The package of the data engine is not unpacked: ${problem}.`,
    help: 'Please report it: the pinned packages are none of these.',
    ...(cause === undefined ? {} : { cause }),
  })
}
