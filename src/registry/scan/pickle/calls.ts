import type { Imports } from './imports.ts'
import { textAt } from './literals.ts'
import { Dtypes, elementsOf } from './numpy-rules.ts'
import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { PickleReport } from './pickle-report.ts'
import type { Adding, PickleState } from './state.ts'
import { dunder, global, int, object, plain, tainted, text, tuple, type Value } from './values.ts'

/** What calls are made with, where a harmless name does harm with some arguments, and what is learned from arguments. */

/** Opcode and place of a call, for findings. */
export type CallPlace = { offset: number; opcode: string }

/** Numbers found in the arrays of the pickles. */
export type ArrayFacts = { dtypes: Map<string, number>; sklearn?: string }

/** What the wrapper of an array of joblib says of it. */
export type WrapperState = { type: Value; shape: Value; subclass: Value; padded: boolean }

/** Callables that give back an object of the class that is their first argument. */
const makers = /^copyreg\.(?:_reconstructor|__newobj__)$|^sklearn\..*\.newObj$/
const reconstruct = /^numpy\._?core\.multiarray\._reconstruct$/
const fromBuffer = /^numpy\._?core\.numeric\._frombuffer$/
const collections = /^builtins\.(?:bytes|bytearray|set|frozenset)$|^collections\./
/** Classes that pickles fill by opcodes, as they fill lists and dicts. No class that derives from set is. */
const growing = {
  list: /^collections\.deque$/,
  set: /^(?!)/,
  dict: /^(?:collections\.(?:OrderedDict|Counter|defaultdict)|sklearn\.utils\.(?:_bunch\.)?Bunch|scipy\.sparse\._?dok\..*)$/,
}
/** Classes that pickles make by `__new__` alone: their constructors would compute with what they are given. */
const onlyNew = /^(?:sklearn|scipy)\.|^numpy\.(?:ma\.|random\.)/
/** Those among them that pickles do call. */
const constructed =
  /^sklearn\.(?:_loss\._loss|linear_model\._sgd_fast)\.|^numpy\.(?:ma\.core\._mareconstruct|random\..*__pyx_unpickle_\w+)$/
const tree = 'sklearn.tree._tree.Tree'
const encodings = new Set(['latin1', 'latin-1', 'utf-8', 'utf8', 'ascii'])
const wrapper = 'joblib.numpy_pickle.NumpyArrayWrapper'
const mostReserved = 1e6

/** What BUILD does to an object of a kind. */
type Role = 'dtype' | 'array' | 'wrapper' | 'estimator' | 'other'

type Rule = (args: readonly Value[], place: CallPlace, number: number) => [made: number, note: number]

/** False for NEWOBJ, which calls `__new__` alone. */
const isConstruction = ({ opcode }: CallPlace): boolean => !opcode.startsWith('NEWOBJ')

/** Judges the calls of the pickles of a file: REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST and BUILD. */
export class Calls {
  readonly dtypes = new Dtypes()
  readonly facts: ArrayFacts = { dtypes: new Map() }
  /** What the first array holds that is loaded in the way of joblib; undefined without one. */
  wrapped: 'numbers' | 'objects' | undefined
  /** True when something was called. */
  called = false
  private readonly state: PickleState
  private readonly imports: Imports
  private readonly report: PickleReport
  private readonly reader: PickleReader
  /** Rules by number of the import, looked up once. */
  private readonly rules: (Rule | null)[] = []
  private readonly roles: Role[] = []
  private versionsRead = 0
  private readonly texts = { at: new Float64Array(256).fill(-1), text: new Array<string | undefined>(256) }

  constructor(state: PickleState, imports: Imports, report: PickleReport, reader: PickleReader) {
    this.state = state
    this.imports = imports
    this.report = report
    this.reader = reader
  }

  /** Replaces callable and arguments, which lie from `at` on, by what the call gives. `construct`: false for NEWOBJ, which calls `__new__`. */
  call(at: number, callee: Value, args: Value, place: CallPlace, construct = true): void {
    const { state } = this
    this.called = true
    if (callee.kind !== global && callee.kind !== object)
      throw new PickleFault('malformed', 'It calls what is no function')
    if (callee.kind !== global) {
      this.report.add('dangerous', 'It calls what it computes', place)
      state.drop(at)
      state.push(object, -1, -1)
      return
    }
    const number = callee.a
    const named = this.imports.get(number)
    if (named?.verdict === 'safe' && !named.callable) {
      const message = `It calls "${named.path}", which may only be named`
      this.report.add('unknown', message, { ...place, callable: named.path })
    }
    // Null for a name without a rule, undefined for one that was not looked up yet.
    let rule = this.rules[number]
    if (rule === undefined) rule = this.findRule(number)
    if (construct && named?.path === wrapper) throw this.wrapperFault()
    const result = rule === null ? undefined : rule(this.argumentsOf(args, place), place, number)
    state.drop(at)
    state.push(object, result === undefined ? number : result[0], result === undefined ? -1 : result[1])
  }

