import { constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'
import { isSystemError } from '../../base/error.ts'

/** Unpacking what deflate packed, within bounds: a few kilobytes can hold gigabytes. */

const mebibyte = 1024 * 1024

/** Bytes that one piece may unpack to, and the whole of a scan. A piece is held in memory while it is scanned. */
const mostOfOne = 1024 * mebibyte
const mostOfAll = 8 * 1024 * mebibyte

/** Small pieces may unpack to this much whatever their ratio; larger ones to so many times what they were. */
const freeBytes = 64 * mebibyte
const mostRatio = 200

/** How much more a scan may unpack. It is used up over all that is scanned together, so that many small bombs do not add up. */
export class UnpackBudget {
  left: number

  constructor(bytes = mostOfAll) {
    this.left = bytes
  }

  /** Bytes that a piece of `packed` bytes may unpack to. */
  allowanceFor(packed: number): number {
    return Math.max(0, Math.min(this.left, mostOfOne, Math.max(freeBytes, packed * mostRatio)))
  }
}

/** `used`: bytes of the packed piece up to the end of its stream. */
export type Unpacked = { bytes: Uint8Array; used: number } | { problem: 'damaged' | 'too-large' }

export type Packing = 'deflate' | 'zlib' | 'gzip'

const unpackers: Record<Packing, (packed: Uint8Array, options: ZlibOptions) => unknown> = {
  deflate: inflateRawSync,
  zlib: inflateSync,
  gzip: gunzipSync,
}

/** Unpacks a piece whole; checksums of zlib and gzip are checked. Never throws on bytes. */
export function unpack(packing: Packing, packed: Uint8Array, budget: UnpackBudget): Unpacked {
  const allowance = budget.allowanceFor(packed.length)
  // Not 0, which would stand for no limit. One more than allowed tells "as much as allowed" from "more".
  const most = allowance + 1
  // In one stretch: pieces that are joined at the end take twice the memory and twice the time. What stays empty takes none.
  const found = inflated(packing, packed, {
    maxOutputLength: most,
    info: true,
    ...(packed.length < mebibyte ? {} : { chunkSize: most }),
  })
  if (!('problem' in found)) {
    if (found.bytes.length > allowance) return { problem: 'too-large' }
    budget.left -= found.bytes.length
  } else if (found.problem === 'too-large') budget.left -= allowance
  return found
}

/** The first bytes that a piece unpacks to, up to `length` or a few more; fewer when it is damaged. For telling what it is. */
export function unpackHead(packing: Packing, packed: Uint8Array, length: number): Uint8Array {
  // So little input that all it unpacks to is small: deflate makes at most 1,032 bytes of one.
  const found = inflated(packing, packed.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH, info: true })
  return 'problem' in found ? new Uint8Array() : found.bytes.subarray(0, length)
}

function inflated(packing: Packing, packed: Uint8Array, options: ZlibOptions): Unpacked {
  try {
    const { buffer, engine } = unpackers[packing](packed, options) as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    return { bytes: buffer, used: engine.bytesWritten }
  } catch (error) {
    if (isSystemError(error, 'ERR_BUFFER_TOO_LARGE')) return { problem: 'too-large' }
    if (isSystemError(error, 'Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT')) return { problem: 'damaged' }
    throw error
  }
}
