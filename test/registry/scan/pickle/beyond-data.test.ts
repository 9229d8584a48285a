import { describe, expect, it } from 'vitest'
import type { ScanVerdict } from '../../../../src/registry/scan/file-scan.ts'
import {
  bytes,
  dtype,
  dtypeState,
  imported,
  joblibArray,
  ndarray,
  newDtype,
  op,
  type Part,
  pickle,
  wrapper,
} from './assemble.ts'
import { scanBytes, told } from './scan-bytes.ts'

/**
 * Pickles of known names alone, which did something else than to restore data when they were loaded with Python 3.11, numpy 2.4,
 * scikit-learn 1.9 and joblib 1.6: they crashed the interpreter, took memory, called what the file chose, or ran what was not scanned.
 */

type Case = [name: string, file: Uint8Array, verdict: Exclude<ScanVerdict, 'safe'>, says: RegExp]

const text = op.shortBinunicode
const one = bytes(op.binint1(1), op.tuple1)
const eight = op.shortBinbytes(Buffer.alloc(8, 65))
const list = (...parts: Part[]): Buffer => bytes(op.emptyList, op.mark, parts, op.appends)
const tuple = (...parts: Part[]): Buffer => bytes(op.mark, parts, op.tuple)
const map = (...parts: Part[]): Buffer => bytes(op.emptyDict, op.mark, parts, op.setitems)
const call = (callee: Part, ...args: Part[]): Buffer => bytes(callee, tuple(...args), op.reduce)
const made = (module: string, name: string, ...args: Part[]): Buffer =>
  bytes(imported(module, name), tuple(...args), op.newobj)
const restored = (object: Part, state: Part): Buffer => bytes(object, state, op.build)
const regression = (...state: Part[]): Buffer =>
  restored(made('sklearn.linear_model._base', 'LinearRegression'), map(...state))
const mean = imported('numpy', 'mean')
const range = call(imported('builtins', 'range'), op.binint(1e9))
const reconstructor = (type: Part, base: Part, state: Part): Buffer =>
  call(imported('copyreg', '_reconstructor'), type, base, state)
const newobj = (...args: Part[]): Buffer => call(imported('copyreg', '__newobj__'), ...args)
const numbers = dtype('f8')
const objects = newDtype('O')
const field = (type: Part, offset: number, name = 'a'): Buffer => bytes(text(name), type, op.binint(offset), op.tuple2)
const scalar = (type: Part, value: Part): Buffer => call(imported('numpy._core.multiarray', 'scalar'), type, value)

const types: Case[] = [
  [
    'a record of objects given as bytes',
    pickle(4, ndarray(dtype('V8', 1, 8, map(field(objects, 0)), tuple(text('a'))), one, eight)),
    'dangerous',
    /references to objects/,
  ],
  [
    'a number over an object',
    pickle(4, dtype('V8', 27, 8, map(field(objects, 0), field(numbers, 0, 'b')), tuple(text('a'), text('b')))),
    'dangerous',
    /outside of a record/,
  ],
  [
    'a field beyond its record',
    pickle(4, scalar(dtype('V8', 0, 8, map(field(numbers, 1e9)), tuple(text('a'))), eight)),
    'dangerous',
    /outside of a record/,
  ],
  [
    'a name without a field',
    pickle(4, scalar(dtype('V8', 0, 8, map(field(numbers, 0)), tuple(text('b'))), eight)),
    'dangerous',
    /outside of a record/,
  ],
  [
    'a type that is changed behind its array',
    pickle(
      4,
      [newDtype('V8'), op.binput(1), ndarray(op.binget(1), one, eight), op.binget(1)],
      [dtypeState(27, 8, map(field(objects, 0)), tuple(text('a'))), op.build, op.tuple3],
    ),
    'dangerous',
    /a type of numpy that is in use/,
  ],
  [
    'a type that is restored twice',
    pickle(4, dtype('V8', 27, 8, map(field(objects, 0)), tuple(text('a'))), dtypeState(0, 8), op.build),
    'dangerous',
    /a type of numpy that is in use/,
  ],
  ['texts of no size', pickle(4, dtype('S5', 0, -1)), 'unknown', /another size/],
  [
    'a state of which numpy does not take the flags',
    pickle(4, newDtype('V8'), dtypeState(27, 8, map(field(numbers, 0)), tuple(text('a')), 2), op.build),
    'unknown',
    /cannot be followed/,
  ],
  ['objects out of a scalar', pickle(4, scalar(objects, mean)), 'unknown', /in a way that no pickle does/],
  [
    'an array out of another',
    pickle(
      4,
      call(imported('numpy._core.numeric', '_frombuffer'), ndarray(numbers, one, eight), numbers, one, text('C')),
    ),
    'unknown',
    /out of what it computes/,
  ],
]

