import { isArray, isBytes, reconstruct, ruleFor } from './call-rules.ts'
import type { Imports } from './imports.ts'
import { textAt } from './literals.ts'
import { Dtypes, elementsOf } from './numpy-rules.ts'
import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { PickleReport } from './pickle-report.ts'
import type { CallPlace, Rule } from './rule.ts'
import type { Adding, PickleState } from './state.ts'
import type { Storage } from './torch-storage.ts'
import { container, dict, dunder, global, int, object, plain, tainted, text, tuple, type Value } from './values.ts'

/** What calls are made with, where a harmless name does harm with some arguments, and what is learned from arguments. */

/** Numbers found in the arrays of the pickles. */
export type ArrayFacts = { dtypes: Map<string, number>; sklearn?: string }

/** What the wrapper of an array of joblib says of it. */
export type WrapperState = { type: Value; shape: Value; subclass: Value; padded: boolean }

/** Classes that pickles fill by opcodes, as they fill lists and dicts. No class that derives from set is. */
const growing = {
  list: /^collections\.deque$/,
  set: /^(?!)/,
  dict: /^(?:collections\.(?:OrderedDict|Counter|defaultdict)|sklearn\.utils\.(?:_bunch\.)?Bunch|scipy\.sparse\._?dok\..*)$/,
}
const wrapper = 'joblib.numpy_pickle.NumpyArrayWrapper'
/** Its attributes, with the kinds of their values. */
const wrapperKinds: Record<string, readonly number[] | undefined> = {
  subclass: [global],
  shape: [tuple],
  order: [text],
  dtype: [object],
  allow_mmap: [plain],
  numpy_array_alignment_bytes: [int],
}
/** Memory of arrays that the file does not fill: honest ones take 8 bytes for an object of one. */
const freeBytes = 1e8
const bytesOfByte = 64
/** Attributes that classes compute with when they are restored: arrays in every pickle of them. */
const computing: Record<string, readonly string[]> = {
  'sklearn.isotonic.IsotonicRegression': ['X_thresholds_', 'y_thresholds_'],
  'sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor': ['nodes'],
}

/** What BUILD does to an object of a kind. */
type Role = 'dtype' | 'array' | 'wrapper' | 'estimator' | 'generator' | 'simple' | 'tensor' | 'other'

/** Judges the calls of the pickles of a file: REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST and BUILD. */
export class Calls {
  readonly dtypes = new Dtypes((value) => this.textOf(value))
  readonly facts: ArrayFacts = { dtypes: new Map() }
  /** What the first array holds that is loaded in the way of joblib; undefined without one. */
  wrapped: 'numbers' | 'objects' | undefined
  /** True when something was called. */
  called = false
  readonly state: PickleState
  readonly imports: Imports
  readonly report: PickleReport
  readonly reader: PickleReader
  /** Rules by number of the import, looked up once. */
  private readonly rules: (Rule | null)[] = []
  private readonly roles: Role[] = []
  private readonly storages: Storage[] = []
  private readonly tensors: (number | undefined)[] = []
  private arrayBytes = 0
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
    const rule = this.ruleOf(number)
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

