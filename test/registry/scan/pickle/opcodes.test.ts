import { describe, expect, it } from 'vitest'
import { opcodeNames } from '../../../../src/registry/scan/pickle/opcodes.ts'
import { bytes, imported, op, pickle } from './assemble.ts'
import { scanBytes, told } from './scan-bytes.ts'

const text = op.shortBinunicode
const list = imported('collections', 'deque')

/** Sound pickles that together use every opcode, each with what is found. */
const uses: Record<string, [file: Uint8Array, found?: RegExp]> = {
  'INT LONG STRING NONE UNICODE FLOAT LIST TUPLE DICT MARK APPEND SETITEM PUT GET POP DUP STOP': [
    pickle(
      0,
      [op.mark, op.int(5), op.int('01'), op.int(-7), op.long(2 ** 60), op.long(-1), op.string("'a\\'b'"), op.none],
      [
        op.unicode('\\u1234'),
        op.float(2.5),
        op.float('nan'),
        op.float('-inf'),
        op.float('1e-07'),
        op.tuple,
        op.put(0),
        op.pop,
      ],
      [op.mark, op.list, op.get(0), op.append, op.mark, text('k'), op.none, op.dict, op.none, op.dup, op.setitem],
      [op.append, op.none, op.pop],
    ),
  ],
  'GLOBAL REDUCE BUILD': [
    pickle(0, op.global('collections', 'OrderedDict'), op.mark, op.tuple, op.reduce, op.mark, op.dict, op.build),
  ],
  INST: [pickle(0, op.mark, op.inst('collections', 'OrderedDict'))],
  'BININT BININT1 BININT2 BINSTRING SHORT_BINSTRING BINUNICODE BINFLOAT EMPTY_LIST APPENDS EMPTY_TUPLE EMPTY_DICT SETITEMS POP_MARK':
    [
      pickle(
        1,
        [
          op.emptyList,
          op.mark,
          op.binint(-1),
          op.binint1(255),
          op.binint2(65535),
          op.binstring('long'),
          op.shortBinstring(''),
        ],
        [
          op.binunicode('é'),
          op.binfloat(1.5),
          op.emptyTuple,
          op.emptyDict,
          op.mark,
          op.none,
          op.none,
          op.setitems,
          op.appends,
        ],
        [op.mark, op.none, op.popMark, op.mark, op.pop],
      ),
    ],
  'BINPUT BINGET LONG_BINPUT LONG_BINGET': [
    pickle(1, op.emptyList, op.binput(0), op.longBinput(1), op.binget(0), op.append, op.longBinget(1), op.append),
  ],
  OBJ: [pickle(1, op.mark, op.global('collections', 'OrderedDict'), op.obj)],
  'PROTO NEWOBJ TUPLE1 TUPLE2 TUPLE3 NEWTRUE NEWFALSE LONG1 LONG4': [
    pickle(
      2,
      [
        op.global('collections', 'OrderedDict'),
        op.emptyTuple,
        op.newobj,
        op.tuple1,
        op.newtrue,
        op.tuple2,
        op.newfalse,
      ],
      [op.long1(Buffer.alloc(0)), op.tuple3, op.long1(Buffer.alloc(20, 9)), op.long4(bytes(0xff)), op.tuple3],
    ),
  ],
  'BINBYTES SHORT_BINBYTES': [pickle(3, op.binbytes(Buffer.alloc(300)), op.shortBinbytes(Buffer.alloc(3)), op.tuple2)],
  'SHORT_BINUNICODE BINUNICODE8 BINBYTES8 EMPTY_SET ADDITEMS FROZENSET NEWOBJ_EX STACK_GLOBAL MEMOIZE FRAME': [
    bytes(
      op.proto(4),
      op.frame(25),
      [op.binunicode8('x'), op.binbytes8(Buffer.alloc(1)), op.tuple2, op.pop, op.emptySet],
      [op.mark, op.none, op.additems],
      [op.mark, op.none, op.frozenset, op.memoize],
      [list, op.emptyTuple, op.emptyDict, op.newobjEx, op.tuple3.subarray(1), op.tuple3, op.stop],
    ),
  ],
  BYTEARRAY8: [pickle(5, op.bytearray8(Buffer.alloc(9)))],
  'NEXT_BUFFER READONLY_BUFFER': [pickle(5, op.nextBuffer, op.readonlyBuffer), /not in the file/],
  PERSID: [pickle(0, op.persid('a')), /persistent id/],
  BINPERSID: [pickle(1, op.none, op.binpersid), /persistent id/],
  EXT1: [pickle(2, op.ext1(255)), /extension 255/],
  EXT2: [pickle(2, op.ext2(65535)), /extension 65535/],
  EXT4: [pickle(2, op.ext4(65536)), /extension 65536/],
}

