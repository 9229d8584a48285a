import type { ModelFacts } from '../file-scan.ts'
import type { ByteSource, ScanContext, Scanned, Scanner } from '../scanner.ts'
import { beginsWithZip, openZipEntry, readZip } from '../zip.ts'
import { beginsWithNpy, npyHeadBytes, readNpyHeader } from './npy-header.ts'
import { PickleReport } from './pickle-report.ts'
import { scanPickles, sorted } from './scan-pickles.ts'

const numbers = /^(?:float|int|uint|complex)/

/** Arrays of numpy: npy files. Arrays of objects hold a pickle, which is scanned; all others hold numbers, which are passed over. */
export const npyScanner: Scanner = {
  format: 'npy',
  recognises: (head) => beginsWithNpy(head),
  scan: (source, context) => scanNpy(source, context.allowGlobals),
}

function scanNpy(source: ByteSource, allowGlobals: readonly string[]): Scanned {
  const report = new PickleReport(source.name)
  const header = readNpyHeader(Uint8Array.from(source.read(0, npyHeadBytes)))
  if (typeof header === 'string') {
    report.add('malformed', header, { offset: 0 })
    return report.scanned('npy')
  }
  const { dtype, shape, dataOffset } = header
  const count = shape.reduce((product, side) => product * side, 1)
  const facts: ModelFacts = {
    ...(numbers.test(dtype.name) ? { parameters: count } : {}),
    dtypes: { [dtype.name]: count },
    details: { shape: shape.length === 0 ? 'scalar' : shape.join(' × ') },
  }
  if (!Number.isSafeInteger(count)) {
    report.add('malformed', 'Its header has an impossible shape', { offset: 0 })
    return report.scanned('npy')
  }
  if (dtype.objects) {
    const { findings, globals, allowed = [] } = scanPickles(source, allowGlobals, 'plain', dataOffset)
    report.include({ findings, globals, allowed })
  } else if (dataOffset + count * dtype.bytes !== source.size) {
    const what =
      dataOffset + count * dtype.bytes > source.size
        ? 'It is cut off'
        : 'Behind its numbers are bytes that belong to nothing'
    report.add('malformed', what, { offset: Math.min(dataOffset + count * dtype.bytes, source.size) })
  }
  return { ...report.scanned('npy'), facts }
}

/** Several arrays of numpy in a zip archive: npz files. */
export const npzScanner: Scanner = {
  format: 'npz',
  recognises: (head, source) => {
    if (!beginsWithZip(head)) return false
    const { entries } = readZip(source)
    return entries.length > 0 ? entries.every(({ name }) => name.endsWith('.npy')) : source.name.endsWith('.npz')
  },
  scan: (source, context) => {
    const { entries, findings } = readZip(source)
    const report = new PickleReport(source.name)
    report.include({ findings, globals: [] })
    const dtypes = new Map<string, number>()
    for (const entry of entries) {
      const scanned = scanEntry(source, entry, context)
      report.include(scanned)
      for (const [name, count] of Object.entries(scanned.facts?.dtypes ?? {})) {
        dtypes.set(name, (dtypes.get(name) ?? 0) + count)
      }
    }
    const parameters = [...dtypes].reduce((sum, [name, count]) => sum + (numbers.test(name) ? count : 0), 0)
    const details = { arrays: String(entries.length) }
    return { ...report.scanned('npz'), facts: { parameters, dtypes: sorted(dtypes), details } }
  },
}

/** numpy gives out entries that are no npy files as they are; they are scanned for what they are. */
function scanEntry(source: ByteSource, entry: Parameters<typeof openZipEntry>[1], context: ScanContext): Scanned {
  const opened = openZipEntry(source, entry, context.budget)
  if ('verdict' in opened) return { format: 'npy', findings: [opened], globals: [] }
  if (beginsWithNpy(opened.read(0, 6))) return scanNpy(opened, context.allowGlobals)
  return context.scanInside(opened)
}
