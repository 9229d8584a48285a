import { createHash } from 'node:crypto'
import type { Digest } from '../../../base/digest.ts'
import type { ReadableAt } from '../../../base/http.ts'
import { inLanes } from '../../../base/lanes.ts'
import type { Bundle, BundleFile } from '../../bundle/bundle.ts'
import { changedFile, openBundleFile } from '../bundle-file.ts'
import { padding, tarBlock, tarHeader } from './tar-header.ts'

/** A file in the archive: where its header begins, its bytes, and what comes next. */
type Member = { file: BundleFile; header: number; body: number; end: number }

/** Files that are read beside one another. */
const atOnce = 16
/** Of the archive, hashed in one go. */
const pieceBytes = 1 << 20

/** A tar archive of files of a bundle that is never written to a disk: any stretch of it is put together when it is asked for. */
export class TarLayer implements ReadableAt {
  readonly bytes: number
  private readonly bundle: Bundle
  private readonly members: Member[] = []

  /** `files`: in the order of the archive. */
  constructor(bundle: Bundle, files: readonly BundleFile[]) {
    this.bundle = bundle
    let at = 0
    for (const file of files) {
      const body = at + tarHeader(file.path, file.bytes).length
      const end = body + file.bytes + padding(file.bytes)
      this.members.push({ file, header: at, body, end })
      at = end
    }
    // Two empty blocks end an archive.
    this.bytes = at + 2 * tarBlock
  }

  /** Bytes from `at` on. Throws `bundle/changed` for a file that is not there any more, or of another size. */
  async read(into: Buffer, offset: number, length: number, at: number): Promise<{ bytesRead: number }> {
    const end = Math.min(this.bytes, at + length)
    const target = into.subarray(offset, offset + Math.max(0, end - at))
    target.fill(0)
    await inLanes(this.between(at, end), atOnce, (member) => this.fill(target, at, member))
    return { bytesRead: target.length }
  }

  /** Reads all of it, and holds each file against its own digest. Throws `bundle/changed`. */
  async digest(): Promise<Digest> {
    const hash = createHash('sha256')
    for (let first = 0; first < this.members.length; ) {
      const start = this.members[first]?.header ?? 0
      let last = first
      while ((this.members[last]?.end ?? 0) < start + pieceBytes && last + 1 < this.members.length) last += 1
      const group = this.members.slice(first, last + 1)
      const piece = Buffer.allocUnsafe((group.at(-1)?.end ?? start) - start)
      await this.read(piece, 0, piece.length, start)
      for (const { file, body } of group) {
        const bytes = piece.subarray(body - start, body - start + file.bytes)
        if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== file.digest) throw changedFile(file)
      }
      hash.update(piece)
      first = last + 1
    }
    hash.update(Buffer.alloc(2 * tarBlock))
    return `sha256:${hash.digest('hex')}`
  }

  /** How many of its files lie in the first `sent` bytes. */
  filesWithin(sent: number): number {
    return this.indexAt(sent)
  }

  private *between(start: number, end: number): Generator<Member> {
    for (let index = this.indexAt(start); index < this.members.length; index += 1) {
      const member = this.members[index]
      if (member === undefined || member.header >= end) return
      yield member
    }
  }

  /** The first member that does not end at or before a place. */
  private indexAt(place: number): number {
    let [low, high] = [0, this.members.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.members[middle]?.end ?? 0) <= place) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Puts what of a member lies in the target, which begins at `at`, to its place. */
  private async fill(target: Buffer, at: number, { file, header, body }: Member): Promise<void> {
    const end = at + target.length
    if (header < end && body > at) {
      const text = tarHeader(file.path, file.bytes)
      text.copy(target, Math.max(0, header - at), Math.max(0, at - header))
    }
    const [from, to] = [Math.max(body, at), Math.min(body + file.bytes, end)]
    if (from >= to) return
    const handle = await openBundleFile(this.bundle, file)
    try {
      for (let done = from; done < to; ) {
        const { bytesRead } = await handle.read(target, done - at, to - done, done - body)
        if (bytesRead === 0) throw changedFile(file)
        done += bytesRead
      }
    } finally {
      await handle.close()
    }
  }
}
