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
  let rest: Buffer = Buffer.alloc(0)
  let first = true
  for await (const chunk of readBytes(file, compression)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(shape.lineEnd) + 1
    if (end === 0 && bytes.length > longestRow) throw scanner.tooLong()
    const begin = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    if (end > begin && !scanner.scan(bytes.subarray(begin, end))) return scanner
    if (end > 0) first = false
    rest = bytes.subarray(end)
    await pause()
  }
  if (scanner.scan(rest)) scanner.finish()
  return scanner
}

class Scanner {
  readonly #file: SourceFile
  readonly #shape: CsvShape
  readonly #visit: CsvVisitor
  readonly #blankIsRow: boolean
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
    this.#blankAbove = shape.skip
    this.#headersAbove = shape.read.header ? 1 : 0
  }

  get mixedLineEnds(): boolean {
    return this.#crLf && this.#lf
  }

  /** Takes whole lines, or what stands behind the last line end; false when the visitor has seen enough. */
  scan(bytes: Buffer): boolean {
    const [delimiter, quote, lineEnd] = [this.#shape.delimiter, this.#shape.read.quote, this.#shape.lineEnd].map(
      (text) => text.charCodeAt(0),
    )
    const columns = this.#shape.names.length
    const valid = isUtf8(bytes)
    let record = 0
    // Where the cell begins; -1 within or behind quotes, where another quote opens nothing.
    let cell = this.#quoted ? -1 : 0
    let at = 0
    while (at < bytes.length) {
      if (this.#quoted) {
        at = this.#closeQuote(bytes, at)
        continue
      }
      const byte = bytes[at]
      if (byte === delimiter) {
        if (this.#cells > columns && at > cell) this.#tooMany = true
        this.#cells++
        cell = at + 1
      } else if (byte === quote) {
        // Within text that is not quoted it is a character as any other; the engine allows for one space before it.
        if (at === cell || (at === cell + 1 && bytes[cell] === space && cell >= 0)) {
          this.#quoted = true
          this.#quoteLine = this.#line
          cell = -1
        }
      } else if (byte === lineEnd) {
        const end = byte === lineFeed && bytes[at - 1] === carriageReturn ? at - 1 : at
        if (end === at) this.#lf = true
        else this.#crLf = true
        if (this.#cells > columns && end > cell) this.#tooMany = true
        if (!valid && !isUtf8(bytes.subarray(record, at))) this.#problem ??= notUtf8
        this.#here = bytes.subarray(record, end)
        if (!this.#end(end - record + this.#bytes === 0)) return false
        record = cell = at + 1
      } else if (byte === carriageReturn && bytes[at + 1] !== lineFeed) {
        this.#problem ??= 'A carriage return stands outside of quotes in this row.'
      }
      at++
    }
    if (!valid && !isUtf8(bytes.subarray(record))) this.#problem ??= notUtf8
    if (this.#cells > columns && bytes.length > cell) this.#tooMany = true
    if (bytes.length > record) this.#before.push(bytes.subarray(record))
    this.#here = Buffer.alloc(0)
    this.#bytes += bytes.length - record
    if (this.#bytes > longestRow) throw this.#quoted ? this.#unclosed() : this.tooLong()
    return true
  }

  /** The last record, where no line end stands behind it. */
  finish(): void {
    if (this.#quoted) throw this.#unclosed()
    if (this.#bytes > 0) this.#end(false)
  }

  tooLong(): Error {
    return dataError('malformed', 'This row is longer than 32 MiB.', { file: this.#file.shown, line: this.#startLine })
  }

  /** From within quotes to behind them and the spaces there, or to the end of the bytes. */
  #closeQuote(bytes: Buffer, from: number): number {
    const [quote, lineEnd] = [this.#shape.read.quote.charCodeAt(0), this.#shape.lineEnd.charCodeAt(0)]
    let at = bytes.indexOf(quote, from)
    while (at !== -1 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2)
    const stop = at === -1 ? bytes.length : at
    for (let end = bytes.indexOf(lineEnd, from); end !== -1 && end < stop; this.#line++)
      end = bytes.indexOf(lineEnd, end + 1)
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
    (this.#before.length === 0 ? this.#here : Buffer.concat([...this.#before, this.#here])).toString('utf8')

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