  /** Null for a name without a rule. */
  ruleOf(number: number): Rule | null {
    const before = this.rules[number]
    if (before !== undefined) return before
    const found = ruleFor(this.imports.get(number)?.path ?? '', this)
    this.rules[number] = found
    return found
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
      throw new PickleFault('malformed', 'It sets attributes of a value that has none', true)
    }
    const role = this.roleOf(made)
    if (given.kind >= tuple) state.copy(given.a)
    if (given.kind === tuple || given.kind === tainted || given.kind === object) this.checkState(made, given, place)
    if (role === 'dtype') {
      const fresh = state.isFresh(at)
      const { offset } = place
      state.annotate(at, this.dtypes.restored(made, given, state, this.report, { offset, fresh }))
    } else if (role === 'array') this.checkArray(given, place)
    else if (role === 'wrapper' && !state.isFresh(at)) throw this.wrapperFault()
    else if ((role === 'estimator' || role === 'simple') && (given.kind === dict || given.kind === tainted)) {
      this.checkAttributes(made, given, role, place)
    } else if ((role === 'tensor' && this.isKnown(made)) || this.storageAt(made) !== undefined) {
      this.report.add('unknown', 'It changes a tensor after it was made, which no file of PyTorch does', place)
    }
    return made
  }

  /** Notes the storage that a persistent id names; the note for the object that stands for it. */
  noteStorage(storage: Storage): number {
    return -1 - this.storages.push(storage)
  }

  noteTensor(elements: number | undefined): number {
    return -1 - this.tensors.push(elements)
  }

  elementsAt(value: Value | undefined): number | undefined {
    return value?.kind === object && value.a >= 0 && value.b < -1 ? this.tensors[-2 - value.b] : undefined
  }

  storageAt(value: Value | undefined): Storage | undefined {
    return value?.kind === object && value.a === -1 && value.b < -1 ? this.storages[-2 - value.b] : undefined
  }

  /** What a state means to an object, by what made it; looked up once for each import. */
  private roleOf(made: Value): Role {
    if (made.kind !== object || made.a < 0) return 'other'
    const before = this.roles[made.a]
    if (before !== undefined) return before
    const path = this.imports.get(made.a)?.path ?? ''
    let role: Role = 'other'
    if (path.startsWith('sklearn.')) role = 'estimator'
    else if (path.startsWith('numpy.random.')) role = 'generator'
    else if (/^(?:builtins|uuid)\./.test(path)) role = 'simple'
    else if (path.startsWith('torch.')) role = 'tensor'
    else if (path === 'numpy.dtype') role = 'dtype'
    else if (path === wrapper) role = 'wrapper'
    else if (reconstruct.test(path) || path === 'numpy.ma.core._mareconstruct') role = 'array'
    this.roles[made.a] = role
    return role
  }

  private checkState(made: Value, given: Value, place: CallPlace): void {
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
    const grown = states.some(({ kind, a }) => kind === object && growing.dict.test(this.imports.get(a)?.path ?? ''))
    // A state that is an object is asked for its parts. A second one is set attribute by attribute, which properties turn into calls.
    const known = this.isKnown(made) && this.roleOf(made) !== 'generator' && this.roleOf(made) !== 'array'
    const asked = known && given.kind === object && !isBytes(given, this.imports)
    const [first, second] = states.length === 2 ? states : []
    const slots = [dict, tainted, object].includes(second?.kind ?? plain) || first?.kind === object
    if (grown || asked || (known && slots)) this.report.add('unknown', 'It sets attributes that it computes', place)
  }

  /** True for an import that only the project allows. */
  isAllowed({ kind, a }: Value): boolean {
    return kind === global && this.imports.get(a)?.allowed === true
  }

  private isKnown({ kind, a }: Value): boolean {
    const named = kind === object ? this.imports.get(a) : undefined
    return named?.verdict === 'safe' && !named.allowed
  }

  /** State of an array: version, shape, type, order, elements; masked ones add mask and fill value. */
  private checkArray(given: Value, place: CallPlace): void {
    const parts = this.state.partsOf(given) ?? []
    const [, shape, type, , , mask, fill] = parts
    const filled = fill === undefined || fill.kind < object || isArray(fill, this.imports)
    const masked = mask === undefined || mask.kind < object || mask.kind === container || isBytes(mask, this.imports)
    const followed = this.countArray(type, shape)
    if (!followed || !filled || !masked || (parts.length !== 5 && parts.length !== 7)) {
      this.report.add('unknown', 'It restores an array in a way that cannot be followed', place)
    }
    if (this.arrayBytes > freeBytes + this.reader.source.size * bytesOfByte) {
      throw new PickleFault('dangerous', 'It reserves memory that the file does not fill')
    }
  }

  /** Attributes of an object that has a method for being restored. */
  private checkAttributes(made: Value, given: Value, role: 'estimator' | 'simple', place: CallPlace): void {
    if (!this.isKnown(made)) return
    const path = this.imports.get(made.a)?.path ?? ''
    const parts = this.state.partsOf(given)
    if (parts === undefined) {
      this.report.add('unknown', 'It sets attributes that cannot be followed', place)
      return
    }
    const arrays = computing[path] ?? []
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [key, value] = [this.textOf(parts[at]) ?? '', parts[at + 1]]
      if (value === undefined) continue
      if (key === '_sklearn_version' && role === 'estimator') this.readVersion(value, place)
      const array = value.kind === plain || isArray(value, this.imports)
      if ((arrays.includes(key) && !array) || (role === 'simple' && value.kind === object) || key === '_build_f') {
        this.report.add('unknown', `It sets the attribute "${key.slice(0, 100)}" to what it computes`, place)
      }
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

  /** The attributes of a wrapper: from one state, and those alone that joblib writes, for others would be its methods. */
  private wrapperAttributes(given: Value): Map<string, Value> {
    const parts = this.state.partsOf(given) ?? []
    const attributes = new Map<string, Value>()
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [key, value] = [this.textOf(parts[at]) ?? '', parts[at + 1]]
      const kinds = wrapperKinds[key]
      if (value === undefined || kinds?.includes(value.kind) !== true || attributes.has(key)) throw this.wrapperFault()
      attributes.set(key, value)
    }
    return attributes
  }

  /** The class and attributes of an array that joblib puts behind its BUILD; undefined if the object is no such wrapper. */
  wrappedArray(made: Value, given: Value): WrapperState | undefined {
    // A class that is not known could be the wrapper.
    if ((made.kind !== object || made.a < 0) && this.wrapped !== undefined) throw this.wrapperFault()
    if (this.roleOf(made) !== 'wrapper') return undefined
    const attributes = this.wrapperAttributes(given)
    const [type, shape, subclass] = ['dtype', 'shape', 'subclass'].map((key) => attributes.get(key))
    if (type === undefined || shape === undefined || subclass === undefined) throw this.wrapperFault()
    this.wrapped ??= this.dtypes.get(type)?.objects === true ? 'objects' : 'numbers'
    // Files of joblib before 1.2 have no such attribute, and no padding.
    return { type, shape, subclass, padded: attributes.has('numpy_array_alignment_bytes') }
  }

  /** Where an array ends that cannot be followed is not known, and so not what is behind it. */
  wrapperFault(): PickleFault {
    return new PickleFault('unknown', 'It holds an array of joblib that cannot be followed')
  }

  /** Adds an array to the facts; false if its type or shape cannot be told. */
  countArray(type: Value | undefined, shape: Value | undefined): boolean {
    const dtype = this.dtypes.get(type)
    const count = shape === undefined ? undefined : elementsOf(this.state.partsOf(shape))
    if (dtype === undefined || count === undefined) return false
    this.arrayBytes += count * dtype.bytes
    this.facts.dtypes.set(dtype.name, (this.facts.dtypes.get(dtype.name) ?? 0) + count)
    return true
  }

  /** scikit-learn prints the version of another one, so that it must be a text. */
  private readVersion(value: Value, place: CallPlace): void {
    const version = this.textOf(value)
    if (value.kind !== text) this.report.add('unknown', 'Its version of scikit-learn is no text', place)
    else if (version !== undefined && /^[\w.+]{1,40}$/.test(version)) this.facts.sklearn ??= version
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
