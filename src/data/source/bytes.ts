import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { isSystemError } from '../../base/error.ts'
import { dataError } from './data-error.ts'
import type { ResolvedSource, SourceFile } from './source.ts'

export type Compression = ResolvedSource['compression']

const chunkBytes = 1 << 20

/**
 * The bytes of a file, decompressed. Compressed data are checked on the way: throws `data/truncated` where they end too early, `data/corrupt`
 * where their check sum is wrong, and `data/zstd` on a Node.js without zstd.
 */
export async function* readBytes(file: SourceFile, compression: Compression): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: chunkBytes })
  if (compression === 'none') {
    yield* raw as AsyncIterable<Buffer>
    return
  }
  const unpacked = raw.pipe(unpacker(file, compression))
  raw.once('error', (error) => unpacked.destroy(error))
  try {
    yield* unpacked as AsyncIterable<Buffer>
  } catch (error) {
    throw unpackError(error, file, compression)
  } finally {
    raw.destroy()
  }
}

/** The first bytes of a file, decompressed: `limit` of them, or all where there are fewer. Throws like `readBytes`. */
export async function readHead(file: SourceFile, compression: Compression, limit: number): Promise<Buffer> {
  if (compression === 'none') return await readRange(file.path, 0, limit)
  const parts: Buffer[] = []
  let length = 0
  for await (const part of readBytes(file, compression)) {
    parts.push(part)
    length += part.length
    if (length >= limit) break
  }
  return Buffer.concat(parts).subarray(0, limit)
}

/** Bytes as they stand in the file. */
export async function readRange(path: string, position: number, length: number): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path)
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle?.close()
  }
}

/** Unpacks the whole file for its end and check sums: the engine takes half of a file for a whole one. Throws like `readBytes`. */
export async function verifyCompressed(file: SourceFile, compression: Compression): Promise<void> {
  for await (const bytes of readBytes(file, compression)) void bytes
}

/** Bytes of the last line that is not blank; `most` or more where it has more. Reads the end of the file; verifies compressed ones. */
export async function lastLineBytes(
  file: SourceFile,
  compression: Compression,
  lineEnd: string,
  most: number,
): Promise<number> {
  const tail =
    compression === 'none'
      ? await readRange(file.path, Math.max(0, file.bytes - most), most)
      : await lastBytes(readBytes(file, compression), most)
  let end = tail.length
  while (end > 0 && (tail[end - 1] === 10 || tail[end - 1] === 13)) end--
  return end - 1 - tail.subarray(0, end).lastIndexOf(lineEnd)
}

/** The last bytes of a stream, `most` of them or more. They are put together at the end only: once for each part would copy them all each time. */
async function lastBytes(stream: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stream) {
    parts.push(part)
    length += part.length
    for (let first = parts[0]; first !== undefined && length - first.length >= most; first = parts[0]) {
      parts.shift()
      length -= first.length
    }
  }
  return Buffer.concat(parts)
}

function unpacker(file: SourceFile, compression: Compression): Readable & NodeJS.WritableStream {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: chunkBytes })
  // Node.js has zstd since 22.15.
  if (typeof zlib.createZstdDecompress === 'function') return zlib.createZstdDecompress({ chunkSize: chunkBytes })
  throw dataError(
    'zstd',
    `The file is compressed with zstd, which Node.js ${process.versions.node} cannot read.`,
    { file: file.shown },
    'Use Node.js 22.15 or newer, or compress the file with gzip.',
  )
}

function unpackError(error: unknown, file: SourceFile, compression: Compression): unknown {
  const place = { file: file.shown }
  if (isSystemError(error, 'Z_BUF_ERROR', 'ZSTD_error_srcSize_wrong'))
    return dataError(
      'truncated',
      `The ${compression} file ends too early: it was cut off.`,
      place,
      'Write or copy it again.',
      error,
    )
  if (error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_)/.test(String(error.code)))
    return dataError('corrupt', `The ${compression} file is damaged.`, place, 'Write or copy it again.', error)
  return error
}
