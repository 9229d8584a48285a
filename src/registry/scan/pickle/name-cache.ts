import { textSpan } from './literals.ts'
import type { PickleReader } from './pickle-reader.ts'

const slots = 1 << 10

type Entry = { module: Uint8Array; name: Uint8Array; number: number }

/**
 * Numbers of imports by the bytes of their two names, so that names need not be made texts to be found again: pickles import the same one
 * millions of times. Newer names take the room of older ones.
 */
export class NameCache {
  private readonly entries: (Entry | undefined)[] = []

  /** Number of the import whose names are short texts at two places of the file; -1 when it is not known here. */
  find(reader: PickleReader, moduleAt: number, nameAt: number): number {
    const entry = this.entries[slotOf(reader, moduleAt, nameAt)]
    if (entry === undefined) return -1
    return isAt(reader, moduleAt, entry.module) && isAt(reader, nameAt, entry.name) ? entry.number : -1
  }

  keep(reader: PickleReader, moduleAt: number, nameAt: number, number: number): void {
    const [module, name] = [textSpan(reader, moduleAt), textSpan(reader, nameAt)]
    if (module === undefined || name === undefined) return
    const copy = ([start, length]: readonly [number, number]): Uint8Array => reader.bytes.slice(start, start + length)
    this.entries[slotOf(reader, moduleAt, nameAt)] = { module: copy(module), name: copy(name), number }
  }
}

function isAt(reader: PickleReader, offset: number, wanted: Uint8Array): boolean {
  const span = textSpan(reader, offset)
  if (span === undefined || span[1] !== wanted.length) return false
  for (let at = 0; at < wanted.length; at++) if (reader.bytes[span[0] + at] !== wanted[at]) return false
  return true
}

/** From the lengths and last bytes of both, which differ more than the first ones. */
function slotOf(reader: PickleReader, moduleAt: number, nameAt: number): number {
  return (hashOf(reader, moduleAt) * 31 + hashOf(reader, nameAt)) & (slots - 1)
}

function hashOf(reader: PickleReader, offset: number): number {
  const span = textSpan(reader, offset)
  if (span === undefined) return 0
  const [start, length] = span
  let hash = length
  for (let at = start + Math.max(0, length - 4); at < start + length; at++)
    hash = (hash * 33 + (reader.bytes[at] as number)) & 0xffff
  return hash
}
