import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ScanVerdict } from '../../../../src/registry/scan/file-scan.ts'
import { buildZip } from '../build-zip.ts'
import {
  bad,
  bytes,
  called,
  dtype,
  imported,
  joblibArray,
  ndarray,
  op,
  pickle,
  torchStorage,
  torchTensor,
  wrapper,
} from './assemble.ts'
import { scanBytes, told } from './scan-bytes.ts'

type Case = [name: string, file: Uint8Array, verdict: Exclude<ScanVerdict, 'safe'>, says: RegExp, file?: string]

const text = op.shortBinunicode
const getpid = 'os.getpid'
const safePickle = pickle(4, text('weights'))
const numbers = Buffer.alloc(64, 1)

function expectRefused([, file, verdict, says, name]: Case): void {
  const judged = scanBytes(file, name)
  expect(told(judged)).toMatch(says)
  expect(judged.verdict).toBe(verdict)
  expect(judged.findings.every(({ help }) => help.length > 20)).toBe(true)
}

/** The two names by some opcodes, then STACK_GLOBAL and a call. */
const named = (...names: Uint8Array[]): Buffer => pickle(4, names, op.stackGlobal, op.emptyTuple, op.reduce)

const spellings: Case[] = [
  [
    'GLOBAL of protocol 0',
    pickle(0, op.global('os', 'getpid'), op.mark, op.tuple, op.reduce),
    'dangerous',
    /os\.getpid/,
  ],
  ['GLOBAL of protocol 2', pickle(2, op.global('os', 'getpid'), op.emptyTuple, op.reduce), 'dangerous', /os\.getpid/],
  ['SHORT_BINUNICODE', named(text('os'), text('getpid')), 'dangerous', /os\.getpid/],
  ['BINUNICODE', named(op.binunicode('os'), op.binunicode('getpid')), 'dangerous', /os\.getpid/],
  ['BINUNICODE8', named(op.binunicode8('os'), op.binunicode8('getpid')), 'dangerous', /os\.getpid/],
  ['SHORT_BINSTRING', named(op.shortBinstring('os'), op.shortBinstring('getpid')), 'dangerous', /os\.getpid/],
  ['BINSTRING', named(op.binstring('os'), op.binstring('getpid')), 'dangerous', /os\.getpid/],
  ['STRING', named(op.string("'os'"), op.string('"getpid"')), 'dangerous', /os\.getpid/],
  [
    'STRING with hexadecimal escapes',
    named(op.string("'\\x6f\\x73'"), op.string("'getpid'")),
    'dangerous',
    /os\.getpid/,
  ],
  ['STRING with octal escapes', named(op.string("'\\157s'"), op.string("'getp\\151d'")), 'dangerous', /os\.getpid/],
  ['UNICODE with escapes', named(op.unicode('\\u006f\\U00000073'), op.unicode('getpid')), 'dangerous', /os\.getpid/],
  ['names of two kinds', named(op.unicode('os'), op.binstring('getpid')), 'dangerous', /os\.getpid/],
  ['a name that is no name', pickle(0, op.global('os\r', 'getpid')), 'malformed', /no name of Python/],
  ['a name in other letters', pickle(0, op.global('\uff4f\uff53', 'getpid')), 'unknown', /not known to be harmless/],
  ['a name that is no text', named(op.binint1(1), text('getpid')), 'malformed', /no text/],
  ['a name that is not UTF-8', named(bytes(0x8c, 2, 0xc3, 0x28), text('getpid')), 'malformed', /no text/],
  ['a name that is too long', pickle(0, op.global('a'.repeat(5000), 'b')), 'malformed', /too long/],
]

