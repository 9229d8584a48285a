import { describe, expect, it } from 'vitest'
import type { ScanVerdict } from '../../../../src/registry/scan/file-scan.ts'
import { scanSource } from '../../../../src/registry/scan/scan-source.ts'
import { UnpackBudget } from '../../../../src/registry/scan/unpack.ts'
import { buildZip, memorySource } from '../build-zip.ts'
import {
  bytes,
  called,
  callOf,
  imported,
  op,
  type Part,
  pickle,
  torchStorage,
  torchTensor,
  wholes,
} from './assemble.ts'
import { told, worst } from './scan-bytes.ts'

const text = op.shortBinunicode

type Entry = { name: string; data: Uint8Array | string; deflate?: boolean }
const data = (size: number, key = '0'): Entry => ({ name: `m/data/${key}`, data: Buffer.alloc(size) })
const archive = (main: Part, ...more: Entry[]): Buffer =>
  buildZip([{ name: 'm/data.pkl', data: pickle(2, main) }, { name: 'm/version', data: '3\n' }, ...more])

/** A file of `torch.save` before 1.6, or of now with `_use_new_zipfile_serialization=False`. */
const legacy = (main: Part, sizes: readonly [elements: number, bytes: number][], protocol = 2): Buffer => {
  const magic = op.long1(Buffer.from('6cfc9c46f9206aa85019', 'hex'))
  const begin = protocol < 4 ? pickle(2, magic) : pickle(4, op.frame(magic.length + 1), magic)
  const keys = pickle(2, op.emptyList, op.mark, ...sizes.map((_, at) => op.binunicode(String(at))), op.appends)
  const stored = sizes.map(([elements, size]) => {
    const field = Buffer.alloc(8 + size)
    field.writeBigUInt64LE(BigInt(elements))
    return field
  })
  return bytes(begin, pickle(2, op.binint2(1001)), pickle(2, op.emptyDict), pickle(2, main), keys, ...stored)
}

const scanned = (file: Uint8Array, name = 'model.pt') => {
  const found = scanSource(memorySource(file, name), { allowGlobals: [], budget: new UnpackBudget() })
  return { verdict: worst(found), told: told(found), format: found.format, facts: found.facts }
}

const floats = torchStorage()
const tensor = torchTensor(floats)
const noHooks = called('collections', 'OrderedDict')
const dict = (...parts: Part[]): Buffer => bytes(op.emptyDict, op.mark, ...parts, op.setitems)
const parameter = (...args: Part[]): Buffer => callOf('torch._utils', '_rebuild_parameter', ...args)
const typed = (type: string, stored: Part = torchStorage('0', 8, 'UntypedStorage'), shape: Part = wholes(2)): Buffer =>
  torchTensor(stored, { by: '_rebuild_tensor_v3', shape, more: imported('torch', type) })
const quantised = (scheme: string, ...given: Part[]): Buffer =>
  callOf(
    'torch._utils',
    '_rebuild_qtensor',
    [torchStorage('0', 8, 'QInt8Storage'), op.binint1(0), wholes(8), wholes(1)],
    [op.mark, imported('torch', scheme), ...given, op.tuple, op.newfalse, noHooks],
  )
const ofClass = (module: string, name: string, state: Part): Buffer =>
  callOf(
    'torch._tensor',
    '_rebuild_from_type_v2',
    [imported('torch._utils', '_rebuild_tensor_v2'), imported(module, name), op.mark, floats, op.binint1(0)],
    [wholes(2), wholes(1), op.newfalse, noHooks, op.tuple, state],
  )
const sparse = callOf(
  'torch._utils',
  '_rebuild_sparse_tensor',
  callOf('torch.serialization', '_get_layout', text('torch.sparse_coo')),
  [op.mark, torchTensor(torchStorage('1', 2, 'LongStorage'), { shape: wholes(1, 2), strides: wholes(2, 1) }), tensor],
  [callOf('torch', 'Size', wholes(9)), op.newfalse, op.tuple],
)
const module = bytes(
  [
    op.mark,
    text('module'),
    imported('torch.nn.modules.linear', 'Linear'),
    text('linear.py'),
    text('class Linear: pass'),
  ],
  [op.tuple, op.binpersid, op.emptyTuple, op.newobj],
)

