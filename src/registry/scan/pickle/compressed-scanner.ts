import { memorySource } from '../memory-source.ts'
import type { ByteSource, Scanned, Scanner } from '../scanner.ts'
import { type Packing, unpack, unpackHead } from '../unpack.ts'
import { isPickle } from './pickle-scanner.ts'
import { scanPickles } from './scan-pickles.ts'

/**
 * Pickles in one compressed stream, as joblib writes them. zlib and gzip are unpacked; for bz2, xz, lzma and lz4 there is no small library
 * that keeps to a budget, so that those are refused with the way out.
 */

const joblibNames = /\.(?:joblib|pkl|pickle|sav|z|gz|bz2|xz|lzma|lz4)$/i
const mostHead = 4096

type Method = { name: string; packing?: Packing; magic: readonly number[] }

const methods: Method[] = [
  { name: 'gzip', packing: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'bz2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
]

/** Files of joblib that are compressed as a whole. Archives in gzip, and files of other names, are left to others. */
export const compressedPickleScanner: Scanner = {
  format: 'joblib',
  recognises: (head, source) => {
    const method = methodOf(head)
    if (method === undefined) return false
    // Unpacked, it must be a pickle; what cannot be unpacked here is one by its name.
    if (method.packing === undefined) return joblibNames.test(source.name)
    return isPickle(unpackHead(method.packing, head, mostHead)) || /\.(?:joblib|pkl|pickle|sav|z)$/i.test(source.name)
  },
  scan: (source, context) => {
    const method = methodOf(source.read(0, 6))
    if (method?.packing === undefined)
      return refused(source, 'unknown', `It is compressed with ${method?.name}, which a scan cannot look into`)
    const found = unpack(method.packing, source.read(0, source.size), context.budget)
    if ('problem' in found) {
      return found.problem === 'damaged'
        ? refused(source, 'malformed', 'Its compressed bytes are damaged or cut off')
        : refused(source, 'unknown', 'It unpacks to more than a scan may unpack')
    }
    const { storages: _, ...scanned } = scanPickles(memorySource(source.name, found.bytes), context.allowGlobals)
    if (found.used === source.size) return { ...scanned, format: 'joblib' }
    const { findings } = refused(source, 'malformed', 'Behind the compressed pickle are bytes that belong to nothing')
    return { ...scanned, format: 'joblib', findings: [...findings, ...scanned.findings] }
  },
}

function methodOf(head: Uint8Array): Method | undefined {
  // joblib goes by the first byte alone; the two together are a multiple of 31 in every stream of zlib.
  const [first = 0, second = 0] = head
  if (first === 0x78 && (first * 256 + second) % 31 === 0) return { name: 'zlib', packing: 'zlib', magic: [] }
  return methods.find(({ magic }) => magic.every((byte, at) => head[at] === byte))
}

function refused(source: ByteSource, verdict: 'unknown' | 'malformed', message: string): Scanned {
  const help = "Save it without compression or with zlib: joblib.dump(model, file, compress=('zlib', 3))."
  return { format: 'joblib', globals: [], findings: [{ verdict, file: source.name, message: `${message}.`, help }] }
}