  private argumentsOf(args: Value, place: CallPlace): readonly Value[] {
    // The empty tuple weighs nothing but itself.
    if (args.kind === tuple && args.a === 1) return []
    const parts = this.state.partsOf(args)
    if (parts === undefined) this.report.add('unknown', 'It calls with arguments that cannot be followed', place)
    return parts ?? []
  }

  private findRule(number: number): Rule | null {
    const path = this.imports.get(number)?.path ?? ''
    const found = this.ruleFor(path)
    this.rules[number] = found
    return found
  }

  private ruleFor(path: string): Rule | null {
    const kept = (number: number): [number, number] => [number, -1]
    const odd = (place: CallPlace, message: string, callable = path): void => {
      this.report.add('unknown', message, { ...place, callable })
    }
    if (makers.test(path)) {
      return ([made], place) => {
        if (made?.kind === global) return [made.a, -1]
        this.report.add('dangerous', 'It makes an object of a class that it computes', { ...place, callable: path })
        return [-1, -1]
      }
    }
    if (path === 'numpy.dtype') {
      return ([code], place, number) => {
        const note = this.dtypes.made(this.textOf(code))
        if (note === -1) odd(place, 'It makes a type of numpy that is not known')
        return [number, note]
      }
    }
    if (reconstruct.test(path) || path === 'numpy.ma.core._mareconstruct') {
      const shapeAt = reconstruct.test(path) ? 1 : 2
      return (args, place, number) => {
        const shape = args[shapeAt]
        const size = elementsOf(shape === undefined ? undefined : this.state.partsOf(shape))
        if (size !== 0 || args[0]?.kind !== global)
          odd(place, 'It makes an array in a way that no pickle of numpy does')
        return kept(number)
      }
    }
    if (fromBuffer.test(path)) {
      return ([, type, shape], _, number) => {
        this.countArray(type, shape)
        return kept(number)
      }
    }
    if (path === '_codecs.encode') {
      return ([, encoding], place, number) => {
        if (!encodings.has(this.textOf(encoding) ?? ''))
          odd(place, 'It encodes a text in an encoding that is not known')
        return kept(number)
      }
    }
    if (path === 'fractions.Fraction') {
      return (args, place, number) => {
        // A power of ten takes as many digits as it says.
        const exact = args.every((one) => {
          return one.kind === int || one.kind === plain || /^-?\d+(?:\/\d+)?$/.test(this.textOf(one) ?? '')
        })
        if (!exact) odd(place, 'It makes a fraction in a way that no pickle does')
        return kept(number)
      }
    }
    if (path === tree) {
      return ([, , outputs], place, number) => {
        const small = outputs?.kind === int && outputs.a >= 0 && outputs.a <= mostReserved
        if (!small && isConstruction(place)) odd(place, 'It makes a tree with a number of outputs that cannot be')
        return kept(number)
      }
    }
    if (path.startsWith('numpy.random._pickle.')) {
      return (args, place, number) => {
        const strange = args.some(
          (one) => one.kind === global && !this.imports.get(one.a)?.path.startsWith('numpy.random.'),
        )
        if (strange) odd(place, 'It calls what is no generator of random numbers as one')
        return kept(number)
      }
    }
    if (collections.test(path)) {
      const reserves = path.startsWith('builtins.byte')
      return (args, place, number) => {
        if (args.length === 0) return kept(number)
        const large = reserves && args[0]?.kind === int && args[0].a > mostReserved
        if (large) {
          this.report.add('dangerous', 'It reserves memory that the file does not fill', { ...place, callable: path })
        }
        if (args.some((one) => one.kind === object && !this.isBytes(one))) {
          odd(place, 'It fills a collection from what it computes')
        }
        return kept(number)
      }
    }
    if (onlyNew.test(path) && !constructed.test(path)) {
      return (_, place, number) => {
        if (isConstruction(place)) odd(place, `It calls the constructor of "${path}", which no pickle of it does`)
        return kept(number)
      }
    }
    return null
  }

  /** Protocols below 3 write bytes as a text and its encoding. */
  private isBytes(value: Value): boolean {
    const path = this.imports.get(value.a)?.path
    return path === '_codecs.encode' || path === 'builtins.bytes'
  }

  /** BUILD: looks at the state on top, which is given to the object below it. The object. */
  build(given: Value, place: CallPlace): Value {
    const { state } = this
    const at = state.below(1)
    const made = state.valueAt(at)
    if (made.kind === global) {
      const callable = this.imports.get(made.a)?.path ?? ''
      this.report.add('dangerous', 'It changes what it imports', { ...place, callable })
    } else if (made.kind !== object) {
      throw new PickleFault('malformed', 'It sets attributes of a value that has none')
    }
    if (given.kind === tuple || given.kind === tainted || given.kind === object) this.checkState(given, place)
    const role = this.roleOf(made)
    if (role === 'dtype') state.annotate(at, this.dtypes.restored(made, given, state, this.report, place.offset))
    else if (role === 'array') {
      const [, shape, type] = state.partsOf(given) ?? []
      this.countArray(type, shape)
    } else if (role === 'estimator') this.readVersion(given)
    return made
  }