describe('files of PyTorch', () => {
  it.each<[string, Uint8Array, Record<string, number>]>([
    ['tensors', archive(tensor, data(8)), { float32: 2 }],
    [
      'views of one storage',
      archive([tensor, op.pop, torchTensor(floats, { offset: op.binint1(1), shape: wholes(1) })], data(8)),
      { float32: 2 },
    ],
    [
      'a tensor that is expanded',
      archive(torchTensor(floats, { shape: wholes(9, 2), strides: wholes(0, 1) }), data(8)),
      { float32: 2 },
    ],
    [
      'a tensor without elements',
      archive(torchTensor(torchStorage('0', 0), { shape: wholes(0, 5), strides: wholes(5, 1) }), data(0)),
      { float32: 0 },
    ],
    ['types without a storage of their own', archive(typed('uint32'), data(8)), { uint32: 2 }],
    ['float8', archive(typed('float8_e4m3fn', undefined, wholes(8)), data(8)), { float8_e4m3fn: 8 }],
    ['parameters', archive(parameter(tensor, op.newtrue, noHooks), data(8)), { float32: 2 }],
    [
      'buffers',
      archive(ofClass('torch.nn.parameter', 'Buffer', dict(text('persistent'), op.newtrue)), data(8)),
      { float32: 2 },
    ],
    [
      'tensors with attributes',
      archive(ofClass('torch', 'Tensor', dict(text('note'), op.binint1(5))), data(8)),
      { float32: 2 },
    ],
    [
      'quantised tensors',
      archive(quantised('per_tensor_affine', op.binfloat(0.1), op.binint1(0)), data(8)),
      { qint8: 8 },
    ],
    ['two numbers in a byte', archive(torchTensor(torchStorage('0', 1, 'QUInt4x2Storage')), data(1)), { quint4x2: 1 }],
    ['sparse tensors', archive(sparse, data(8), data(16, '1')), { float32: 2, int64: 2 }],
    ['the old format', legacy(torchTensor(torchStorage('0', 2, 'FloatStorage', op.none)), [[2, 8]]), { float32: 2 }],
    [
      'the old format in protocol 4',
      legacy(torchTensor(torchStorage('0', 2, 'FloatStorage', op.none)), [[2, 8]], 4),
      { float32: 2 },
    ],
  ])('are safe: %s', (_, file, dtypes) => {
    const { told, verdict, format, facts } = scanned(file)
    expect(`${told}${verdict} ${format}`).toBe('safe pytorch')
    expect(facts?.dtypes).toEqual(dtypes)
  })

  it.each<[string, Uint8Array, ScanVerdict, RegExp]>([
    ['a whole module of the old format', legacy(module, []), 'unknown', /torch\.nn\.modules\.linear\.Linear/],
    [
      'TorchScript by its constants',
      archive(op.none, { name: 'm/constants.pkl', data: pickle(2, op.emptyTuple) }),
      'unknown',
      /TorchScript/,
    ],
    ['torch.export', buildZip([{ name: 'm/archive_format', data: 'pt2' }]), 'unknown', /torch\.export/],
    [
      'the description of a distributed checkpoint',
      pickle(4, imported('torch.distributed.checkpoint.metadata', 'Metadata'), op.emptyTuple, op.newobj),
      'unknown',
      /metadata\.Metadata/,
    ],
  ])('are unknown, with a name: %s', (_, file, verdict, says) => {
    const found = scanned(file)
    expect(found.verdict).toBe(verdict)
    expect(found.told).toMatch(says)
  })

  it('are unknown as shards of a distributed checkpoint', () => {
    const part = archive(tensor, data(8))
    const found = scanned(bytes(part, part), '__0_0.distcp')
    expect(found.verdict).toBe('unknown')
    expect(found.told).toMatch(/shard of a distributed checkpoint/)
  })
})

const oddly = /in a way that no file of PyTorch does/
const beyond = /reaches beyond its storage/