const memo: Case[] = [
  [
    'names out of the memo',
    pickle(4, text('getpid'), op.memoize, op.pop, text('os'), op.binget(0), op.stackGlobal, op.emptyTuple, op.reduce),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'the callable out of the memo',
    pickle(4, imported('os', 'getpid'), op.binput(7), op.pop, op.binget(7), op.emptyTuple, op.reduce),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'an entry that is overwritten',
    pickle(
      4,
      text('math'),
      op.put(0),
      text('os'),
      op.put(0),
      op.popMark.subarray(1),
      op.get(0),
      text('getpid'),
      op.stackGlobal,
      op.tuple3,
    ),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'LONG_BINPUT and LONG_BINGET',
    pickle(4, text('os'), op.longBinput(3), text('getpid'), op.stackGlobal, op.longBinget(3), op.tuple2),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'a copy by DUP',
    pickle(2, op.global('os', 'getpid'), op.dup, op.emptyTuple, op.reduce, op.tuple2),
    'dangerous',
    /os\.getpid/,
  ],
  ['what was never remembered', pickle(4, op.binget(3)), 'malformed', /never remembered/],
  ['a memo that reserves gigabytes', pickle(2, op.none, op.longBinput(0x7fffffff)), 'malformed', /impossibly high/],
  ['a memo number in odd digits', pickle(0, op.none, bytes('p1_0\n')), 'malformed', /as no pickle writes it/],
]

const calls: Case[] = [
  ['an import without a call', pickle(4, imported('os', 'getpid')), 'dangerous', /os\.getpid/],
  ['a call whose result is thrown away', pickle(4, bad, op.pop, text('weights')), 'dangerous', /os\.getpid/],
  ['INST', pickle(0, op.mark, op.inst('os', 'getpid')), 'dangerous', /INST os\.getpid/],
  ['OBJ', pickle(1, op.mark, op.global('os', 'getpid'), op.obj), 'dangerous', /os\.getpid/],
  ['NEWOBJ', pickle(2, op.global('os', 'getpid'), op.emptyTuple, op.newobj), 'dangerous', /os\.getpid/],
  [
    'NEWOBJ_EX',
    pickle(4, imported('os', 'getpid'), op.emptyTuple, op.emptyDict, op.newobjEx),
    'dangerous',
    /os\.getpid/,
  ],
  ['a class that is not known', pickle(4, called('mypackage.model', 'Model')), 'unknown', /mypackage\.model\.Model/],
  [
    'the result of a call as function',
    pickle(4, called('a', 'b'), op.emptyTuple, op.reduce),
    'dangerous',
    /calls what it computes/,
  ],
  [
    'the result of a call as class',
    pickle(4, called('a', 'b'), op.emptyTuple, op.newobj),
    'dangerous',
    /calls what it computes/,
  ],
  [
    'the result of a call as name',
    pickle(4, called('a', 'b'), text('c'), op.stackGlobal),
    'dangerous',
    /a name that it computes/,
  ],
  ['a number as function', pickle(4, op.binint1(1), op.emptyTuple, op.reduce), 'malformed', /no function/],
  [
    'what may only be named',
    pickle(4, imported('builtins', 'list'), op.emptyTuple, op.reduce),
    'unknown',
    /may only be named/,
  ],
  ['EXT1', pickle(2, op.ext1(1), op.emptyTuple, op.reduce), 'dangerous', /calls what it computes/],
  ['EXT2', pickle(2, op.ext2(300)), 'unknown', /extension 300/],
  ['EXT4', pickle(2, op.ext4(70000)), 'unknown', /extension 70000/],
  ['EXT4 below zero', pickle(2, op.ext4(-1)), 'malformed', /a number that cannot be/],
  ['PERSID', pickle(0, op.persid('os.getpid')), 'unknown', /persistent id/],
  ['BINPERSID', pickle(1, op.binstring('x'), op.binpersid), 'unknown', /persistent id/],
  ['NEXT_BUFFER', pickle(5, op.nextBuffer, op.readonlyBuffer), 'unknown', /not in the file/],
]

const trampolines: Case[] = (
  [
    ['functools', 'partial'],
    ['functools', 'reduce'],
    ['operator', 'methodcaller'],
    ['operator', 'attrgetter'],
    ['builtins', 'getattr'],
    ['builtins', '__import__'],
    ['builtins', 'map'],
    ['importlib', 'import_module'],
    ['pickle', 'loads'],
    ['_pickle', 'loads'],
    ['types', 'FunctionType'],
    ['types', 'CodeType'],
    ['numpy', 'load'],
    ['numpy._core', '_ufunc_reconstruct'],
    ['torch', 'load'],
    ['torch.storage', '_load_from_bytes'],
    ['joblib', 'load'],
    ['joblib.numpy_pickle_compat', 'NDArrayWrapper'],
    ['sklearn.utils', 'os'],
    ['copyreg', 'add_extension'],
    ['weakref', 'finalize'],
    ['_codecs', 'decode'],
  ] as const
).map(([module, name]): Case => {
  const expected = module === 'sklearn.utils' ? 'unknown' : 'dangerous'
  return [`${module}.${name}`, pickle(4, called(module, name)), expected, new RegExp(`${module}.${name}`)]
})

