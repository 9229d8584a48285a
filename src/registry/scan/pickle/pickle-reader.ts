import type { ByteSource } from '../scanner.ts'
import { CutOff } from './pickle-fault.ts'

const windowBytes = 1 << 18
/** Lines of text opcodes are looked through piece by piece; only this much of one is ever taken out. */
const pieceBytes = 4096
const shortLine = 64

/** Reads a pickle forwards, through a window. Long values are skipped, not read. Throws CutOff where the bytes end too early. */
export class PickleReader {
  readonly source: ByteSource
  /** Bytes from `base` on; those from `at` to `end` are still to be read. */
  bytes: Uint8Array
  at = 0
  end = 0
  private base = 0
  private view: DataView

  constructor(source: ByteSource) {
    this.source = source
    this.bytes = new Uint8Array(Math.min(windowBytes, Math.max(16, source.size)))
    this.view = new DataView(this.bytes.buffer)
  }

  /** Where the next byte is in the file. */
  get offset(): number {
    return this.base + this.at
  }

  seek(offset: number): void {
    const inside = offset - this.base
    if (inside >= 0 && inside <= this.end) {
      this.at = inside
      return
    }
    this.base = offset
    this.at = 0
    this.end = 0
  }

  /** Makes so many bytes stand in the window, at most 16; false when the file ends before. */
  fill(length: number): boolean {
    if (this.end - this.at >= length) return true
    const offset = this.offset
    if (offset + length > this.source.size) return false
    this.base = offset
    this.at = 0
    this.end = 0
    // A source may give its bytes out in an array that the next call uses again: they are copied.
    const read = this.source.read(offset, this.bytes.length)
    this.bytes.set(read.subarray(0, this.bytes.length))
    this.end = Math.min(read.length, this.bytes.length)
    return this.end >= length
  }

  private need(length: number): number {
    if (this.end - this.at < length && !this.fill(length)) throw new CutOff()
    const at = this.at
    this.at += length
    return at
  }

  uint8(): number {
    return this.bytes[this.need(1)] as number
  }

  uint16(): number {
    return this.view.getUint16(this.need(2), true)
  }

  uint32(): number {
    return this.view.getUint32(this.need(4), true)
  }

  int32(): number {
    return this.view.getInt32(this.need(4), true)
  }

  /** Numbers beyond 2^53 lose digits and stay larger than any file. */
  uint64(): number {
    const at = this.need(8)
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32
  }

  /** Passes over so many bytes without reading them. */
  skip(length: number): void {
    if (length <= this.end - this.at) {
      this.at += length
      return
    }
    const offset = this.offset + length
    if (!(offset <= this.source.size)) throw new CutOff()
    this.seek(offset)
  }

  /** Passes over a line; its length without the line feed that must end it. */
  line(): number {
    const start = this.offset
    for (;;) {
      if (this.end === this.at && !this.fill(1)) throw new CutOff()
      const found = this.lineFeed()
      if (found !== -1) {
        this.at = found + 1
        return this.offset - 1 - start
      }
      this.at = this.end
    }
  }

  private lineFeed(): number {
    const { bytes, at, end } = this
    const near = Math.min(end, at + shortLine)
    for (let index = at; index < near; index++) if (bytes[index] === 10) return index
    const far = bytes.subarray(near, end).indexOf(10)
    return far === -1 ? -1 : near + far
  }

  /** Where a byte of the file is in the window; -1 when the window does not hold it. */
  placeOf(offset: number): number {
    const inside = offset - this.base
    return inside >= 0 && inside < this.end ? inside : -1
  }

  /** Where a line of this length, which was passed over last, begins in the window; -1 when the window does not hold it whole. */
  lineStart(length: number): number {
    return Math.max(-1, this.at - 1 - length)
  }

  /** Bytes of the file at any place, up to some thousand; fewer at its end. Where reading goes on does not change. */
  peek(offset: number, length: number): Uint8Array {
    const wanted = Math.min(length, pieceBytes)
    const inside = offset - this.base
    if (inside >= 0 && inside + wanted <= this.end) return this.bytes.slice(inside, inside + wanted)
    return Uint8Array.from(this.source.read(offset, wanted).subarray(0, wanted))
  }
}