describe('tensors that are none', () => {
  it.each<[string, Part, ScanVerdict, RegExp]>([
    ['larger than its storage', torchTensor(floats, { shape: wholes(1e9) }), 'malformed', beyond],
    ['longer by its strides', torchTensor(floats, { strides: wholes(2) }), 'malformed', beyond],
    ['behind its storage', torchTensor(floats, { offset: op.binint1(1) }), 'malformed', beyond],
    ['larger as another type', typed('float64', floats), 'malformed', beyond],
    [
      'larger than its storage, which another takes for more of a smaller type',
      bytes(typed('uint8', floats), op.pop, torchTensor(floats, { shape: wholes(4) })),
      'malformed',
      beyond,
    ],
    ['before its storage', torchTensor(floats, { offset: op.binint(-1) }), 'unknown', oddly],
    ['of a shape below zero', torchTensor(floats, { shape: bytes(op.binint(-2), op.tuple1) }), 'unknown', oddly],
    ['of strides below zero', torchTensor(floats, { strides: bytes(op.binint(-1), op.tuple1) }), 'unknown', oddly],
    ['with fewer strides than dimensions', torchTensor(floats, { shape: wholes(1, 1) }), 'unknown', oddly],
    ['of no storage', torchTensor(op.none), 'unknown', oddly],
    [
      'of a type that is none',
      torchTensor(floats, { by: '_rebuild_tensor_v3', more: imported('torch', 'Size') }),
      'unknown',
      oddly,
    ],
    ['with hooks that are a number', torchTensor(floats, { hooks: op.binint1(1) }), 'unknown', oddly],
    ['a parameter of nothing', parameter(op.none, op.newfalse, noHooks), 'unknown', oddly],
    [
      'a parameter with another class',
      callOf(
        'torch._utils',
        '_rebuild_parameter_with_state',
        tensor,
        op.newfalse,
        noHooks,
        dict(text('__class__'), op.none),
      ),
      'dangerous',
      /make another thing/,
    ],
    [
      'of another class by its state',
      ofClass('torch', 'Tensor', dict(text('__class__'), op.none)),
      'dangerous',
      /make another thing/,
    ],
    ['of a class that is no tensor', ofClass('collections', 'OrderedDict', dict()), 'unknown', oddly],
    [
      'made by a function of something else',
      callOf('torch._tensor', '_rebuild_from_type_v2', [
        imported('builtins', 'bytearray'),
        imported('torch', 'Tensor'),
        wholes(1e12),
        dict(),
      ]),
      'dangerous',
      /reserves memory/,
    ],
    [
      'changed by a state',
      [tensor, op.mark, floats, op.binint1(0), wholes(1e9), wholes(1), op.tuple, op.build],
      'unknown',
      /changes a tensor/,
    ],
    [
      'whose storage is changed',
      torchTensor([floats, dict(text('dtype'), imported('torch', 'float64')), op.build]),
      'unknown',
      /changes a tensor/,
    ],
    [
      'quantised along no dimension',
      quantised('per_channel_affine', op.emptyList, op.emptyList, op.binint1(1)),
      'unknown',
      oddly,
    ],
    [
      'quantised with fewer scales than places',
      quantised('per_channel_affine', tensor, tensor, op.binint1(0)),
      'unknown',
      oddly,
    ],

    [
      'a tuple given back, which hides to how many values it unfolds as a key',
      callOf('torch.jit._pickle', 'build_tensorlist', wholes(1, 1)),
      'unknown',
      oddly,
    ],
    [
      'an identity of a class',
      callOf('torch.jit._pickle', 'build_intlist', imported('collections', 'OrderedDict')),
      'unknown',
      oddly,
    ],
    [
      'a part of another storage',
      torchTensor(torchStorage('0', 2, 'FloatStorage', wholes(0, 0, 1))),
      'unknown',
      /something else than a storage/,
    ],
    ['a module outside of the old format', module, 'dangerous', /something else than a storage/],
  ])('are refused: %s', (_, main, verdict, says) => {
    const found = scanned(archive(main, data(8)))
    expect(found.told).toMatch(says)
    expect(found.verdict).toBe(verdict)
  })

  it('are refused when they are larger than their storage in the old format, where PyTorch makes room for them', () => {
    const huge = torchTensor(torchStorage('0', 2, 'FloatStorage', op.none), { shape: wholes(1e9) })
    expect(scanned(legacy(huge, [[2, 8]])).told).toMatch(beyond)
  })

  it('are refused when they are quantised to more numbers than there are', () => {
    const file = callOf(
      'torch._utils',
      '_rebuild_qtensor',
      [torchStorage('0', 2, 'QInt8Storage'), op.binint1(0), wholes(1e12), wholes(0), op.mark],
      [imported('torch', 'per_tensor_affine'), op.binfloat(1), op.binint1(0), op.tuple, op.newfalse, noHooks],
    )
    expect(scanned(archive(file, data(2))).told).toMatch(oddly)
  })
})