const paths: Case[] = [
  ['a module as attribute', pickle(4, called('sklearn.utils', 'os.getpid')), 'dangerous', /leads to what can run code/],
  ['a module as attribute of a known one', pickle(4, called('numpy', 'core.sys.exit')), 'dangerous', /leads to/],
  [
    'globals of a method',
    pickle(4, imported('collections', 'OrderedDict.__init__.__globals__')),
    'dangerous',
    /leads to/,
  ],
  ['subclasses', pickle(4, called('builtins', 'object.__subclasses__')), 'dangerous', /builtins/],
  [
    'a known name below another module',
    pickle(4, called('numpy.core', 'multiarray._reconstruct')),
    'unknown',
    /not known/,
  ],
  ['GLOBAL with a path in protocol 4', pickle(4, op.global('numpy', 'os.getpid')), 'dangerous', /leads to/],
  [
    'names of Python 2',
    pickle(2, op.global('__builtin__', 'apply'), op.emptyTuple, op.reduce),
    'dangerous',
    /builtins\.apply/,
  ],
  ['modules of Python 2', pickle(0, op.global('commands', 'getoutput')), 'dangerous', /subprocess\.getoutput/],
  ['renamed in Python 3', pickle(2, op.global('itertools', 'imap')), 'dangerous', /builtins\.map/],
  ['names of Python 2 in protocol 4', pickle(4, imported('__builtin__', 'apply')), 'dangerous', /__builtin__\.apply/],
]

const arguments_: Case[] = [
  [
    'memory that the file does not fill',
    pickle(4, imported('builtins', 'bytearray'), op.binint(2e9), op.tuple1, op.reduce),
    'dangerous',
    /reserves memory/,
  ],
  [
    'a set of a range',
    pickle(
      4,
      imported('builtins', 'set'),
      imported('builtins', 'range'),
      op.binint(2e9),
      op.tuple1,
      op.reduce,
      op.tuple1,
      op.reduce,
    ),
    'unknown',
    /fills a collection/,
  ],
  [
    'a codec that is not known',
    pickle(4, imported('_codecs', 'encode'), text('a'), text('idna'), op.tuple2, op.reduce),
    'unknown',
    /encoding/,
  ],
  [
    'an array that is larger than pickled ones',
    pickle(
      4,
      imported('numpy._core.multiarray', '_reconstruct'),
      imported('numpy', 'ndarray'),
      op.binint(1e9),
      op.tuple1,
      op.none,
      op.tuple3,
      op.reduce,
    ),
    'unknown',
    /in a way that no pickle/,
  ],
  [
    'a generator that is none',
    pickle(
      4,
      imported('numpy.random._pickle', '__bit_generator_ctor'),
      imported('builtins', 'list'),
      op.tuple1,
      op.reduce,
    ),
    'unknown',
    /no generator/,
  ],
  [
    'an object of a computed class',
    pickle(4, imported('copyreg', '_reconstructor'), called('a', 'b'), op.none, op.none, op.tuple3, op.reduce),
    'dangerous',
    /class that it computes/,
  ],
  [
    'a type of numpy that is not known',
    pickle(4, imported('numpy', 'dtype'), text('f8,(9999999,)f8'), op.tuple1, op.reduce),
    'unknown',
    /type of numpy/,
  ],
  [
    'objects that pretend to be numbers',
    pickle(4, ndarray(dtype('O8', 0), [op.binint1(1), op.tuple1], op.shortBinbytes(numbers.subarray(0, 8)))),
    'dangerous',
    /references to objects/,
  ],
  ['numbers that pretend to be objects', pickle(4, dtype('f8', 63)), 'dangerous', /references to objects/],
  [
    'a record that hides objects',
    pickle(
      4,
      dtype(
        'V8',
        16,
        8,
        [op.emptyDict, text('a'), dtype('O8', 63), op.binint1(0), op.tuple2, op.setitem],
        [text('a'), op.tuple1],
      ),
    ),
    'dangerous',
    /references to objects/,
  ],
  ['a type of another size than its own', pickle(4, dtype('S1', 0, 100)), 'unknown', /another size/],
]