  /** What a state means to an object, by what made it; looked up once for each import. */
  private roleOf(made: Value): Role {
    if (made.kind !== object || made.a < 0) return 'other'
    const before = this.roles[made.a]
    if (before !== undefined) return before
    const path = this.imports.get(made.a)?.path ?? ''
    let role: Role = path.startsWith('sklearn.') ? 'estimator' : 'other'
    if (path === 'numpy.dtype') role = 'dtype'
    else if (path === wrapper) role = 'wrapper'
    else if (reconstruct.test(path)) role = 'array'
    this.roles[made.a] = role
    return role
  }

  private checkState(given: Value, place: CallPlace): void {
    const pair = given.kind === tuple ? this.state.partsOf(given) : undefined
    const lost = given.kind === tuple && given.b >= 0 && pair === undefined
    if (lost) this.report.add('unknown', 'It sets attributes that cannot be followed', place)
    if (given.kind === tainted || pair?.some(({ kind }) => kind === tainted) === true) {
      this.report.add(
        'dangerous',
        'It sets attributes that make another thing of an object, such as `__class__`',
        place,
      )
    }
    // What was added to such an object was not looked at, and may be a `__setstate__` of its own.
    const states = given.kind === object ? [given] : pair?.length === 2 ? pair : []
    if (states.some(({ kind, a }) => kind === object && growing.dict.test(this.imports.get(a)?.path ?? ''))) {
      this.report.add('unknown', 'It sets attributes that it computes', place)
    }
  }

  /** Before values are added to an object made by an import: to anything but its kind that would call a method of the object. Throws a PickleFault. */
  beforeAdding(made: number, to: Adding): void {
    const named = this.imports.get(made)
    // Of a class that is not known nobody can say what adding does; the finding is its import.
    if (named !== undefined && (named.verdict !== 'safe' || named.allowed)) return
    if (named !== undefined && growing[to].test(named.path)) return
    throw new PickleFault(
      to === 'dict' ? 'unknown' : 'dangerous',
      `It adds to an object that is no ${to}, by a method of that object`,
    )
  }

  /** The class and attributes of an array that joblib puts behind its BUILD; undefined if the object is no such wrapper. */
  wrappedArray(made: Value, given: Value): WrapperState | undefined {
    // A class that is not known could be the wrapper.
    if ((made.kind !== object || made.a < 0) && this.wrapped !== undefined) throw this.wrapperFault()
    if (this.roleOf(made) !== 'wrapper') return undefined
    const parts = this.state.partsOf(given) ?? []
    const attributes = new Map<string, Value>()
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [key, value] = [this.textOf(parts[at]), parts[at + 1]]
      if (key === undefined || value === undefined || attributes.has(key)) throw this.wrapperFault()
      attributes.set(key, value)
    }
    const [type, shape, subclass] = ['dtype', 'shape', 'subclass'].map((key) => attributes.get(key))
    if (type === undefined || shape === undefined || subclass === undefined) throw this.wrapperFault()
    this.wrapped ??= this.dtypes.get(type)?.objects === true ? 'objects' : 'numbers'
    // Files of joblib before 1.2 have no such attribute, and no padding.
    return { type, shape, subclass, padded: attributes.get('numpy_array_alignment_bytes')?.kind === int }
  }

  /** Where an array ends that cannot be followed is not known, and so not what is behind it. */
  wrapperFault(): PickleFault {
    return new PickleFault('unknown', 'It holds an array of joblib that cannot be followed')
  }

  /** Adds an array to the facts. */
  countArray(type: Value | undefined, shape: Value | undefined): void {
    const dtype = this.dtypes.get(type)
    const count = shape === undefined ? undefined : elementsOf(this.state.partsOf(shape))
    if (dtype === undefined || count === undefined) return
    this.facts.dtypes.set(dtype.name, (this.facts.dtypes.get(dtype.name) ?? 0) + count)
  }

  /** `_sklearn_version` stands among the attributes of an estimator. */
  private readVersion(given: Value): void {
    if (this.facts.sklearn !== undefined || this.versionsRead++ > 1000) return
    const parts = this.state.partsOf(given) ?? []
    const at = parts.findIndex((part, index) => index % 2 === 0 && this.textOf(part) === '_sklearn_version')
    const version = this.textOf(parts[at + 1])
    if (at !== -1 && version !== undefined && /^[\w.+]{1,40}$/.test(version)) this.facts.sklearn = version
  }

  /** The text of a value, kept for a while: the same few are asked for again and again. */
  textOf(value: Value | undefined): string | undefined {
    if (value === undefined || (value.kind !== text && value.kind !== dunder)) return undefined
    const { texts } = this
    const slot = value.a % texts.at.length
    if (texts.at[slot] !== value.a) {
      texts.at[slot] = value.a
      texts.text[slot] = textAt(this.reader, value.a)
    }
    return texts.text[slot]
  }
}
