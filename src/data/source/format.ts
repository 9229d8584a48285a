import { type Compression, readRange } from './bytes.ts'
import { dataError } from './data-error.ts'
import type { ResolvedSource, SourceRequest } from './source.ts'

export type Format = ResolvedSource['format']
/** `read` says more than the user did where the name of the file does: `.tsv`. */
export type FileFormat = { format: Format; compression: Compression; read: SourceRequest['read'] }

type Named = { path: string; shown: string; bytes: number }

/** File names that hold data, with the compression behind it. */
const dataName = /\.(csv|tsv|txt|jsonl|ndjson|json|parquet|pq)(?:\.(?:gz|zst|zstd))?$/i

export function isDataName(name: string): boolean {
  return dataName.test(name)
}

/** The words that `format:` takes, by the end of a file name. */
const byName: Record<string, 'csv' | 'tsv' | 'jsonl' | 'parquet'> = {
  csv: 'csv',
  txt: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
  parquet: 'parquet',
  pq: 'parquet',
}

/**
 * Tells format and compression by the first bytes, then by what the user says, then by the name. Throws `data/empty`, `data/truncated`,
 * `data/encoding` or `data/format`.
 */
export async function detectFormat(file: Named, read: SourceRequest['read']): Promise<FileFormat> {
  const place = { file: file.shown }
  if (file.bytes === 0) throw dataError('empty', 'The file is empty: it has zero bytes.', place)
  const head = await readRange(file.path, 0, 512)
  const named = read.format ?? byName[(dataName.exec(file.shown)?.[1] ?? '').toLowerCase()]
  if (starts(head, 'PAR1')) {
    await requireTail(file)
    return { format: 'parquet', compression: 'none', read }
  }
  refuseOther(head, file.shown, named === 'parquet')
  const format = named ?? (starts(head, '{') ? 'jsonl' : 'csv')
  if (format === 'parquet') throw dataError('format', 'The file does not begin as Parquet does, with PAR1.', place)
  const compression = compressionOf(head)
  if (format !== 'tsv') return { format, compression, read }
  return { format: 'csv', compression, read: { ...read, delimiter: read.delimiter ?? '\t' } }
}

/** A Parquet file ends with the word that it begins with. */
async function requireTail(file: Named): Promise<void> {
  const tail = await readRange(file.path, Math.max(4, file.bytes - 4), 4)
  if (file.bytes >= 12 && starts(tail, 'PAR1')) return
  throw dataError(
    'truncated',
    'The Parquet file was cut off: it does not end with PAR1.',
    { file: file.shown },
    'Write or copy it again.',
  )
}

function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.readUInt32LE === undefined || head.length < 4 || head.readUInt32LE(0) !== 0xfd2fb528 ? 'none' : 'zstd'
}

/** What is surely no data that can be read, by the first bytes. */
function refuseOther(head: Buffer, shown: string, parquet: boolean): void {
  const place = { file: shown }
  if (starts(head, 'version https://git-lfs'))
    throw dataError(
      'format',
      'The file is a pointer of Git LFS, not the data.',
      place,
      'Check out with "lfs: true", or run "git lfs pull".',
    )
  if (starts(head, 'PK\u0003\u0004'))
    throw dataError('format', 'The file is a zip archive or an Excel workbook.', place, 'Save it as CSV or Parquet.')
  if (starts(head, 'PARE')) throw dataError('format', 'The Parquet file is encrypted.', place)
  if (!parquet) refuseUtf16(head, shown)
}

/** Throws `data/encoding` for text that is UTF-16, or that holds NUL bytes in its beginning. */
export function refuseUtf16(head: Buffer, shown: string): void {
  const place = { file: shown, line: 1 }
  const help = 'Save it as UTF-8.'
  const [first, second] = head
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw dataError('encoding', 'The text is UTF-16; UTF-8 is expected.', place, help)
}

function starts(bytes: Buffer, text: string): boolean {
  return bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1'))
}
