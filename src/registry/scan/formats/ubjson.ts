import { isObject } from '../../../base/json.ts'
import { beginsWith, Cursor } from '../cursor.ts'
import { Malformed, scanGuarded } from '../found.ts'
import type { Scanner } from '../scanner.ts'
import { xgboost } from './boosted.ts'

/** UBJSON as XGBoost writes its models: objects, and lists that may have a type and a length. Numbers of lists are stepped over. */

const numberBytes: Record<string, number> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 }
const mostDepth = 100
const mostTextBytes = 16 * 1024 * 1024
const mostKept = 10_000

export const ubjson: Scanner = {
  format: 'ubjson',
  recognises: (head) =>
    beginsWith(head, '{') && 'iUIlL'.includes(String.fromCharCode(head[1] ?? 0)) && (head[1] ?? 0) > 0 && hasKey(head),
  scan: (source) =>
    scanGuarded('ubjson', source, (found) => {
      const cursor = new Cursor(source)
      const value = readValue(cursor, marker(cursor), 0)
      if (cursor.left > 0) throw new Malformed('Bytes follow the end of the file', cursor.offset)
      if (isObject(value) && isObject(value.learner)) xgboost(value, value.learner, found)
    }),
}

/** The first key is a short word behind its length: text, which begins with a bracket too, has no such bytes. */
function hasKey(head: Uint8Array): boolean {
  const bytes = numberBytes[String.fromCharCode(head[1] ?? 0)] ?? 0
  const length = head[1 + bytes] ?? 0
  return (
    length > 0 && length < 64 && head.subarray(2, 1 + bytes).every((byte) => byte === 0) && (head[2 + bytes] ?? 0) > 32
  )
}

function marker(cursor: Cursor): string {
  return String.fromCharCode(cursor.uint(1, 'a marker'))
}

/** Numbers are big-endian. */
function integer(cursor: Cursor, kind: string): number {
  const start = cursor.offset
  const bytes = kind in numberBytes && kind !== 'd' && kind !== 'D' ? (numberBytes[kind] ?? 0) : 0
  if (bytes === 0) throw new Malformed('A length is no whole number', start)
  let value = 0
  for (const byte of cursor.bytes(bytes, 'a length')) value = value * 256 + byte
  if (value > Number.MAX_SAFE_INTEGER || (kind !== 'U' && value >= 2 ** (8 * bytes - 1)))
    throw new Malformed('A length is negative or impossibly large', start)
  return value
}

function text(cursor: Cursor): string {
  const length = integer(cursor, marker(cursor))
  if (length > mostTextBytes) throw new Malformed('A text is longer than 16 MiB', cursor.offset)
  return cursor.text(length)
}

function readValue(cursor: Cursor, kind: string, depth: number): unknown {
  if (depth > mostDepth) throw new Malformed('Values lie in one another too deeply', cursor.offset)
  switch (kind) {
    case '{':
      return readObject(cursor, depth)
    case '[':
      return readList(cursor, depth)
    case 'S':
    case 'H':
      return text(cursor)
    case 'C':
      cursor.skip(1)
      return undefined
    case 'Z':
    case 'N':
      return null
    case 'T':
      return true
    case 'F':
      return false
  }
  const bytes = numberBytes[kind]
  if (bytes === undefined) throw new Malformed(`There is no marker "${kind}"`, cursor.offset - 1)
  if (kind === 'd' || kind === 'D' || kind === 'L') {
    cursor.skip(bytes)
    return undefined
  }
  let value = 0
  for (const byte of cursor.bytes(bytes)) value = value * 256 + byte
  return kind !== 'U' && value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value
}

function readObject(cursor: Cursor, depth: number): Record<string, unknown> {
  const { type, count } = sizeOf(cursor)
  const value = new Map<string, unknown>()
  const seen = new Set<string>()
  for (let done = 0; count === undefined || done < count; done++) {
    const first = marker(cursor)
    if (count === undefined && first === '}') break
    const length = integer(cursor, first)
    if (length > mostTextBytes) throw new Malformed('A key is longer than 16 MiB', cursor.offset)
    const key = cursor.text(length, 'a key')
    if (seen.has(key)) throw new Malformed('A key is there twice', cursor.offset)
    seen.add(key)
    const item = readValue(cursor, type ?? marker(cursor), depth + 1)
    if (value.size < mostKept) value.set(key, item)
  }
  return Object.fromEntries(value)
}

/** Only the number of items is kept of long lists. */
function readList(cursor: Cursor, depth: number): unknown[] {
  const { type, count } = sizeOf(cursor)
  const bytes = type === undefined ? undefined : numberBytes[type]
  if (bytes !== undefined && count !== undefined) {
    if (count > cursor.left) throw new Malformed('A list is longer than the file', cursor.offset)
    cursor.skip(count * bytes, 'a list')
    return []
  }
  // A list of values without bytes (`[$T#...`) would be as long as it claims to be.
  if (count !== undefined && count > cursor.left) throw new Malformed('A list is longer than the file', cursor.offset)
  const items: unknown[] = []
  for (let done = 0; count === undefined || done < count; done++) {
    const kind = type ?? marker(cursor)
    if (count === undefined && type === undefined && kind === ']') break
    const item = readValue(cursor, kind, depth + 1)
    if (items.length < mostKept) items.push(item)
  }
  return items
}

function sizeOf(cursor: Cursor): { type: string | undefined; count: number | undefined } {
  const peek = (): string => String.fromCharCode(cursor.source.read(cursor.offset, 1)[0] ?? 0)
  let type: string | undefined
  if (peek() === '$') {
    cursor.skip(1)
    type = marker(cursor)
  }
  if (peek() !== '#') {
    if (type !== undefined) throw new Malformed('A list has a type, but no length', cursor.offset)
    return { type, count: undefined }
  }
  cursor.skip(1)
  return { type, count: integer(cursor, marker(cursor)) }
}
