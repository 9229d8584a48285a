import { bytesChangeObject, changesObject, checkFloat, decimal, littleInteger, textAt } from './literals.ts'
import { opcodeNames } from './opcodes.ts'
import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { Adding, PickleState } from './state.ts'
import { container, dict, dunder, emptyDict, text } from './values.ts'

/** What opcodes do that import and call nothing: they push, gather and remember. `offset`: of the opcode in the file. */
export type Step = (state: PickleState, reader: PickleReader, offset: number) => void

const pushPlain: Step = (state) => state.pushPlain()
const pushEmpty: Step = (state) => state.push(container, 1, 0)
const gather: Step = (state) => state.toContainer(state.popMark())
const pushLine: Step = (state, reader, offset) => {
  state.pushText(lineKind(reader, offset, reader.line()), offset)
}

const steps: Record<string, Step> = {
  INT: (state, reader, offset) => state.pushInt(decimal(reader, offset + 1, reader.line())),
  LONG: (state, reader, offset) => state.pushInt(decimal(reader, offset + 1, reader.line(), 0x4c)),
  BININT: (state, reader) => state.pushInt(reader.int32()),
  BININT1: (state, reader) => state.pushInt(reader.uint8()),
  BININT2: (state, reader) => state.pushInt(reader.uint16()),
  LONG1: (state, reader) => pushLong(state, reader, reader.uint8()),
  LONG4: (state, reader) => pushLong(state, reader, positive(reader.int32())),
  FLOAT: (state, reader, offset) => {
    checkFloat(reader, offset + 1, reader.line())
    state.pushPlain()
  },
  BINFLOAT: (state, reader) => pushBytes(state, reader, 8),
  NONE: pushPlain,
  NEWTRUE: pushPlain,
  NEWFALSE: pushPlain,

  STRING: pushLine,
  UNICODE: pushLine,
  BINSTRING: (state, reader, offset) => pushText(state, reader, offset, positive(reader.int32())),
  SHORT_BINSTRING: (state, reader, offset) => pushText(state, reader, offset, reader.uint8()),
  SHORT_BINUNICODE: (state, reader, offset) => pushText(state, reader, offset, reader.uint8()),
  BINUNICODE: (state, reader, offset) => pushText(state, reader, offset, reader.uint32()),
  BINUNICODE8: (state, reader, offset) => pushText(state, reader, offset, reader.uint64()),
  SHORT_BINBYTES: (state, reader) => pushBytes(state, reader, reader.uint8()),
  BINBYTES: (state, reader) => pushBytes(state, reader, reader.uint32()),
  BINBYTES8: (state, reader) => pushBytes(state, reader, reader.uint64()),
  BYTEARRAY8: (state, reader) => pushBytes(state, reader, reader.uint64()),
  READONLY_BUFFER: (state) => state.below(0),

  MARK: (state) => state.mark(),
  POP: (state) => state.pop(),
  POP_MARK: (state) => state.drop(state.popMark()),
  DUP: (state) => state.duplicate(),
  EMPTY_TUPLE: (state) => state.toTuple(state.stack.length),
  TUPLE1: (state) => state.toTuple(state.below(0)),
  TUPLE2: (state) => state.toTuple(state.below(1)),
  TUPLE3: (state) => state.toTuple(state.below(2)),
  TUPLE: (state) => state.toTuple(state.popMark()),
  EMPTY_LIST: pushEmpty,
  EMPTY_SET: pushEmpty,
  EMPTY_DICT: (state) => state.push(dict, 1, emptyDict),
  LIST: gather,
  FROZENSET: gather,
  DICT: (state) => state.toDict(state.popMark()),
  APPEND: (state) => state.addTo(state.below(1), state.below(0), 'list'),
  APPENDS: (state) => addMarked(state, 'list'),
  ADDITEMS: (state) => addMarked(state, 'set'),
  SETITEM: (state) => state.addTo(state.below(2), state.below(1), 'dict'),
  SETITEMS: (state) => addMarked(state, 'dict'),

  GET: (state, reader, offset) => state.recall(positive(decimal(reader, offset + 1, reader.line()))),
  BINGET: (state, reader) => state.recall(reader.uint8()),
  LONG_BINGET: (state, reader) => state.recall(reader.uint32()),
  PUT: (state, reader, offset) => state.memoize(offset, positive(decimal(reader, offset + 1, reader.line()))),
  BINPUT: (state, reader, offset) => state.memoize(offset, reader.uint8()),
  LONG_BINPUT: (state, reader, offset) => state.memoize(offset, reader.uint32()),
  MEMOIZE: (state, _, offset) => state.memoize(offset),
}

/** Steps by the byte of their opcode; undefined for those that import or call, and for bytes that are no opcode. */
export function stepTable(): (Step | undefined)[] {
  return Array.from({ length: 256 }, (_, code) => steps[opcodeNames.get(code) ?? ''])
}

/** A length or number, which a signed field may hold below zero. Throws a PickleFault then. */
export function positive(value: number): number {
  if (value < 0) throw new PickleFault('malformed', 'A length or number is negative')
  return value
}

/** Longer lines are looked at in another way. */
const shortLine = 100

function pushText(state: PickleState, reader: PickleReader, offset: number, length: number): void {
  const { at } = reader
  const inWindow = length <= reader.end - at
  reader.skip(length)
  if (inWindow) state.pushText(bytesChangeObject(reader.bytes, at, length) ? dunder : text, offset)
  else state.pushText(textKind(reader, offset), offset)
}

/** Kind of the text of a line; STRING has it in quotes. Without escapes it is told from the bytes. */
function lineKind(reader: PickleReader, offset: number, length: number): number {
  const { bytes } = reader
  const start = reader.lineStart(length)
  if (start === -1 || length > shortLine) return textKind(reader, offset)
  const end = start + length
  for (let at = start; at < end; at++) if (bytes[at] === 0x5c) return textKind(reader, offset)
  const quoted = bytes[start] === 0x27 || bytes[start] === 0x22 ? 1 : 0
  const telling =
    bytesChangeObject(bytes, start + quoted, length - 2 * quoted) || bytesChangeObject(bytes, start, length)
  return telling ? dunder : text
}

function textKind(reader: PickleReader, offset: number): number {
  return changesObject(textAt(reader, offset)) ? dunder : text
}

function pushBytes(state: PickleState, reader: PickleReader, length: number): void {
  reader.skip(length)
  state.pushPlain()
}

function pushLong(state: PickleState, reader: PickleReader, length: number): void {
  const { offset } = reader
  reader.skip(length)
  const value = length <= 8 ? littleInteger(reader.peek(offset, length)) : Number.NaN
  if (length > 8) checkShortest(reader.peek(offset + length - 2, 2))
  if (Number.isNaN(value)) state.pushPlain()
  else state.pushInt(value)
}

/** A long number that could be shorter would look larger than it is. Pickles are written with the shortest. */
function checkShortest([before = 0, last = 0]: Uint8Array): void {
  if ((last === 0 && before < 128) || (last === 255 && before > 127)) {
    throw new PickleFault('malformed', 'A number is written as no pickle writes it', true)
  }
}

function addMarked(state: PickleState, to: Adding): void {
  const from = state.popMark()
  // What grows lies below the mark, and above the one before it.
  state.addTo(state.below(state.stack.length - from), from, to)
}
