import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { opcodeNames } from '../../../../src/registry/scan/pickle/opcodes.ts'
import { buildZip } from '../build-zip.ts'
import { bad, bytes, called, dtype, imported, joblibArray, ndarray, op, pickle, wrapper } from './assemble.ts'
import { scanBytes } from './scan-bytes.ts'

/** A small safe file of every kind. */
const shape = [op.binint1(1), op.tuple1]
const objects = pickle(4, ndarray(dtype('O8', 63), shape, [op.emptyList, op.none, op.append]))
const header = (descr: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`.padEnd(117)
const npy = (descr: string, data: Uint8Array) => bytes(0x93, 'NUMPY', 1, 0, 118, 0, header(descr), '\n', data)
const storage = bytes(
  [op.mark, op.shortBinunicode('storage'), imported('torch', 'FloatStorage'), op.shortBinunicode('0')],
  [op.shortBinunicode('cpu'), op.binint1(1), op.tuple, op.binpersid],
)
const good: [string, Uint8Array][] = [
  ['protocol 0', pickle(0, op.mark, op.string("'a'"), op.unicode('b'), op.float(1), op.long(2), op.list)],
  ['protocol 4', pickle(4, called('collections', 'OrderedDict'), op.memoize, op.binfloat(2), op.tuple2)],
  ['an array', pickle(4, ndarray(dtype('f8'), shape, op.shortBinbytes(Buffer.alloc(8))))],
  ['joblib', pickle(4, joblibArray(Buffer.alloc(16)))],
  ['joblib with objects', bytes(op.proto(4), wrapper(dtype('O8', 63), shape), objects, op.stop)],
  ['joblib, compressed', deflateSync(pickle(4, joblibArray(Buffer.alloc(16))))],
  ['npy', npy('<f8', Buffer.alloc(8))],
  ['npy of objects', npy('|O', objects)],
  ['npz', buildZip([{ name: 'a.npy', data: npy('<f8', Buffer.alloc(8)), deflate: true }])],
  [
    'PyTorch',
    buildZip([
      { name: 'm/data.pkl', data: pickle(2, storage) },
      { name: 'm/data/0', data: Buffer.alloc(4) },
    ]),
  ],
  [
    'old PyTorch',
    bytes(
      pickle(2, op.long1(Buffer.from('6cfc9c46f9206aa85019', 'hex'))),
      [pickle(2, op.binint2(1001)), pickle(2, op.emptyDict), pickle(2, storage)],
      [pickle(2, op.emptyList, op.binunicode('0'), op.append), 1, Buffer.alloc(7), Buffer.alloc(4)],
    ),
  ],
]

describe.each(good)('%s', (_, file) => {
  it('is safe, and nothing that is cut off is', () => {
    expect(scanBytes(file).verdict).toBe('safe')
    for (let length = 0; length < file.length; length++) {
      // What would be left of a file of several pickles could be one of fewer; here each holds exactly what it needs.
      expect(scanBytes(file.subarray(0, length)).verdict, `${length} bytes`).not.toBe('safe')
    }
  })

  it('never ends in an exception, whatever is changed', () => {
    const change = fc.tuple(fc.nat(file.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const changed = Buffer.from(file)
        for (const [at, value] of changes) changed[at] = value
        scanBytes(changed)
        scanBytes(changed, 'model.bin')
      }),
      { numRuns: 500 },
    )
  })
})

describe('any bytes', () => {
  it('never end in an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        scanBytes(random)
        scanBytes(bytes(op.proto(4), random))
        scanBytes(random, 'model.bin')
      }),
      { numRuns: 1500 },
    )
  })

  it('of opcodes with their arguments never end in one, and are never safe with a call that is not known', () => {
    const codes = [...opcodeNames.keys()].filter((code) => code !== 0x2e)
    const part = fc.oneof(
      fc.constantFrom(...codes).map((code) => bytes(code)),
      fc.constantFrom(op.none, op.emptyTuple, op.emptyList, op.emptyDict, op.mark, op.memoize, op.shortBinunicode('a')),
      fc.constantFrom(called('collections', 'OrderedDict'), imported('numpy', 'dtype'), op.binget(0), op.binint1(3)),
      fc.constantFrom(op.newobj, op.reduce, op.build, op.setitem, op.append, op.tuple2, op.dup, op.pop, op.stackGlobal),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.nat(40), (parts, at) => {
        scanBytes(pickle(4, parts))
        const hidden = pickle(4, [...parts.slice(0, at), bad, ...parts.slice(at)])
        const { verdict, globals } = scanBytes(hidden)
        // The call may be the argument of an opcode before it; then it is no call.
        if (globals.includes('os.getpid')) expect(verdict).toBe('dangerous')
      }),
      { numRuns: 1500 },
    )
  })
})
