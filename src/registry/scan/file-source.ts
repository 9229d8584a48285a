import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { ByteSource } from './scanner.ts'

const windowBytes = 256 * 1024

/** An open file. `changed` tells whether somebody wrote to it since it was opened. */
export type FileSource = ByteSource & { changed(): boolean; close(): void }

/**
 * Opens a file for scanning. Small reads are answered from a window of 256 KiB, so memory stays flat whatever the file's size; what is
 * not asked for is not read. Links are not followed. Throws the system's own error, and undefined stands for what is no regular file.
 */
export function openSource(path: string, name: string): FileSource | undefined {
  // Without O_NONBLOCK, opening a pipe that took the file's place would wait for ever. Windows has neither.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = openSync(path, flags)
  const about = fstatSync(file, { bigint: true })
  if (!about.isFile()) {
    closeSync(file)
    return undefined
  }
  const size = Number(about.size)
  let window: Buffer | undefined
  let [start, filled] = [0, 0]
  const fill = (into: Buffer, offset: number): number => {
    let done = 0
    while (done < into.length) {
      const read = readSync(file, into, done, into.length - done, offset + done)
      if (read === 0) break
      done += read
    }
    return done
  }
  return {
    name,
    size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset))
      if (wanted > windowBytes) {
        const bytes = Buffer.allocUnsafe(wanted)
        return bytes.subarray(0, fill(bytes, offset))
      }
      if (offset < start || offset + wanted > start + filled) {
        window ??= Buffer.allocUnsafe(Math.min(windowBytes, size))
        start = offset
        filled = fill(window, offset)
      }
      return (window ?? Buffer.alloc(0)).subarray(offset - start, Math.min(offset - start + wanted, filled))
    },
    changed: () => !same(about, fstatSync(file, { bigint: true })),
    close: () => closeSync(file),
  }
}

function same(one: BigIntStats, other: BigIntStats): boolean {
  return one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs
}