const late: Case = [
  'behind the call of a name that was imported later',
  pickle(
    4,
    imported('builtins', 'bytearray'),
    called('collections', 'OrderedDict'),
    op.pop,
    op.binint(2e9),
    op.tuple1,
    op.reduce,
  ),
  'dangerous',
  /reserves memory/,
]

const alike: Case = [
  'behind a known name that looks alike',
  pickle(4, called('collections', 'OrderedDict'), op.pop, called('xollections', 'OrderedDict')),
  'unknown',
  /xollections\.OrderedDict/,
]

const od = [imported('collections', 'OrderedDict'), op.emptyTuple, op.reduce]
const constructors: Case[] = [
  [
    'that measures with a function it is given',
    pickle(
      4,
      imported('sklearn.neighbors._ball_tree', 'BallTree'),
      op.emptyList,
      op.binint1(2),
      imported('numpy', 'mean'),
      op.tuple3,
      op.reduce,
    ),
    'unknown',
    /constructor of "sklearn\.neighbors\._ball_tree\.BallTree"/,
  ],
  [
    'that reserves memory for a shape',
    pickle(4, op.mark, imported('scipy.sparse._csr', 'csr_matrix'), op.binint(2e9), op.binint1(1), op.tuple2, op.obj),
    'unknown',
    /constructor of "scipy\.sparse\._csr\.csr_matrix"/,
  ],
  [
    'of a generator, called by INST',
    pickle(1, op.mark, op.binint1(1), op.inst('numpy.random._mt19937', 'MT19937')),
    'unknown',
    /constructor of "numpy\.random\._mt19937\.MT19937"/,
  ],
  [
    'of a tree with more outputs than memory holds',
    pickle(4, imported('sklearn.tree._tree', 'Tree'), op.binint1(1), op.none, op.binint(2e9), op.tuple3, op.reduce),
    'unknown',
    /number of outputs/,
  ],
  [
    'of a fraction with a billion digits',
    pickle(4, imported('fractions', 'Fraction'), text('1e1000000000'), op.tuple1, op.reduce),
    'unknown',
    /makes a fraction/,
  ],
]

