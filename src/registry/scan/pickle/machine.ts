import type { ByteSource } from '../scanner.ts'
import { Calls, type WrapperState } from './calls.ts'
import { Imports } from './imports.ts'
import { opcodeName } from './opcodes.ts'
import { CutOff, PickleFault } from './pickle-fault.ts'
import { PickleReader } from './pickle-reader.ts'
import type { PickleReport } from './pickle-report.ts'
import { skipArray } from './skip-array.ts'
import { PickleState } from './state.ts'
import { type Step, stepTable } from './steps.ts'
import { moduleOf, type Storage, storageOf } from './torch-storage.ts'
import { emptyDict, global, object, plain, type Value } from './values.ts'

/**
 * Who loads the pickle. `joblib` reads arrays out of the file in between, `torch` and `torch-legacy`, which is for files before 1.6, give meaning to
 * persistent ids; `plain` does neither.
 */
export type Loader = 'plain' | 'joblib' | 'torch' | 'torch-legacy'

let table: (Step | undefined)[] | undefined

/** Follows the pickles of a file, opcode by opcode, without executing anything. */
export class PickleMachine {
  readonly reader: PickleReader
  readonly calls: Calls
  /** Storages of tensors that persistent ids name, by key. */
  readonly storages = new Map<string, Storage>()
  /** True when the bytes ended inside of the last pickle. */
  cutOff = false
  /** True when the last pickle ended at a fault that a loader may pass over. */
  passed = false
  /** What the last pickle gives back. */
  result: Value = { kind: plain, a: 0, b: 0 }
  readonly state: PickleState
  private readonly imports: Imports
  private readonly report: PickleReport
  private readonly loader: Loader
  private readonly allowGlobals: readonly string[]
  private protocol = 0
  private frameEnd = Number.POSITIVE_INFINITY

  constructor(source: ByteSource, report: PickleReport, loader: Loader, allowGlobals: readonly string[]) {
    this.reader = new PickleReader(source)
    this.state = new PickleState(source.size)
    this.imports = new Imports(this.reader, report, allowGlobals)
    this.calls = new Calls(this.state, this.imports, report, this.reader)
    this.state.beforeAdding = (made, to) => this.calls.beforeAdding(made, to)
    this.report = report
    this.loader = loader
    this.allowGlobals = allowGlobals
  }

  /** Name of the class or function that made the result of the last pickle; undefined for plain values. */
  get resultClass(): string | undefined {
    return this.result.kind === object ? this.imports.get(this.result.a)?.path : undefined
  }

  /**
   * Follows the pickle that begins at an offset, up to its STOP. Where it ends; undefined when it could not be followed to the end, which is
   * a finding then.
   */
  follow(start: number): number | undefined {
    const { reader, state } = this
    table ??= stepTable()
    const steps = table
    state.reset()
    this.protocol = 0
    this.cutOff = false
    this.passed = false
    this.frameEnd = Number.POSITIVE_INFINITY
    reader.seek(start)
    let offset = start
    let code = -1
    try {
      for (;;) {
        offset = reader.offset
        if (offset >= this.frameEnd) this.leaveFrame(offset)
        code = reader.at < reader.end ? (reader.bytes[reader.at++] as number) : reader.uint8()
        if (code === 0x2e) {
          this.stop(offset)
          return reader.offset
        }
        const step = steps[code]
        if (step === undefined) this.special(code, offset, start)
        else step(state, reader, offset)
      }
    } catch (error) {
      if (!(error instanceof PickleFault)) throw error
      this.cutOff = error instanceof CutOff
      this.passed = error.passable
      this.report.add(error.verdict, error.message, { offset, ...(code === -1 ? {} : { opcode: opcodeName(code) }) })
      return undefined
    }
  }

