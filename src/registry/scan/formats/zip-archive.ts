import { parseJsonText } from '../../../readers/json-text.ts'
import { type Part, settleCompanions } from '../companions.ts'
import { baseNameOf } from '../cursor.ts'
import type { ScanFinding } from '../file-scan.ts'
import { type Found, scanGuarded } from '../found.ts'
import type { ByteSource, ScanContext, Scanner } from '../scanner.ts'
import { beginsWithZip, openZipEntry, readZip, type ZipEntry } from '../zip.ts'
import { scanKeras } from './keras-config.ts'
import { scanSkopsSchema } from './skops.ts'

/** Zip archives: those of Keras and skops by what they hold, all others as folders of files. */

export const zipArchive: Scanner = {
  format: 'zip',
  recognises: (head, source) => beginsWithZip(head) || /\.(?:keras|skops|zip)$/.test(baseNameOf(source)),
  scan(source, context) {
    if (baseNameOf(source).endsWith('.distcp')) return scanGuarded('zip', source, scanShard)
    const { entries, findings } = readZip(source)
    const files = entries.filter(({ folder }) => !folder)
    const format = formatOf(files, baseNameOf(source))
    return scanGuarded(format, source, (found) => {
      found.include({ format, findings, globals: [] })
      found.detail('entries', String(files.length))
      const parts = files.flatMap((entry) => scanEntry(source, entry, format, found, context))
      for (const { scanned } of settleCompanions(parts)) found.include(scanned)
      if (format === 'keras' && !files.some(({ name }) => name === 'config.json'))
        found.malformed('The file has no `config.json`, which describes a Keras model')
      if (format === 'skops' && !files.some(({ name }) => name === 'schema.json'))
        found.malformed('The file has no `schema.json`, which describes what skops saved')
      if (files.some(({ name }) => /^[^/]+\/archive_format$/.test(name))) scanExport(found)
      if (files.length === 0 && findings.length === 0) found.malformed('The archive is empty')
    })
  },
}

/** Several archives in a row, each with one tensor, which no zip reader can tell apart. */
function scanShard(found: Found): void {
  found.unknown('It is a shard of a distributed checkpoint of PyTorch, which is not read', {
    help: 'Make one file of the checkpoint with `torch.distributed.checkpoint.format_utils.dcp_to_torch_save`.',
  })
}

/** What `torch.export.save` writes: a graph of operators, which may be anybody's, with examples and constants as pickles. */
function scanExport(found: Found): void {
  found.unknown('It is a program of torch.export, which a scan does not judge', {
    help: 'Save the weights alone: torch.save(model.state_dict(), ...), or safetensors or ONNX.',
  })
}

function formatOf(files: readonly ZipEntry[], name: string): 'keras' | 'skops' | 'zip' {
  const has = (entry: string): boolean => files.some((file) => file.name === entry)
  if (name.endsWith('.keras') || (has('config.json') && has('metadata.json') && has('model.weights.h5'))) return 'keras'
  if (
    name.endsWith('.skops') ||
    (has('schema.json') && files.every((file) => /^schema\.json$|^\d+\.np[yz]$/.test(file.name)))
  )
    return 'skops'
  return 'zip'
}

function scanEntry(source: ByteSource, entry: ZipEntry, format: string, found: Found, context: ScanContext): Part[] {
  const opened = openZipEntry(source, entry, context.budget)
  if (isFinding(opened)) {
    found.include({ format, findings: [opened], globals: [] })
    return []
  }
  const inside = context.scanInside(opened)
  if (format === 'keras' && entry.name === 'config.json') {
    Object.assign(found.facts.details, inside.facts?.details)
    if (inside.format === 'json') scanKerasConfig(opened, found, context)
  }
  if (format === 'keras' && entry.name === 'model.weights.h5' && inside.facts !== undefined) {
    const { parameters, dtypes } = inside.facts
    if (parameters !== undefined) Object.assign(found.facts, { parameters, dtypes })
  }
  if (format === 'skops' && entry.name === 'schema.json') scanSkopsSchema(opened, found, context)
  return [{ name: entry.name, scanned: inside }]
}

/** Keras builds whatever the file holds, also a list, or a class without values, which by themselves do not look like a model. */
function scanKerasConfig(source: ByteSource, found: Found, context: ScanContext): void {
  try {
    scanKeras(
      parseJsonText(
        Buffer.from(source.read(0, source.size))
          .toString('utf8')
          .replace(/^\ufeff/, ''),
      ),
      found,
      context,
    )
  } catch (error) {
    // What is no JSON was found when it was scanned as a file.
    if (!(error instanceof SyntaxError)) throw error
  }
}

function isFinding(opened: ByteSource | ScanFinding): opened is ScanFinding {
  return 'verdict' in opened
}
