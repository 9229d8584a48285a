import { isUtf8 } from 'node:buffer'
import { formatCount, plural } from '../../base/number-text.ts'
import { type Compression, readBytes } from './bytes.ts'
import type { CsvHead } from './csv-head.ts'
import { dataError } from './data-error.ts'
import type { SourceFile, SourceRequest } from './source.ts'

/** One record of a CSV file. */
export type CsvRecord = {
  /** Where it begins, counted from 1. */
  line: number
  /** What is wrong with it, in a sentence; undefined when it is a row. */
  problem: string | undefined
}

/** Ends the scan with `false`. `text` gives the record as it is written, while it is visited. */
export type CsvVisitor = (record: CsvRecord, text: () => string) => boolean

export type CsvShape = Pick<CsvHead, 'delimiter' | 'names' | 'skip' | 'lineEnd'> & { read: SourceRequest['read'] }

/** Rows beyond this are refused: they have most probably an open quote. */
export const longestRow = 32 * 1024 * 1024

const [lineFeed, carriageReturn, space] = [10, 13, 32]

/**
 * Goes over the records of a CSV file behind its header, with the line that each begins in, split in the way of the engine. `pause` is awaited
 * every now and then. Gives whether lines end in two ways, as far as it went. Throws `data/malformed` where the rest cannot be split: at a
 * quote that is never closed, and at a row longer than 32 MiB; and what `readBytes` throws.
 */
export async function scanCsv(
  file: SourceFile,
  compression: Compression,
  shape: CsvShape,
  visit: CsvVisitor,
  pause: () => Promise<void> = async () => undefined,
): Promise<{ mixedLineEnds: boolean }> {
  const scanner = new Scanner(file, shape, visit)
  for await (const bytes of wholeLines(file, compression, shape.lineEnd)) {
    if (!scanner.scan(bytes)) return scanner
    await pause()
  }
  scanner.finish()
  return scanner
}

/**
 * The bytes of a file in pieces of whole lines, the last of which may have no line end; without a byte order mark. Throws `data/malformed`
 * for a line longer than 32 MiB.
 */
export async function* wholeLines(file: SourceFile, compression: Compression, lineEnd: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let first = true
  let lines = 1
  for await (const chunk of readBytes(file, compression)) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (first && bytes.length >= 3) {
      first = false
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
    }
    const end = bytes.lastIndexOf(lineEnd) + 1
    if (end === 0 && bytes.length > longestRow) throw tooLong(file, lines)
    if (end > 0) yield bytes.subarray(0, end)
    lines += countOf(bytes, lineEnd.charCodeAt(0), 0, end)
    rest = bytes.subarray(end)
  }
  if (rest.length > 0) yield rest
}

/** How often a byte stands between two places. */
export function countOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte, from); at !== -1 && at < to; at = bytes.indexOf(byte, at + 1)) count++
  return count
}

function tooLong(file: SourceFile, line: number): Error {
  return dataError('malformed', 'This row is longer than 32 MiB.', { file: file.shown, line })
}

class Scanner {
  readonly #file: SourceFile
  readonly #shape: CsvShape
  readonly #visit: CsvVisitor
  readonly #blankIsRow: boolean
  readonly #codes: [delimiter: number, quote: number, lineEnd: number]
  /** 1 for the bytes that mean something. */
  readonly #special = new Uint8Array(256)
  #blankAbove: number
  #headersAbove: number
  #line = 1
  #crLf = false
  #lf = false
  // Of the record that is being read.
  #startLine = 1
  #bytes = 0
  /** Its bytes: those of earlier pieces, and of this one. */
  #before: Buffer[] = []
  #here: Buffer = Buffer.alloc(0)
  #from = 0
  #to = 0
  #cells = 1
  #tooMany = false
  #problem: string | undefined
  #quoted = false
  #quoteLine = 1