const pipeline = [imported('sklearn.pipeline', 'Pipeline'), op.emptyTuple, op.newobj]
const bunch = [imported('sklearn.utils', 'Bunch'), op.emptyTuple, op.newobj]
const states: Case[] = [
  [
    'another class by its attributes',
    pickle(4, od, op.emptyDict, text('__class__'), imported('builtins', 'list'), op.setitem, op.build),
    'dangerous',
    /another thing of an object/,
  ],
  [
    'another class by its slots',
    pickle(
      4,
      od,
      op.none,
      op.emptyDict,
      op.mark,
      text('a'),
      op.none,
      text('__class__'),
      op.none,
      op.setitems,
      op.tuple2,
      op.build,
    ),
    'dangerous',
    /another thing of an object/,
  ],
  [
    'in a line',
    pickle(0, od, op.mark, op.unicode('__class__'), op.none, op.dict, op.build),
    'dangerous',
    /another thing/,
  ],
  [
    'in quotes',
    pickle(0, od, op.mark, op.string("'__class__'"), op.none, op.dict, op.build),
    'dangerous',
    /another thing/,
  ],
  [
    'with the name escaped',
    pickle(4, od, op.mark, op.unicode('\\u005f_class__'), op.none, op.dict, op.build),
    'dangerous',
    /another thing/,
  ],
  [
    'attributes of a class',
    pickle(4, imported('collections', 'OrderedDict'), op.emptyDict, op.build),
    'dangerous',
    /changes what it imports/,
  ],
  [
    'items of an import',
    pickle(4, imported('numpy', 'mean'), op.none, op.none, op.setitem),
    'dangerous',
    /changes what it imports/,
  ],
  [
    'elements of an import',
    pickle(4, imported('numpy', 'mean'), op.mark, op.none, op.appends),
    'dangerous',
    /changes what it imports/,
  ],
  [
    'a method append of its own, which APPEND calls',
    pickle(
      4,
      pipeline,
      op.emptyDict,
      text('append'),
      imported('numpy', 'mean'),
      op.setitem,
      op.build,
      op.none,
      op.append,
    ),
    'dangerous',
    /no list, by a method of that object/,
  ],
  [
    'a method extend of its own, which APPENDS calls, through the memo',
    pickle(4, pipeline, op.memoize, op.emptyDict, op.build, op.pop, op.binget(0), op.mark, op.none, op.appends),
    'dangerous',
    /no list, by a method of that object/,
  ],
  [
    'a method append that is an item',
    pickle(4, bunch, text('append'), imported('numpy', 'mean'), op.setitem, op.none, op.append),
    'dangerous',
    /no list, by a method of that object/,
  ],
  [
    'a method add of its own, which ADDITEMS calls',
    pickle(4, pipeline, op.mark, op.none, op.additems),
    'dangerous',
    /no set, by a method of that object/,
  ],
  ['items of what is no dict', pickle(4, pipeline, op.none, op.none, op.setitem), 'unknown', /no dict/],
  ['items of a computed object', pickle(4, op.persid('x'), op.none, op.append), 'dangerous', /no list/],
  [
    'attributes out of a dict that was not looked at',
    pickle(4, pipeline, od, text('__setstate__'), imported('numpy', 'mean'), op.setitem, op.build),
    'unknown',
    /attributes that it computes/,
  ],
  [
    'slots out of a dict that was not looked at',
    pickle(4, pipeline, op.none, od, text('__class__'), imported('numpy', 'mean'), op.setitem, op.tuple2, op.build),
    'unknown',
    /attributes that it computes/,
  ],
  ['attributes of a number', pickle(4, op.binint1(1), op.emptyDict, op.build), 'malformed', /that has none/],
]

const bombs: Case[] = [
  [
    'of tuples',
    pickle(
      4,
      op.emptyTuple,
      Array.from({ length: 60 }, () => [op.dup, op.tuple2]),
    ),
    'dangerous',
    /unfolds/,
  ],
  [
    'of remembered tuples',
    pickle(
      4,
      op.emptyTuple,
      Array.from({ length: 60 }, (_, at) => [op.binput(at), op.binget(at), op.tuple2]),
    ),
    'dangerous',
    /unfolds/,
  ],
  [
    'of lists',
    pickle(
      4,
      op.emptyList,
      Array.from({ length: 20 }, (_, at) => [
        op.binput(at),
        op.pop,
        op.emptyList,
        op.mark,
        Array(10).fill(op.binget(at)),
        op.appends,
      ]),
    ),
    'dangerous',
    /unfolds/,
  ],
  [
    'of dicts',
    pickle(
      4,
      op.emptyDict,
      Array.from({ length: 40 }, (_, at) => [
        op.binput(at),
        op.pop,
        op.mark,
        op.binget(at),
        op.binget(at),
        op.none,
        op.binget(at),
        op.dict,
      ]),
    ),
    'dangerous',
    /unfolds/,
  ],
  [
    'of frozen sets',
    pickle(
      4,
      op.emptyTuple,
      Array.from({ length: 60 }, (_, at) => [
        op.binput(at),
        op.pop,
        op.mark,
        op.binget(at),
        op.binget(at),
        op.frozenset,
      ]),
    ),
    'dangerous',
    /unfolds/,
  ],
  ['of digits', pickle(0, op.long('9'.repeat(5000))), 'malformed', /more digits/],
]

