/** Pickles made opcode by opcode. Names in them are harmless: what matters is that they are not known. */

export type Part = Uint8Array | string | number | readonly Part[]

/** Bytes of parts one after the other: texts as Latin-1, numbers as one byte. */
export function bytes(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1')
      if (typeof part === 'number') return Buffer.from([part])
      return part instanceof Uint8Array ? Buffer.from(part) : bytes(...part)
    }),
  )
}

const little = (value: number, size: number): Buffer => {
  const field = Buffer.alloc(size)
  if (size === 8) field.writeBigUInt64LE(BigInt(value))
  else if (value < 0) field.writeIntLE(value, 0, size)
  else field.writeUIntLE(value, 0, size)
  return field
}
const utf8 = (value: string): Buffer => Buffer.from(value)

/** Opcodes by name, with their arguments. */
export const op = {
  int: (value: string | number) => bytes('I', String(value), '\n'),
  binint: (value: number) => bytes('J', little(value, 4)),
  binint1: (value: number) => bytes('K', value),
  binint2: (value: number) => bytes('M', little(value, 2)),
  long: (value: string | number) => bytes('L', String(value), 'L\n'),
  long1: (value: Uint8Array) => bytes(0x8a, value.length, value),
  long4: (value: Uint8Array) => bytes(0x8b, little(value.length, 4), value),
  string: (literal: string) => bytes('S', literal, '\n'),
  binstring: (value: string) => bytes('T', little(value.length, 4), value),
  shortBinstring: (value: string) => bytes('U', value.length, value),
  binbytes: (value: Uint8Array) => bytes('B', little(value.length, 4), value),
  shortBinbytes: (value: Uint8Array) => bytes('C', value.length, value),
  binbytes8: (value: Uint8Array) => bytes(0x8e, little(value.length, 8), value),
  bytearray8: (value: Uint8Array) => bytes(0x96, little(value.length, 8), value),
  nextBuffer: bytes(0x97),
  readonlyBuffer: bytes(0x98),
  none: bytes('N'),
  newtrue: bytes(0x88),
  newfalse: bytes(0x89),
  unicode: (raw: string) => bytes('V', raw, '\n'),
  shortBinunicode: (value: string) => bytes(0x8c, utf8(value).length, utf8(value)),
  binunicode: (value: string) => bytes('X', little(utf8(value).length, 4), utf8(value)),
  binunicode8: (value: string) => bytes(0x8d, little(utf8(value).length, 8), utf8(value)),
  float: (value: string | number) => bytes('F', String(value), '\n'),
  binfloat: (value: number) => {
    const field = Buffer.alloc(8)
    field.writeDoubleBE(value)
    return bytes('G', field)
  },
  emptyList: bytes(']'),
  append: bytes('a'),
  appends: bytes('e'),
  list: bytes('l'),
  emptyTuple: bytes(')'),
  tuple: bytes('t'),
  tuple1: bytes(0x85),
  tuple2: bytes(0x86),
  tuple3: bytes(0x87),
  emptyDict: bytes('}'),
  dict: bytes('d'),
  setitem: bytes('s'),
  setitems: bytes('u'),
  emptySet: bytes(0x8f),
  additems: bytes(0x90),
  frozenset: bytes(0x91),
  pop: bytes('0'),
  dup: bytes('2'),
  mark: bytes('('),
  popMark: bytes('1'),
  get: (index: number) => bytes('g', String(index), '\n'),
  binget: (index: number) => bytes('h', index),
  longBinget: (index: number) => bytes('j', little(index, 4)),
  put: (index: number) => bytes('p', String(index), '\n'),
  binput: (index: number) => bytes('q', index),
  longBinput: (index: number) => bytes('r', little(index, 4)),
  memoize: bytes(0x94),
  ext1: (code: number) => bytes(0x82, code),
  ext2: (code: number) => bytes(0x83, little(code, 2)),
  ext4: (code: number) => bytes(0x84, little(code, 4)),
  global: (module: string, name: string) => bytes('c', utf8(module), '\n', utf8(name), '\n'),
  stackGlobal: bytes(0x93),
  reduce: bytes('R'),
  build: bytes('b'),
  inst: (module: string, name: string) => bytes('i', module, '\n', name, '\n'),
  obj: bytes('o'),
  newobj: bytes(0x81),
  newobjEx: bytes(0x92),
  proto: (version: number) => bytes(0x80, version),
  stop: bytes('.'),
  frame: (length: number) => bytes(0x95, little(length, 8)),
  persid: (id: string) => bytes('P', id, '\n'),
  binpersid: bytes('Q'),
}