describe('every opcode of protocols 0 to 5', () => {
  it.each(Object.entries(uses))('%s', (_, [file, found]) => {
    const judged = scanBytes(file)
    expect(told(judged)).toMatch(found ?? /^$/)
    expect(judged.findings.some(({ verdict }) => verdict === 'malformed')).toBe(false)
  })

  it('is among them', () => {
    const used = Object.keys(uses).flatMap((names) => names.split(' '))
    expect(used.sort()).toEqual([...opcodeNames.values()].sort())
  })

  it('is refused where it is cut off', () => {
    for (const [file] of Object.values(uses)) {
      for (let length = 1; length < file.length; length++) {
        expect(scanBytes(file.subarray(0, length)).verdict, `${length} of ${file.toString()}`).not.toBe('safe')
      }
    }
  })

  it('leaves no other byte to be one', () => {
    for (let code = 0; code < 256; code++) {
      if (!opcodeNames.has(code)) expect(told(scanBytes(pickle(2, op.none, code)))).toMatch(/no such opcode/)
    }
  })
})

describe('what honest pickles do', () => {
  it('refer to themselves, without being a bomb', () => {
    const child = [op.emptyDict, op.mark, text('parent'), op.binget(0), op.setitems]
    expect(told(scanBytes(pickle(4, op.emptyList, op.binput(0), Array(200).fill([child, op.append]))))).toBe('')
  })

  it('share values many times', () => {
    const shared = [op.emptyList, op.binput(0), op.mark, Array(1000).fill(op.none), op.appends]
    expect(told(scanBytes(pickle(4, op.emptyList, op.mark, shared, Array(5000).fill(op.binget(0)), op.appends)))).toBe(
      '',
    )
  })

  it('hold keys that look like attributes, where they are no attributes', () => {
    expect(told(scanBytes(pickle(4, op.emptyDict, text('__class__'), op.binint1(1), op.setitem)))).toBe('')
  })

  it('are not seen in text, however long', () => {
    const words = 'he quick brown fox jumps over the lazy dog. '.repeat(3000)
    for (const first of ['T', 'X', 'S', 'V', 'c', 'I', '(', ']', 'B']) {
      expect(scanBytes(bytes(first, words), 'corpus.txt').format, first).toBe('unknown')
      expect(scanBytes(bytes(first, words.replaceAll('. ', '.\n')), 'corpus.txt').format, first).toBe('unknown')
    }
  })

  it('may hold text of any length before the first call', () => {
    const late = pickle(0, op.unicode('x'.repeat(300_000)), op.pop, op.global('os', 'getpid'))
    expect(scanBytes(late, 'notes.txt').verdict).toBe('dangerous')
  })

  it('stand several in a file', () => {
    const judged = scanBytes(bytes(pickle(0, op.none), pickle(2, op.emptyList), pickle(4, op.none)))
    expect([judged.verdict, judged.facts?.details.pickles]).toEqual(['safe', '3'])
  })
})

describe('allow-globals', () => {
  const model = pickle(4, imported('mypackage.model', 'Model'), op.emptyTuple, op.reduce)
  const judge = (file: Uint8Array, ...allow: string[]) => {
    const { verdict, allowed } = scanBytes(file, 'model.pkl', allow)
    return [verdict, allowed]
  }

  it('allows exact names, and patterns of a package', () => {
    expect(judge(model)).toEqual(['unknown', []])
    expect(judge(model, 'mypackage.model.Model')).toEqual(['safe', ['mypackage.model.Model']])
    expect(judge(model, 'mypackage.*')).toEqual(['safe', ['mypackage.model.Model']])
    for (const other of ['mypackage.model', 'mypack.*', 'mypackag*', '*', '.*', 'mypackage.mod*', 'model.Model']) {
      expect(judge(model, other), other).toEqual(['unknown', []])
    }
  })

  it('allows a pattern nothing that leads to code, and an exact name some of it', () => {
    const partial = pickle(4, imported('functools', 'partial'))
    expect(judge(partial, 'functools.*')).toEqual(['dangerous', []])
    expect(judge(partial, 'functools.partial')).toEqual(['safe', ['functools.partial']])
    const system = pickle(4, imported('os', 'getpid'))
    expect(judge(system, 'os.getpid', 'os.*')).toEqual(['dangerous', []])
    const getter = pickle(4, imported('builtins', 'getattr'))
    expect(judge(getter, 'builtins.getattr', 'builtins.*')).toEqual(['dangerous', []])
    const exported = pickle(4, imported('mypackage.model', 'eval'))
    expect(judge(exported, 'mypackage.*')).toEqual(['dangerous', []])
    expect(judge(exported, 'mypackage.model.eval')).toEqual(['safe', ['mypackage.model.eval']])
    const walked = pickle(4, imported('mypackage', 'os.getpid'))
    expect(judge(walked, 'mypackage.*', 'mypackage.os.getpid', 'mypackage:os.getpid')).toEqual(['dangerous', []])
    const nested = pickle(4, imported('mypackage.model', 'Outer.Inner'))
    expect(judge(nested, 'mypackage.*')).toEqual(['safe', ['mypackage.model:Outer.Inner']])
  })
})
