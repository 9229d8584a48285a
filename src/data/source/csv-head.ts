import { formatCount } from '../../base/number-text.ts'
import { type Compression, readHead } from './bytes.ts'
import { problemOfFirst, splitRecords } from './csv-records.ts'
import { dataError } from './data-error.ts'
import { refuseUtf16 } from './format.ts'
import type { SourceFile, SourceRequest } from './source.ts'

/** What the first bytes of a CSV file tell. */
export type CsvHead = {
  delimiter: string
  /** Names of the columns, in the order of the file; what has no name is called by its number. */
  names: string[]
  /** Blank lines above the header. */
  skip: number
  /** Which character ends a line. */
  lineEnd: '\n' | '\r'
  /** Cells of the first rows, those that are broken left out. */
  sample: string[][]
  notes: string[]
}

/** First enough for a guess, then for any header that is meant as one. */
const [headBytes, longestHead] = [256 * 1024, 16 * 1024 * 1024]
const candidates = [',', ';', '\t', '|']

/** Reads the header of a CSV file. Throws `data/encoding`, `data/nul`, `data/empty`, `data/delimiter`,
 * `data/malformed`, `data/columns`, and what `readHead` throws. */
export async function readCsvHead(
  file: SourceFile,
  compression: Compression,
  read: SourceRequest['read'],
): Promise<CsvHead> {
  const text = await headText(file, compression)
  if (read.delimiter === read.quote)
    throw dataError('delimiter', 'The delimiter and the quote are the same character.', { file: file.shown })
  const blank = /^(?:\r?\n|\r)*/.exec(text)?.[0] ?? ''
  const skip = (blank.match(/\r\n|\n|\r/g) ?? []).length
  const body = text.slice(blank.length)
  if (body === '') throw dataError('empty', 'The file holds nothing but blank lines.', { file: file.shown })
  const delimiter = delimiterOf(body, read, { file: file.shown, line: skip + 1 })
  const [header, ...rows] = splitRecords(body, delimiter, read.quote)
  const problem = problemOfFirst(body, delimiter, read.quote)
  // The first good row must not be taken for the header: those above it would be lost.
  if (header === undefined || (read.header && problem !== undefined)) {
    const what = read.header ? 'The header' : 'The first row'
    throw dataError('malformed', `${what} cannot be read. ${problem ?? ''}`, { file: file.shown, line: skip + 1 })
  }
  const records = read.header ? rows : [header, ...rows]
  const { names, notes } = read.header
    ? namesOf(header, { file: file.shown, line: skip + 1 })
    : { names: header.map((_, index) => `c${index + 1}`), notes: [] }
  const sample = records.filter(
    (cells) => cells.length === names.length && !cells.some((text) => text.includes('\ufffd')),
  )
  return { delimiter, names, skip, lineEnd: /\n/.test(text) ? '\n' : '\r', sample, notes }
}

/** The first lines, whole ones where the file has more. */
async function headText(file: SourceFile, compression: Compression): Promise<string> {
  for (let limit = headBytes; ; limit *= 8) {
    const bytes = await readHead(file, compression, limit)
    if (bytes.length === 0) throw dataError('empty', 'The file is empty once it is unpacked.', { file: file.shown })
    refuseUtf16(bytes, file.shown)
    const nul = bytes.indexOf(0)
    if (nul !== -1) throw nulError(file.shown, lineOf(bytes, nul))
    const text = bytes.toString('utf8').replace(/^\ufeff/, '')
    if (bytes.length < limit) return text
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'))
    if (end !== -1) return text.slice(0, end + 1)
    if (limit >= longestHead)
      throw dataError('format', 'The first line is longer than 16 MiB: this is no CSV.', { file: file.shown, line: 1 })
  }
}

export function nulError(file: string, line: number | undefined): Error {
  return dataError(
    'nul',
    'The text holds a NUL byte, as binary files and UTF-16 do.',
    { file, ...(line === undefined ? {} : { line }) },
    'Save the file as UTF-8 text.',
  )
}

function lineOf(bytes: Buffer, offset: number): number {
  return bytes
    .subarray(0, offset)
    .toString('latin1')
    .split(/\r\n|\n|\r/).length
}

function namesOf(
  header: readonly string[],
  place: { file: string; line: number },
): { names: string[]; notes: string[] } {
  const names = header.map((name, index) => (name === '' ? `c${index + 1}` : name))
  const notes = names
    .filter((_, index) => header[index] === '')
    .map((name) => `Column ${name.slice(1)} has no name in the header; it is called "${name}".`)
  requireDistinct(names, place)
  return { names, notes }
}

/** Throws `data/columns` where two names are the same to the engine, which does not tell upper from lower case. */
export function requireDistinct(names: readonly string[], place: { file: string; line?: number }): void {
  const seen = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const before = seen.get(name.toLowerCase())
    if (before !== undefined) {
      const other = names[before] ?? ''
      const which = `Columns ${formatCount(before + 1)} and ${formatCount(index + 1)}`
      const message =
        other === name
          ? `${which} are both called "${name}".`
          : `${which} are called "${other}" and "${name}", which differ in case only.`
      throw dataError('columns', message, place, 'Give every column a name of its own.')
    }
    seen.set(name.toLowerCase(), index)
  }
}

function delimiterOf(body: string, read: SourceRequest['read'], place: { file: string; line: number }): string {
  const splits = candidates
    .filter((candidate) => candidate !== read.quote)
    .map((delimiter) => {
      const records = splitRecords(body, delimiter, read.quote, 100)
      const cells = records[0]?.length ?? 0
      return { delimiter, cells, even: records.every((record) => record.length === cells) }
    })
    .filter(({ cells }) => cells > 1)
  const even = splits.filter((split) => split.even)
  const shown = (delimiter: string): string => (delimiter === '\t' ? 'a tab' : `"${delimiter}"`)
  if (read.delimiter !== undefined) {
    const other = even.find(({ delimiter }) => delimiter !== read.delimiter)
    if (other === undefined || splitRecords(body, read.delimiter, read.quote, 1)[0]?.length !== 1) return read.delimiter
    throw dataError(
      'delimiter',
      `With ${shown(read.delimiter)} as the delimiter there is one column, but ${shown(other.delimiter)} divides every row read into ${other.cells}.`,
      place,
      'Correct "delimiter".',
    )
  }
  const [best, second] = even.length > 0 ? even : splits
  if (best === undefined) return ','
  if (second === undefined) return best.delimiter
  throw dataError(
    'delimiter',
    `The delimiter cannot be told: ${shown(best.delimiter)} divides the header into ${best.cells} columns, ${shown(second.delimiter)} into ${second.cells}.`,
    place,
    'Set "delimiter".',
  )
}