const body = bytes(bad, op.stop)
const frames: Case[] = [
  [
    'longer than the file',
    bytes(op.proto(4), op.frame(1000), safePickle.subarray(2)),
    'malformed',
    /longer than the file/,
  ],
  [
    'that ends inside an opcode',
    bytes(op.proto(4), op.frame(3), text('weights'), op.stop),
    'malformed',
    /over the end of its frame/,
  ],
  ['inside another', bytes(op.proto(4), op.frame(15), op.frame(3), 'N0N0N', op.stop), 'malformed', /inside another/],
  [
    'that ends before its content',
    bytes(op.proto(4), op.frame(body.length + 4), body, 'NNN.'),
    'dangerous',
    /os\.getpid/,
  ],
  ['that ends before a hidden call', bytes(op.proto(4), op.frame(2), op.none, op.pop, body), 'dangerous', /os\.getpid/],
  [
    'STOP before its end',
    bytes(op.proto(4), op.frame(5), op.none, op.stop, 'N..'),
    'malformed',
    /elsewhere than its frame|belong to nothing/,
  ],
]

const layout: Case[] = [
  ['PROTO twice', bytes(op.proto(4), op.proto(4), op.none, op.stop), 'malformed', /again inside/],
  ['PROTO in the middle', bytes(op.proto(2), op.none, op.proto(4), op.stop), 'malformed', /again inside/],
  ['a protocol that there is not', bytes(op.proto(9), op.none, op.stop), 'malformed', /protocol 9|no such opcode/],
  ['an opcode that there is not', pickle(4, op.none, 0xff), 'malformed', /no such opcode/],
  ['nothing', Buffer.alloc(0), 'malformed', /no pickle/],
  ['no STOP', bytes(op.proto(4), op.none), 'malformed', /cut off/],
  ['values left over', pickle(4, op.none, op.none), 'malformed', /left over/],
  ['a mark left over', pickle(4, op.mark, op.none), 'malformed', /left over|more from the stack/],
  ['more taken than there is', pickle(4, op.tuple2), 'malformed', /more from the stack/],
  ['a mark that is not there', pickle(4, op.none, op.tuple), 'malformed', /no mark/],
  ['a call before a fault', bytes(op.proto(4), bad, 0xff), 'dangerous', /os\.getpid/],
  ['a second pickle', bytes(safePickle, pickle(4, bad)), 'dangerous', /os\.getpid/],
  [
    'a third pickle, of protocol 0',
    bytes(safePickle, safePickle, pickle(0, op.global('os', 'getpid'))),
    'dangerous',
    /os\.getpid/,
  ],
  ['bytes behind it', bytes(safePickle, Buffer.alloc(100)), 'malformed', /belong to nothing/],
  [
    'an archive behind it',
    bytes(safePickle, buildZip([{ name: 'a', data: 'b' }])),
    'malformed',
    /cut off|nothing|no such|persistent/,
  ],
  ['text before it', bytes('# model\n', pickle(4, bad)), 'malformed', /no such opcode/],
  [
    'text of protocol 0 under another name',
    pickle(0, op.global('os', 'getpid'), op.mark, op.tuple, op.reduce),
    'dangerous',
    /os\.getpid/,
    'notes.txt',
  ],
  [
    'text that is cut off behind a call',
    bytes(op.global('os', 'getpid'), '(tR'),
    'dangerous',
    /os\.getpid/,
    'labels.txt',
  ],
]

const object = (...inside: Uint8Array[]): Buffer =>
  pickle(4, ndarray(dtype('O8', 63), [op.binint1(1), op.tuple1], bytes(...inside)))