  constructor(file: SourceFile, shape: CsvShape, visit: CsvVisitor) {
    this.#file = file
    this.#shape = shape
    this.#visit = visit
    this.#blankIsRow = shape.names.length === 1 && shape.read.missing.includes('')
    this.#codes = [shape.delimiter.charCodeAt(0), shape.read.quote.charCodeAt(0), shape.lineEnd.charCodeAt(0)]
    for (const code of [...this.#codes, carriageReturn]) this.#special[code] = 1
    this.#blankAbove = shape.skip
    this.#headersAbove = shape.read.header ? 1 : 0
  }

  get mixedLineEnds(): boolean {
    return this.#crLf && this.#lf
  }

  /** Takes whole lines, or what stands behind the last line end; false when the visitor has seen enough. */
  scan(bytes: Buffer): boolean {
    const [delimiter, quote, lineEnd] = this.#codes
    const special = this.#special
    const columns = this.#shape.names.length
    const length = bytes.length
    const valid = isUtf8(bytes)
    let record = 0
    // Where the cell begins; -1 within or behind quotes, where another quote opens nothing.
    let cell = this.#quoted ? -1 : 0
    let at = this.#quoted ? this.#closeQuote(bytes, 0) : 0
    for (; at < length; at++) {
      const byte = bytes[at] ?? 0
      if (special[byte] === 0) continue
      if (byte === delimiter) {
        if (this.#cells > columns && at > cell) this.#tooMany = true
        this.#cells++
        cell = at + 1
      } else if (byte === quote) {
        // Within text that is not quoted it is a character as any other; the engine allows for one space before it.
        if (at !== cell && (at !== cell + 1 || bytes[cell] !== space || cell < 0)) continue
        this.#quoted = true
        this.#quoteLine = this.#line
        cell = -1
        at = this.#closeQuote(bytes, at + 1) - 1
      } else if (byte === lineEnd) {
        const end = byte === lineFeed && bytes[at - 1] === carriageReturn ? at - 1 : at
        if (end === at) this.#lf = true
        else this.#crLf = true
        if (this.#cells > columns && end > cell) this.#tooMany = true
        if (!valid && !isUtf8(bytes.subarray(record, at))) this.#problem ??= notUtf8
        this.#here = bytes
        this.#from = record
        this.#to = end
        if (!this.#end(end - record + this.#bytes === 0)) return false
        record = cell = at + 1
      } else if (bytes[at + 1] !== lineFeed) {
        this.#problem ??= 'A carriage return stands outside of quotes in this row.'
      }
    }
    if (!valid && !isUtf8(bytes.subarray(record))) this.#problem ??= notUtf8
    if (this.#cells > columns && length > cell) this.#tooMany = true
    if (length > record) this.#before.push(bytes.subarray(record))
    this.#from = this.#to = 0
    this.#bytes += length - record
    if (this.#bytes > longestRow) throw this.#quoted ? this.#unclosed() : tooLong(this.#file, this.#startLine)
    return true
  }

  /** The last record, where no line end stands behind it. */
  finish(): void {
    if (this.#quoted) throw this.#unclosed()
    if (this.#bytes > 0) this.#end(false)
  }

  /** From within quotes to behind them and the spaces there, or to the end of the bytes. */
  #closeQuote(bytes: Buffer, from: number): number {
    const [, quote, lineEnd] = this.#codes
    let at = bytes.indexOf(quote, from)
    while (at !== -1 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2)
    const stop = at === -1 ? bytes.length : at
    this.#line += countOf(bytes, lineEnd, from, stop)
    if (at === -1) return stop
    this.#quoted = false
    at++
    while (bytes[at] === space && this.#shape.delimiter !== ' ') at++
    const next = at < bytes.length ? String.fromCharCode(bytes[at] ?? 0) : '\n'
    if (next !== this.#shape.delimiter && next !== '\n' && next !== '\r') {
      const cell = `cell ${formatCount(this.#cells)}`
      this.#problem ??=
        this.#quoteLine === this.#line
          ? `Text stands behind the closing quote of ${cell} in this row.`
          : `The quote around ${cell} opens on line ${formatCount(this.#quoteLine)} and is followed by text on line ${formatCount(this.#line)}, where it closes.`
    }
    return at
  }

  readonly #text = (): string =>
    Buffer.concat([...this.#before, this.#here.subarray(this.#from, this.#to)]).toString('utf8')

  /** Ends the record at a line end. */
  #end(blank: boolean): boolean {
    const record = { line: this.#startLine, problem: this.#problem }
    const [cells, columns] = [this.#cells, this.#shape.names.length]
    const ragged = cells < columns || (cells > columns && this.#tooMany)
    if (ragged) record.problem ??= `This row has ${plural(cells, 'cell')}, the header names ${formatCount(columns)}.`
    let goesOn = true
    if (blank && this.#blankAbove > 0) this.#blankAbove--
    else if (blank && !this.#blankIsRow) goesOn = true
    else if (this.#headersAbove > 0) this.#headersAbove--
    else goesOn = this.#visit(record, this.#text)
    this.#line++
    this.#startLine = this.#line
    this.#bytes = 0
    if (this.#before.length > 0) this.#before = []
    this.#cells = 1
    this.#tooMany = false
    this.#problem = undefined
    return goesOn
  }

  #unclosed(): Error {
    return dataError(
      'malformed',
      'The quote that opens here is never closed.',
      { file: this.#file.shown, line: this.#quoteLine },
      'Close it, or double it where it is part of the text.',
    )
  }
}

const notUtf8 = 'This row is not valid UTF-8.'
