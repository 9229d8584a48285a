import { oneLine } from '../../../base/escape.ts'
import type { ModelFacts } from '../file-scan.ts'
import type { ByteSource, ScanContext, Scanned, Scanner } from '../scanner.ts'
import { beginsWithZip, openZipEntry, readZip, type ZipEntry } from '../zip.ts'
import { PickleReport } from './pickle-report.ts'
import { type Pickles, scanPickles, sorted } from './scan-pickles.ts'
import type { Storage } from './torch-storage.ts'

/** Small texts that PyTorch puts beside the pickle. */
const notes = /^(?:version|byteorder|\.format_version|\.storage_alignment|\.data\/serialization_id)$/
const mostNote = 1024

/** Files of `torch.save` since PyTorch 1.6: a zip archive with a pickle, and one entry for each storage of numbers, which is not read. */
export const torchZipScanner: Scanner = {
  format: 'pytorch',
  recognises: (head, source) => beginsWithZip(head) && readZip(source).entries.some(({ name }) => isMainPickle(name)),
  scan: (source, context) => {
    const { entries, findings } = readZip(source)
    const report = new PickleReport(source.name)
    report.include({ findings, globals: [] })
    const roots = entries.flatMap(({ name }) => (isMainPickle(name) ? [name.slice(0, -'data.pkl'.length)] : []))
    const [root = ''] = roots
    if (roots.length > 1) report.add('malformed', 'It holds several models in one file', { offset: 0 })
    checkNames(entries, root, report)
    let main: Pickles | undefined
    for (const entry of entries) {
      if (entry.folder || (entry.name.startsWith(`${root}data/`) && entry.method === 0)) continue
      const scanned = scanEntry(source, entry, root, context)
      report.include(scanned)
      if (entry.name === `${root}data.pkl`) main = scanned as Pickles
    }
    // It is what torch.load goes by too.
    if (entries.some(({ name }) => name.toLowerCase() === `${root}constants.pkl`.toLowerCase())) {
      report.include(runsCode({ name: `${source.name}!${root}constants.pkl` }))
    }
    if (main?.storages === undefined) return report.scanned('pytorch')
    const byName = new Map(entries.map((entry) => [entry.name, entry]))
    for (const storage of main.storages.values()) {
      const name = `${root}data/${storage.key}`
      checkStorage(storage, name, byName.get(name), report)
    }
    return { ...report.scanned('pytorch'), facts: torchFacts(main) }
  },
}

function isMainPickle(name: string): boolean {
  return name === 'data.pkl' || name.endsWith('/data.pkl')
}

/** PyTorch takes the folder of the first entry for the model's, and looks entries up without regard to case. */
function checkNames(entries: readonly ZipEntry[], root: string, report: PickleReport): void {
  const lower = entries.map(({ name }) => name.toLowerCase())
  if (!/^[^/]+\/$/.test(root) || entries.some(({ name }) => !name.startsWith(root)))
    report.add('malformed', 'Not all that it holds is in the folder of the model', { offset: 0 })
  if (new Set(lower).size < lower.length)
    report.add('malformed', 'Two of its entries differ only in case, which PyTorch does not tell apart', { offset: 0 })
}

function scanEntry(source: ByteSource, entry: ZipEntry, root: string, context: ScanContext): Scanned | Pickles {
  const opened = openZipEntry(source, entry, context.budget)
  if ('verdict' in opened) return { format: 'pytorch', findings: [opened], globals: [] }
  const name = entry.name.startsWith(root) ? entry.name.slice(root.length) : entry.name
  if (/\.pkl$/.test(name)) return scanPickles(opened, context.allowGlobals, 'torch')
  if (/^code\//i.test(name)) return runsCode(opened)
  // A deflated storage is unpacked to be sure of its size, and is numbers all the same.
  if (name.startsWith('data/')) return { format: 'pytorch', findings: [], globals: [] }
  if (notes.test(name) && opened.size <= mostNote) return { format: 'pytorch', findings: [], globals: [] }
  return context.scanInside(opened)
}

/** TorchScript is a program; loading it does not run it, calling it does. */
function runsCode(opened: Pick<ByteSource, 'name'>): Scanned {
  const report = new PickleReport(opened.name)
  const help = 'Save the weights alone: torch.save(model.state_dict(), ...), or safetensors or ONNX.'
  report.add('unknown', 'It is a program of TorchScript, which a scan does not judge', { offset: 0, help })
  return report.scanned('pytorch')
}

function checkStorage(storage: Storage, name: string, entry: ZipEntry | undefined, report: PickleReport): void {
  if (entry === undefined) {
    report.add('malformed', `A tensor has no storage in the file: there is no "${oneLine(name)}"`, { offset: 0 })
  } else if (entry.size !== storage.bytes) {
    const message = `Storage "${oneLine(name)}" has another size than its tensors say`
    report.add('malformed', message, { offset: entry.offset })
  }
}

/** Parameters and types of the storages of a model. */
export function torchFacts({ storages, facts }: Pickles): ModelFacts {
  const dtypes = new Map<string, number>()
  for (const { holds, ...storage } of storages.values()) {
    const { dtype, elements } = holds ?? storage
    dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + elements)
  }
  const parameters = [...dtypes.values()].reduce((sum, count) => sum + count, 0)
  return { parameters, dtypes: sorted(dtypes), details: facts?.details ?? {} }
}