const padding = joblibArray(Buffer.alloc(8)).subarray(-12)
const wrapped = (...more: Part[]): Buffer => wrapper(numbers, one, undefined, more)
const fresh = bytes(imported('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newobj)
const wrappers: Case[] = [
  [
    'padding by a value that is no number',
    pickle(4, wrapped(text('numpy_array_alignment_bytes'), op.newtrue), padding),
    'unknown',
    /array of joblib that cannot be followed/,
  ],
  [
    'padding that it remembers from an earlier state',
    pickle(4, wrapper(numbers, one, [fresh, op.binput(9)]), padding, op.pop, [
      wrapper(numbers, one, op.binget(9), []),
      Buffer.alloc(8),
    ]),
    'unknown',
    /array of joblib that cannot be followed/,
  ],
  ['a method of its own', pickle(4, wrapped(text('read'), mean), padding), 'unknown', /cannot be followed/],
]

const memory: Case[] = [
  [
    'bytes by the million',
    pickle(4, call(imported('builtins', 'bytearray'), op.binint(1e6))),
    'dangerous',
    /reserves memory/,
  ],
  [
    'a number longer than it needs to be',
    pickle(4, call(imported('builtins', 'bytearray'), op.long1(Buffer.from([0, 0, 0, 0, 2, 0, 0, 0, 0, 0])))),
    'malformed',
    /as no pickle writes it/,
  ],
  [
    'bytes by their constructor',
    pickle(4, reconstructor(imported('builtins', 'bytearray'), imported('builtins', 'bytearray'), op.binint(1e9))),
    'unknown',
    /an object in a way/,
  ],
  [
    'a billion objects that are not there',
    pickle(4, ndarray(objects, [op.binint(1e9), op.tuple1], op.emptyList)),
    'dangerous',
    /reserves memory/,
  ],
  [
    'a pair of a billion values',
    pickle(4, call(imported('collections', 'defaultdict'), op.none, list(range))),
    'unknown',
    /computes/,
  ],
  [
    'arguments of an error',
    pickle(4, restored(made('builtins', 'ValueError'), map(text('args'), range))),
    'unknown',
    /"args"/,
  ],
  ['a masked array of a range', pickle(4, made('numpy.ma', 'MaskedArray', range)), 'unknown', /may only be named/],
  [
    'bounds, repeated',
    pickle(
      4,
      made('sklearn.gaussian_process.kernels', 'Hyperparameter', text('a'), text('numeric'), one, op.binint(1e9)),
    ),
    'unknown',
    /a hyperparameter in a way/,
  ],
  [
    'a tree, made without its constructor',
    pickle(4, made('sklearn.tree._tree', 'Tree', op.binint1(1), ndarray(numbers, one, eight), op.binint(1e9))),
    'unknown',
    /number of outputs/,
  ],
  [
    'what it remembers, over and over',
    pickle(
      4,
      [list(Buffer.alloc(20_000, 'N')), op.binput(0), imported('builtins', 'frozenset'), op.binput(1), op.mark],
      ...Array.from({ length: 10_000 }, () => bytes(op.binget(1), op.binget(0), op.tuple1, op.reduce)),
      op.popMark,
      op.pop,
    ),
    'dangerous',
    /copies what it remembers/,
  ],
]

const maskedArray = call(
  imported('numpy.ma.core', '_mareconstruct'),
  imported('numpy.ma.core', 'MaskedArray'),
  imported('numpy', 'ndarray'),
  [op.binint1(0), op.tuple1],
  text('b'),
)
const sparse = imported('scipy.sparse._csr', 'csr_matrix')
const isotonic = (...state: Part[]): Buffer => restored(made('sklearn.isotonic', 'IsotonicRegression'), map(...state))
const calls: Case[] = [
  [
    'an attribute whose name is a text by a call',
    pickle(4, restored(regression(newobj(imported('builtins', 'str'), text('__setstate__')), mean), list())),
    'dangerous',
    /make another thing of an object/,
  ],
  [
    'an attribute whose name is a text of numpy',
    pickle(4, regression(scalar(dtype('U1', 8, 4), op.shortBinbytes(Buffer.alloc(4, 65))), mean)),
    'dangerous',
    /make another thing of an object/,
  ],
  [
    'a place in memory, which numpy reads',
    pickle(
      4,
      restored(maskedArray, tuple(op.binint1(1), one, numbers, op.newfalse, eight, eight, regression(text('a'), one))),
    ),
    'unknown',
    /an array in a way that cannot be followed/,
  ],
  ['its name', pickle(4, regression(text('__array_interface__'), op.emptyDict)), 'dangerous', /another thing/],
  ['a state with methods', pickle(4, restored(regression(), regression(text('pop'), mean))), 'unknown', /computes/],
  [
    'properties',
    pickle(4, restored([sparse, op.emptyTuple, op.newobj], tuple(op.none, map(text('shape'), one)))),
    'unknown',
    /attributes that it computes/,
  ],
  [
    'a version that is printed',
    pickle(4, regression(text('_sklearn_version'), regression())),
    'unknown',
    /version of scikit-learn is no text/,
  ],
  ['what an estimator computes with', pickle(4, isotonic(text('X_thresholds_'), range)), 'unknown', /"X_thresholds_"/],
  ['what it computes by', pickle(4, isotonic(text('_build_f'), mean)), 'unknown', /"_build_f"/],
  ['a constructor, by what makes objects', pickle(4, reconstructor(sparse, sparse, one)), 'unknown', /in a way/],
  [
    'a text that is evaluated',
    pickle(4, newobj(imported('numpy', 'matrix'), text('1 2'))),
    'unknown',
    /may only be named/,
  ],
  [
    'a kernel as a maker of generators',
    pickle(
      4,
      call(
        imported('numpy.random._pickle', '__generator_ctor'),
        op.emptyList,
        restored(made('sklearn.gaussian_process.kernels', 'CompoundKernel'), map(text('kernels'), list(mean))),
      ),
    ),
    'unknown',
    /no generator of random numbers/,
  ],
  [
    'an identifier out of an object',
    pickle(4, call(imported('uuid', 'UUID'), regression(text('replace'), mean))),
    'unknown',
    /constructor/,
  ],
  [
    'a codec by name',
    pickle(4, call(imported('builtins', 'bytes'), text('a'), text('punycode'))),
    'unknown',
    /an encoding/,
  ],
  [
    'keywords',
    pickle(4, imported('sklearn.linear_model._base', 'LinearRegression'), op.emptyTuple, map(text('a'), op.none), [
      op.newobjEx,
    ]),
    'unknown',
    /keywords/,
  ],
  [
    'a tensor of what is none',
    pickle(4, call(imported('torch._utils', '_rebuild_parameter'), regression(text('detach'), mean))),
    'unknown',
    /tensor/,
  ],
  [
    'pairs that are asked for their parts',
    pickle(4, call(imported('collections', 'OrderedDict'), list(made('sklearn.pipeline', 'Pipeline')))),
    'unknown',
    /computes/,
  ],
]

const getpid = bytes(op.pop, op.global('os', 'getpid'), op.emptyTuple, op.reduce, op.stop)
/** An array of joblib whose padding is opcodes for everybody else; its first byte says how long it is. */
const padded = (first: number, ...parts: Part[]): Buffer => {
  const padding = Buffer.alloc(first, 0xff)
  bytes(...parts).copy(padding)
  return pickle(4, joblibArray(Buffer.alloc(8), padding))
}
const none = 0x4e
const path = `${'path.os.'.repeat(70)}getpid`
const far = bytes(text('os'), op.binunicode(path), op.stackGlobal, op.emptyTuple, op.reduce, op.stop, Buffer.alloc(5))
const without = /Loaded without joblib/
const plainly: Case[] = [
  ['a number with a space', padded(0x49, ' 1\n', getpid), 'unknown', without],
  ['attributes of nothing', padded(none, op.none, op.build, getpid), 'unknown', without],
  [
    'bytes that grow',
    padded(none, op.bytearray8(Buffer.alloc(1)), op.binint1(1), op.append, getpid),
    'unknown',
    without,
  ],
  ['a long number', padded(none, op.long1(Buffer.alloc(12)), getpid), 'unknown', without],
  ['a number of the memo', padded(none, op.longBinput(3e6), getpid), 'unknown', without],
  [
    'a long way to a name',
    pickle(4, joblibArray(far, op.binbytes(Buffer.alloc(none - 5)))),
    'malformed',
    /for its length/,
  ],
]

describe.each([
  ['a type of numpy that lies', types],
  ['what an array of joblib is for others', plainly],
  ['an array of joblib that ends elsewhere', wrappers],
  ['memory that the file does not fill', memory],
  ['a call behind restoring', calls],
])('is refused: %s', (_, cases) => {
  it.each(cases)('%s', (...[, file, verdict, says]) => {
    const judged = scanBytes(file)
    expect(told(judged)).toMatch(says)
    expect(judged.verdict).toBe(verdict)
  })
})

it.each([
  ['a record', dtype('V16', 16, 16, map(field(numbers, 0), field(dtype('i8'), 8, 'b')), tuple(text('b'), text('a')))],
  ['a record of objects', dtype('V8', 27, 8, map(field(objects, 0)), tuple(text('a')))],
  ['a masked array', restored(maskedArray, tuple(op.binint1(1), one, numbers, op.newfalse, eight, eight, op.none))],
  ['an array of objects', ndarray(objects, one, list(op.none))],
  ['an old class', reconstructor(imported('sklearn.pipeline', 'Pipeline'), imported('builtins', 'object'), op.none)],
  ['a number of numpy as a key', map(scalar(numbers, eight), op.none)],
  ['an array of joblib', joblibArray(Buffer.alloc(8))],
])('is safe: %s', (_, file) => {
  expect(told(scanBytes(pickle(4, file)))).toBe('')
})