const npy = (descr: string, shape: string, data: Uint8Array): Buffer => {
  const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)
  return bytes(0x93, 'NUMPY', 1, 0, 118, 0, header, '\n', data)
}
const joblib: Case[] = [
  ['behind the first array', pickle(4, joblibArray(numbers), op.pop, bad), 'dangerous', /os\.getpid/],
  // 48 bytes of padding: for `pickle.load` that number is POP, and the padding is opcodes.
  [
    'in the padding, for pickle.load',
    pickle(4, joblibArray(numbers, bytes(bad, op.stop, Buffer.alloc(48)).subarray(0, 48))),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'of an unknown name in the padding, for pickle.load',
    pickle(4, joblibArray(numbers, bytes(called('a', 'b'), op.stop, Buffer.alloc(48)).subarray(0, 48))),
    'unknown',
    /"a\.b"/,
  ],
  [
    'in an array of objects',
    pickle(4, wrapper(dtype('O8', 63), [op.binint1(1), op.tuple1]), object(op.emptyList, bad, op.append)),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'behind an array of objects',
    bytes(op.proto(4), wrapper(dtype('O8', 63), op.emptyTuple), safePickle, op.pop, bad, op.stop),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'a wrapper made by its constructor',
    pickle(
      4,
      wrapper(dtype('f8'), op.emptyTuple, called('joblib.numpy_pickle', 'NumpyArrayWrapper')),
      Buffer.alloc(20),
    ),
    'unknown',
    /cannot be followed/,
  ],
  [
    'a wrapper without a type',
    pickle(4, imported('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newobj, op.emptyDict, op.build),
    'unknown',
    /cannot be followed/,
  ],
  [
    'an array larger than the file',
    pickle(4, wrapper(dtype('f8'), [op.binint(2e9), op.tuple1]), 0),
    'malformed',
    /cut off/,
  ],
  ['compressed with zlib', deflateSync(pickle(4, bad)), 'dangerous', /os\.getpid/],
  ['compressed with gzip, under another name', gzipSync(pickle(4, bad)), 'dangerous', /os\.getpid/, 'model.bin'],
  ['behind the compressed stream', bytes(deflateSync(safePickle), pickle(4, bad)), 'malformed', /belong to nothing/],
  [
    'compressed and cut off',
    deflateSync(pickle(4, text('weights'.repeat(30)))).subarray(0, 20),
    'malformed',
    /damaged or cut off/,
  ],
  ['compressed with bz2', bytes('BZh9', Buffer.alloc(30)), 'unknown', /bz2/, 'model.joblib'],
  ['compressed with xz', bytes(0xfd, '7zXZ', 0, Buffer.alloc(30)), 'unknown', /xz/, 'model.joblib'],
  ['compressed with lz4', bytes(4, 0x22, 0x4d, 0x18, Buffer.alloc(30)), 'unknown', /lz4/, 'model.joblib'],
]

const tensor = (key: string, elements = 2): Buffer => torchTensor(torchStorage(key, elements))
const torchZip = (main: Uint8Array, more: { name: string; data: Uint8Array | string }[] = []): Buffer =>
  buildZip([{ name: 'm/data.pkl', data: main }, { name: 'm/version', data: '3\n' }, ...more])
const floats = { name: 'm/data/0', data: Buffer.alloc(8) }
const magicNumber = op.long1(Buffer.from('6cfc9c46f9206aa85019', 'hex'))
const legacy = (main: Uint8Array, keys: Uint8Array, ...data: Uint8Array[]): Buffer =>
  bytes(pickle(2, magicNumber), pickle(2, op.binint2(1001)), pickle(2, op.emptyDict), main, keys, ...data)
const keyList = pickle(2, op.emptyList, op.binunicode('0'), op.append)
const count = bytes(2, Buffer.alloc(7))

const containers: Case[] = [
  ['npy of objects', npy("'|O'", '(1,)', object(bad)), 'dangerous', /os\.getpid/, 'a.npy'],
  ['npy with bytes behind', npy("'<f8'", '(1,)', Buffer.alloc(9)), 'malformed', /belong to nothing/, 'a.npy'],
  [
    'npy with an expression for a header',
    npy("__import__('os')", '(1,)', Buffer.alloc(8)),
    'malformed',
    /not the literal/,
    'a.npy',
  ],
  ['npy with two headers in one', npy("'<f8'} {", '(1,)', Buffer.alloc(8)), 'malformed', /not the literal/, 'a.npy'],
  [
    'npy with more behind its header',
    npy("'<f8'", '(1,), } x', Buffer.alloc(8)),
    'malformed',
    /not the literal/,
    'a.npy',
  ],
  [
    'npz of objects',
    buildZip([{ name: 'a.npy', data: npy("'|O'", '(1,)', object(bad)), deflate: true }]),
    'dangerous',
    /os\.getpid/,
  ],
  ['npz with a pickle', buildZip([{ name: 'a.npy', data: pickle(4, bad) }]), 'dangerous', /os\.getpid/],
  ['PyTorch', torchZip(pickle(4, bad)), 'dangerous', /os\.getpid/, 'model.pt'],
  [
    'PyTorch, another pickle',
    torchZip(pickle(2, tensor('0')), [floats, { name: 'm/evil.pkl', data: pickle(4, bad) }]),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'PyTorch, a pickle under another name',
    torchZip(pickle(2, tensor('0')), [floats, { name: 'x.dat', data: pickle(4, bad) }]),
    'dangerous',
    /os\.getpid/,
  ],
  [
    'PyTorch, two models',
    torchZip(pickle(2, tensor('0')), [floats, { name: 'n/data.pkl', data: pickle(4, op.none) }]),
    'malformed',
    /several models/,
  ],
  ['PyTorch, a storage that is missing', torchZip(pickle(2, tensor('1')), [floats]), 'malformed', /no storage/],
  ['PyTorch, a storage of another size', torchZip(pickle(2, tensor('0', 9)), [floats]), 'malformed', /another size/],
  [
    'PyTorch, a persistent id that is none',
    torchZip(pickle(2, op.none, op.binpersid)),
    'unknown',
    /something else than a storage/,
  ],
  [
    'PyTorch, a program',
    torchZip(pickle(2, op.none), [{ name: 'm/code/a.py', data: 'def f(): pass' }]),
    'unknown',
    /TorchScript/,
  ],
  ['old PyTorch', legacy(pickle(4, bad), keyList), 'dangerous', /os\.getpid/, 'model.pt'],
  ['old PyTorch, in the keys', legacy(pickle(2, tensor('0')), pickle(4, bad)), 'dangerous', /os\.getpid/],
  [
    'old PyTorch, in what should be the system',
    bytes(pickle(2, magicNumber), pickle(2, op.none), pickle(4, bad)),
    'dangerous',
    /os\.getpid/,
  ],
  ['old PyTorch, cut off', legacy(pickle(2, tensor('0')), keyList, count, Buffer.alloc(7)), 'malformed', /cut off/],
  [
    'old PyTorch, bytes behind',
    legacy(pickle(2, tensor('0')), keyList, count, Buffer.alloc(9)),
    'malformed',
    /belong to nothing/,
  ],
]

describe.each<[string, Case[]]>([
  ['a name, however it is spelled', spellings],
  ['a name out of the memo', memo],
  ['whatever calls', calls],
  ['what calls something else', trampolines],
  ['a path of attributes', paths],
  ['harmless names with arguments that do harm', [...arguments_, late, alike]],
  ['state', states],
  ['constructor', constructors],
  ['bombs', bombs],
  ['frames', frames],
  ['what does not keep to the form', layout],
  ['joblib', joblib],
  ['containers', containers],
])('is refused: %s', (_, cases) => {
  it.each(cases)('%s', (...one) => expectRefused(one))
})

describe('the constructions', () => {
  it('are many', () => {
    const all = [
      spellings,
      memo,
      calls,
      trampolines,
      paths,
      arguments_,
      states,
      constructors,
      bombs,
      frames,
      layout,
      joblib,
      containers,
    ]
    expect(all.flat().length).toBeGreaterThan(100)
  })

  it('name the place: file, offset, opcode, callable and the way out', () => {
    const [finding] = scanBytes(torchZip(pickle(4, bad)), 'model.pt').findings
    expect(finding).toMatchObject({
      verdict: 'dangerous',
      file: 'model.pt!m/data.pkl',
      offset: 14,
      opcode: 'STACK_GLOBAL',
      callable: getpid,
    })
    expect(finding?.help).toMatch(/safetensors, ONNX or skops/)
  })

  it('are harmless when the name is', () => {
    const good = called('collections', 'OrderedDict')
    for (const file of [
      pickle(4, good),
      bytes(safePickle, pickle(4, good)),
      pickle(4, joblibArray(numbers), op.pop, good),
      deflateSync(pickle(4, good)),
      npy("'|O'", '(1,)', pickle(4, good)),
      torchZip(pickle(4, good)),
      torchZip(pickle(2, tensor('0')), [floats]),
      legacy(pickle(2, tensor('0')), keyList, count, Buffer.alloc(8)),
      pickle(4, ndarray(dtype('f8'), [op.binint1(1), op.tuple1], op.shortBinbytes(numbers.subarray(0, 8)))),
    ]) {
      const judged = scanBytes(file)
      expect(`${told(judged)}${judged.verdict}`).toBe('safe')
    }
  })
})
