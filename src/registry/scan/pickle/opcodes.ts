/** The opcodes of pickle protocols 0 to 5, by byte. As in CPython's `pickletools.opcodes`; a test holds them against it. */

const names: Record<string, string> = {
  // Protocol 0.
  I: 'INT',
  L: 'LONG',
  S: 'STRING',
  N: 'NONE',
  V: 'UNICODE',
  F: 'FLOAT',
  a: 'APPEND',
  l: 'LIST',
  t: 'TUPLE',
  d: 'DICT',
  s: 'SETITEM',
  '0': 'POP',
  '2': 'DUP',
  '(': 'MARK',
  g: 'GET',
  p: 'PUT',
  c: 'GLOBAL',
  R: 'REDUCE',
  b: 'BUILD',
  i: 'INST',
  '.': 'STOP',
  P: 'PERSID',
  // Protocol 1.
  J: 'BININT',
  K: 'BININT1',
  M: 'BININT2',
  T: 'BINSTRING',
  U: 'SHORT_BINSTRING',
  X: 'BINUNICODE',
  G: 'BINFLOAT',
  ']': 'EMPTY_LIST',
  e: 'APPENDS',
  ')': 'EMPTY_TUPLE',
  '}': 'EMPTY_DICT',
  u: 'SETITEMS',
  '1': 'POP_MARK',
  h: 'BINGET',
  j: 'LONG_BINGET',
  q: 'BINPUT',
  r: 'LONG_BINPUT',
  o: 'OBJ',
  Q: 'BINPERSID',
  // Protocol 2.
  '\x80': 'PROTO',
  '\x81': 'NEWOBJ',
  '\x82': 'EXT1',
  '\x83': 'EXT2',
  '\x84': 'EXT4',
  '\x85': 'TUPLE1',
  '\x86': 'TUPLE2',
  '\x87': 'TUPLE3',
  '\x88': 'NEWTRUE',
  '\x89': 'NEWFALSE',
  '\x8a': 'LONG1',
  '\x8b': 'LONG4',
  // Protocol 3.
  B: 'BINBYTES',
  C: 'SHORT_BINBYTES',
  // Protocol 4.
  '\x8c': 'SHORT_BINUNICODE',
  '\x8d': 'BINUNICODE8',
  '\x8e': 'BINBYTES8',
  '\x8f': 'EMPTY_SET',
  '\x90': 'ADDITEMS',
  '\x91': 'FROZENSET',
  '\x92': 'NEWOBJ_EX',
  '\x93': 'STACK_GLOBAL',
  '\x94': 'MEMOIZE',
  '\x95': 'FRAME',
  // Protocol 5.
  '\x96': 'BYTEARRAY8',
  '\x97': 'NEXT_BUFFER',
  '\x98': 'READONLY_BUFFER',
}

/** Names of opcodes by their byte. */
export const opcodeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(names).map(([code, name]) => [code.charCodeAt(0), name]),
)

const texts = Array.from(
  { length: 256 },
  (_, code) => opcodeNames.get(code) ?? `0x${code.toString(16).padStart(2, '0')}`,
)

/** The name of an opcode, or its byte for one that there is not, such as `0xff`. */
export function opcodeName(code: number): string {
  return texts[code] ?? ''
}