describe('archives that PyTorch reads otherwise', () => {
  const evil = pickle(2, called('os', 'getpid'))

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a model in the folder of the first entry, under a name in capitals',
      buildZip([
        { name: 'data/DATA.PKL', data: evil },
        { name: 'data.pkl', data: pickle(2, op.none) },
      ]),
      /in the folder of the model/,
    ],
    ['an entry in another folder', archive(op.none, { name: 'n/x.json', data: '{}' }), /in the folder of the model/],
    [
      'names that differ in case',
      archive(tensor, data(8), { name: 'm/DATA/0', data: Buffer.alloc(8) }),
      /differ only in case/,
    ],
  ])('are refused: %s', (_, file, says) => {
    const found = scanned(file)
    expect(found.verdict).toMatch(/malformed|dangerous/)
    expect(found.told).toMatch(says)
  })

  /** A tar archive whose first entry has a name that is another file's beginning. */
  const tarHead = (name: Uint8Array, checksum: (sum: number) => Buffer): Buffer => {
    const head = Buffer.alloc(512)
    head.set(name)
    head.fill(' ', 148, 156)
    head.set(checksum(head.reduce((sum, byte) => sum + byte, 0)), 148)
    return head
  }
  const octal = (sum: number): Buffer => Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `)
  const binary = (sum: number): Buffer => {
    const field = Buffer.alloc(8)
    field.writeUInt32BE(sum, 4)
    field[0] = 0x80
    return field
  }

  it.each([
    ['octal', octal],
    ['Python writes it', (sum: number) => Buffer.from(` 0o${sum.toString(8)}`.padEnd(8))],
    ['binary', binary],
    ['with signs', (sum: number) => octal(sum - 512)],
    ['between separators', (sum: number) => Buffer.from(`\x1c${sum.toString(8)}\x1d`.padEnd(8))],
  ])('are refused: a pickle that is a tar archive as well, its checksum %s', (_, checksum) => {
    const rest = Buffer.alloc(1024)
    // Bytes in which everything else lies: what the scan reads is one harmless value.
    const start = bytes(op.proto(3), 'B', [0xf9, 5, 0, 0])
    const file = bytes(tarHead(start, checksum), rest, op.stop)
    expect(scanned(file).told).toMatch(/tar archive as well/)
    file[100] = 1
    expect(scanned(file).verdict).toBe('safe')
  })

  it('are refused: a pickle that is a tar archive as well, with no checksum, of bytes that have the sum 0 with signs', () => {
    const file = bytes(
      tarHead(bytes(op.proto(3), 'B', [0xf9, 5, 0, 0]), () => Buffer.alloc(8)),
      Buffer.alloc(1024),
      op.stop,
    )
    const signed = new Int8Array(file.subarray(0, 512)).reduce((sum, byte) => sum + byte, 256)
    file.fill(0x80, 20, 20 + Math.ceil(signed / 128))
    file[60] = Math.ceil(signed / 128) * 128 - signed
    expect(scanned(file).told).toMatch(/tar archive as well/)
    // Python takes it for none where another number is none.
    file[100] = 0x7f
    file[61] = 0x81
    expect(scanned(file).verdict).toBe('safe')
  })
})