  /** Opcodes that declare, import and call. */
  private special(code: number, offset: number, start: number): void {
    const { calls, reader, state } = this
    const opcode = opcodeName(code)
    // The most frequent ones first.
    switch (opcode) {
      case 'REDUCE':
      case 'NEWOBJ':
        this.call(offset, opcode)
        break
      case 'BUILD':
        this.build(offset)
        break
      case 'PROTO':
        this.announce(offset, start)
        break
      case 'FRAME':
        this.enterFrame(offset)
        break
      case 'GLOBAL':
        state.push(global, this.imports.fromLines(offset, opcode, this.protocol), 0)
        break
      case 'STACK_GLOBAL':
        this.stackGlobal(offset)
        break
      case 'NEWOBJ_EX':
        // Keywords are a dict above the arguments; no class that is known is made with any.
        if (state.valueAt(state.below(0)).b !== emptyDict && !calls.isAllowed(state.valueAt(state.below(2)))) {
          this.report.add('unknown', 'It calls with keywords', { offset, opcode })
        }
        state.drop(state.below(0))
        this.call(offset, opcode)
        break
      case 'INST':
      case 'OBJ':
        this.instance(opcode, offset)
        break
      case 'PERSID':
      case 'BINPERSID':
        this.persistent(opcode, offset)
        break
      case 'EXT1':
        this.extension(reader.uint8(), offset, opcode)
        break
      case 'EXT2':
        this.extension(reader.uint16(), offset, opcode)
        break
      case 'EXT4':
        this.extension(reader.int32(), offset, opcode)
        break
      case 'NEXT_BUFFER':
        this.report.add('unknown', 'It takes bytes that are not in the file', { offset, opcode })
        state.pushPlain()
        break
      default:
        throw new PickleFault('malformed', 'There is no such opcode')
    }
  }

  private announce(offset: number, start: number): void {
    const declared = this.reader.uint8()
    if (declared > 5) throw new PickleFault('malformed', `It declares protocol ${declared}, which there is not`)
    if (offset !== start) {
      this.report.add('malformed', 'It declares its protocol again inside', { offset, opcode: 'PROTO' })
    }
    this.protocol = declared
  }

  private enterFrame(offset: number): void {
    const { reader } = this
    const length = reader.uint64()
    const end = reader.offset + length
    if (end > reader.source.size) throw new PickleFault('malformed', 'A frame is longer than the file')
    // Loaders differ in what they do with frames that do not fit: all of it is refused.
    if (this.frameEnd < Number.POSITIVE_INFINITY && reader.offset !== this.frameEnd) {
      this.report.add('malformed', 'A frame begins inside another', { offset, opcode: 'FRAME' })
    }
    this.frameEnd = end
  }

  private leaveFrame(offset: number): void {
    const over = offset > this.frameEnd
    this.frameEnd = Number.POSITIVE_INFINITY
    if (over) this.report.add('malformed', 'An opcode reaches over the end of its frame', { offset, opcode: 'FRAME' })
  }

  private stop(offset: number): void {
    const { state, reader } = this
    const at = state.below(0)
    this.result = state.valueAt(at)
    state.drop(at)
    const place = { offset, opcode: 'STOP' }
    if (state.crowded) this.report.add('malformed', 'It stops with values left over', place)
    if (this.frameEnd < Number.POSITIVE_INFINITY && reader.offset !== this.frameEnd) {
      this.report.add('malformed', 'It stops elsewhere than its frame', place)
    }
  }

  private stackGlobal(offset: number): void {
    const { state } = this
    const at = state.below(1)
    const number = this.imports.fromStack(state.valueAt(at), state.valueAt(at + 1), offset, this.protocol)
    state.drop(at)
    // A computed name is called like a computed callable: it is an object of no known class.
    state.push(number === -1 ? object : global, number, -1)
  }

  /** Calls the second value from the top with the tuple above it. */
  private call(offset: number, opcode: string): void {
    const { state } = this
    const at = state.below(1)
    this.calls.call(at, state.valueAt(at), state.valueAt(at + 1), { offset, opcode }, opcode === 'REDUCE')
  }