/** A pickle of a protocol. */
export const pickle = (protocol: number, ...parts: readonly Part[]): Buffer =>
  bytes(protocol < 2 ? '' : op.proto(protocol), ...parts, op.stop)

/** The import of a name as protocol 4 does it. */
export const imported = (module: string, name: string): Buffer =>
  bytes(op.shortBinunicode(module), op.shortBinunicode(name), op.stackGlobal)

/** A call of a name without arguments. */
export const called = (module: string, name: string): Buffer => bytes(imported(module, name), op.emptyTuple, op.reduce)

/** A call that is not known, and does nothing. */
export const bad = called('os', 'getpid')

/** A numpy type as numpy pickles it. */
export const dtype = (code: string, flags = 0, size = -1, fields: Part = op.none, names: Part = op.none): Buffer =>
  bytes(newDtype(code), dtypeState(flags, size, fields, names), op.build)

/** The call that makes a type of numpy, before its state. */
export const newDtype = (code: string): Buffer =>
  bytes(imported('numpy', 'dtype'), [op.shortBinunicode(code), op.newfalse, op.newtrue, op.tuple3, op.reduce])

/** What a type of numpy is restored to. */
export const dtypeState = (flags: number, size: number, fields: Part = op.none, names: Part = op.none, version = 3) =>
  bytes(
    [op.mark, op.binint1(version), op.shortBinunicode('<'), op.none, names, fields, op.binint(size), op.binint(-1)],
    [op.binint1(flags), op.tuple],
  )

/** A pickled array of numpy. */
export const ndarray = (type: Part, shape: Part, data: Part): Buffer =>
  bytes(
    imported('numpy._core.multiarray', '_reconstruct'),
    [imported('numpy', 'ndarray'), op.binint1(0), op.tuple1, op.shortBinbytes(bytes('b')), op.tuple3, op.reduce],
    [op.mark, op.binint1(1), shape, type, op.newfalse, data, op.tuple, op.build],
  )

const text = op.shortBinunicode

/** The wrapper that joblib puts before an array; the array goes behind it. */
export const wrapper = (
  type: Part,
  shape: Part,
  made: Part = [imported('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newobj],
  more: Part = [text('numpy_array_alignment_bytes'), op.binint1(16)],
): Buffer =>
  bytes(
    made,
    [op.emptyDict, op.mark, text('subclass'), imported('numpy', 'ndarray'), text('shape'), shape],
    [text('order'), text('C'), text('dtype'), type, text('allow_mmap'), op.newtrue],
    [more, op.setitems, op.build],
  )

/** An array of joblib of float64: its wrapper, the number of bytes of padding, the padding, and the numbers. */
export const joblibArray = (data: Uint8Array, padding: Uint8Array = Buffer.alloc(3, 0xff)): Buffer =>
  bytes(wrapper(dtype('f8'), [op.binint(data.length / 8), op.tuple1]), padding.length, padding, data)

/** A call with arguments. */
export const callOf = (module: string, name: string, ...args: readonly Part[]): Buffer =>
  bytes(imported(module, name), op.mark, ...args, op.tuple, op.reduce)

/** A tuple of whole numbers of any size. */
export const wholes = (...all: number[]): Buffer =>
  bytes(op.mark, ...all.map((one) => op.long1(little(one, 8))), op.tuple)

/** The numbers of a tensor, by the persistent id of PyTorch. */
export const torchStorage = (key = '0', elements = 2, type = 'FloatStorage', more: Part = ''): Buffer =>
  bytes(
    [op.mark, text('storage'), imported(type === 'UntypedStorage' ? 'torch.storage' : 'torch', type), text(key)],
    [text('cpu'), op.long1(little(elements, 8)), more, op.tuple, op.binpersid],
  )

/** What PyTorch makes a tensor with, and what another file may say instead. */
export type TorchTensor = { by?: string; offset?: Part; shape?: Part; strides?: Part; hooks?: Part; more?: Part }

export const torchTensor = (stored: Part, given: TorchTensor = {}): Buffer =>
  callOf(
    'torch._utils',
    given.by ?? '_rebuild_tensor_v2',
    [stored, given.offset ?? op.binint1(0), given.shape ?? wholes(2), given.strides ?? wholes(1)],
    [op.newfalse, given.hooks ?? called('collections', 'OrderedDict'), given.more ?? ''],
  )