  /** INST has the class in lines, OBJ behind the mark; the rest above the mark are arguments. */
  private instance(opcode: 'INST' | 'OBJ', offset: number): void {
    const { state } = this
    const named = opcode === 'INST' ? this.imports.fromLines(offset, opcode, this.protocol) : undefined
    const from = state.popMark()
    const first = named === undefined ? from + 1 : from
    if (first > state.stack.length) throw new PickleFault('malformed', 'It takes more from the stack than is there')
    state.toTuple(first)
    const callee = named === undefined ? state.valueAt(from) : { kind: global, a: named, b: 0 }
    this.calls.call(from, callee, state.valueAt(first), { offset, opcode })
  }

  private build(offset: number): void {
    const { state, calls } = this
    const given = state.valueAt(state.below(0))
    const made = calls.build(given, { offset, opcode: 'BUILD' })
    const array = this.loader === 'joblib' ? calls.wrappedArray(made, given) : undefined
    state.drop(state.below(0))
    if (array !== undefined) this.passArray(array)
  }

  /** Goes on behind an array that joblib reads from the file itself, which is where the frame ends and not inside of it. */
  private passArray(array: WrapperState): void {
    const { state, calls, reader } = this
    if (this.frameEnd < Number.POSITIVE_INFINITY) {
      if (reader.offset !== this.frameEnd) throw calls.wrapperFault()
      this.frameEnd = Number.POSITIVE_INFINITY
    }
    const dtype = calls.dtypes.get(array.type)
    const shape = state.partsOf(array.shape)
    if (dtype === undefined || shape === undefined) throw calls.wrapperFault()
    calls.countArray(array.type, array.shape)
    const nested = dtype.objects ? (at: number) => this.followNested(at) : undefined
    skipArray(reader, { dtype, shape, padded: array.padded }, nested)
    state.replaceTop(object, array.subclass.kind === global ? array.subclass.a : -1)
  }

  /** An array of objects is a pickle of its own inside, which is loaded without joblib. */
  private followNested(start: number): number {
    const machine = new PickleMachine(this.reader.source, this.report, 'plain', this.allowGlobals)
    const end = machine.follow(start)
    if (end === undefined) throw new PickleFault('malformed', 'An array of objects could not be followed')
    return end
  }

  private persistent(opcode: 'PERSID' | 'BINPERSID', offset: number): void {
    const { state, reader } = this
    const place = { offset, opcode }
    const torch = this.loader === 'torch' || this.loader === 'torch-legacy'
    if (opcode === 'PERSID') reader.line()
    else {
      const id = state.valueAt(state.below(0))
      const storage = torch ? storageOf(id, this.calls) : undefined
      const module = this.loader === 'torch-legacy' ? moduleOf(id, this.calls) : undefined
      state.drop(state.below(0))
      if (module !== undefined) {
        state.push(global, module.a, 0)
        return
      }
      if (storage !== undefined) {
        state.push(object, -1, this.calls.noteStorage(this.remembered(storage, place)))
        return
      }
    }
    const what = torch ? 'It refers to something else than a storage' : 'It refers to things outside of the file'
    this.report.add('unknown', `${what}, by a persistent id`, place)
    state.push(object, -1, -1)
  }

  /** The storage of that key; the first of them. */
  private remembered(storage: Storage, place: { offset: number; opcode: string }): Storage {
    const before = this.storages.get(storage.key)
    if (before === undefined) this.storages.set(storage.key, storage)
    else if (before.bytes !== storage.bytes) this.report.add('malformed', 'It gives one storage two sizes', place)
    return before?.dtype === storage.dtype ? before : storage
  }

  private extension(number: number, offset: number, opcode: string): void {
    if (number <= 0) throw new PickleFault('malformed', 'It imports by a number that cannot be')
    const message = 'It imports by a number that only the loading program knows'
    this.report.add('unknown', message, { offset, opcode, callable: `copyreg extension ${number}` })
    this.state.push(object, -1, -1)
  }
}
