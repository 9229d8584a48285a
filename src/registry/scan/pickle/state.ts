import { PickleFault } from './pickle-fault.ts'
import {
  alias,
  container,
  dict,
  dunder,
  emptyDict,
  global,
  int,
  lostDict,
  mostParts,
  object,
  owner,
  PartsRing,
  plain,
  tainted,
  tuple,
  type Value,
  Values,
} from './values.ts'

/** More values than any honest pickle keeps at once; what CPython would need for them is a multiple of what they need here. */
const mostValues = 1 << 24

/** Numbers of the memo that cost nothing worth a word. */
const freeNumbers = 1000

/** Weights beyond the size of the file times this, and this free of it, are refused: they grow by copying references, not by data. */
const freeWeight = 1e8
const weightOfByte = 16

/** Of an object that is being built: it was recalled meanwhile. */
const shared = 2

/** What an opcode adds to: APPEND to a list, ADDITEMS to a set, SETITEM to a dict. */
export type Adding = 'list' | 'set' | 'dict'

/** Stack, marks and memo of a pickle, symbolically. Methods throw a PickleFault where the pickle would fail or is refused. */
export class PickleState {
  readonly stack = new Values()
  /** Places of all texts that were pushed, kept only where a loader asks for them. */
  texts: number[] | undefined
  /** Asked before values are added to an object, by the number of the import that made it; throws where that is a call. */
  beforeAdding: (made: number, to: Adding) => void = () => {}
  private readonly marks: number[] = []
  /** Values lie above the last mark only as far as this. */
  private fence = 0
  private readonly memo = { kinds: new Uint8Array(256), as: new Float64Array(256), used: 0, highest: 0 }
  private readonly references = new Values()
  /** 1 for references whose value still stands where it was memoized: it is being built. See `shared`. */
  private open = new Uint8Array(256)
  private copied = 0
  private readonly ring: PartsRing
  private readonly mostWeight: number

  constructor(size: number) {
    this.ring = new PartsRing(size)
    this.mostWeight = freeWeight + size * weightOfByte
  }

  /** Forgets everything, for the next pickle of the file. */
  reset(): void {
    this.stack.length = 0
    this.marks.length = 0
    this.fence = 0
    this.memo.kinds.fill(0, 0, this.memo.highest + 1)
    this.memo.used = 0
    this.memo.highest = 0
    this.references.length = 0
    this.copied = 0
  }

  push(kind: number, a: number, b: number): void {
    if (this.stack.length >= mostValues) throw new PickleFault('unknown', 'It stacks more values than a scan follows')
    this.stack.push(kind, a, b)
  }

  mark(): void {
    if (this.marks.length >= mostValues) throw new PickleFault('unknown', 'It nests deeper than a scan follows')
    this.fence = this.stack.length
    this.marks.push(this.fence)
  }

  /** Where the values above the last mark begin; the mark is gone. */
  popMark(): number {
    const at = this.marks.pop()
    if (at === undefined) throw new PickleFault('malformed', 'It closes what was never opened: there is no mark')
    this.fence = this.marks.at(-1) ?? 0
    return at
  }

  /** The place of the value that lies `depth` below the top, which must be above the last mark. */
  below(depth: number): number {
    const at = this.stack.length - 1 - depth
    if (at < this.fence) throw new PickleFault('malformed', 'It takes more from the stack than is there')
    return at
  }

  /** POP: the top value, or the last mark when nothing is above it. */
  pop(): void {
    if (this.stack.length > this.fence || this.marks.length === 0) this.drop(this.below(0))
    else this.popMark()
  }

  /** Takes everything from a place on off the stack; how much it weighs. */
  drop(from: number): number {
    const { stack } = this
    let weight = 0
    for (let at = from; at < stack.length; at++) {
      const kind = stack.kinds[at] as number
      weight += kind < tuple ? 1 : this.weightOf(kind, stack.as[at] as number)
      if (kind === owner) this.open[stack.as[at] as number] = 0
    }
    stack.length = from
    return weight
  }

  private weightOf(kind: number, a: number): number {
    if (kind < owner) return a
    if (kind === alias && this.open[a] === 1) return 1
    return (this.references.kinds[a] as number) < tuple ? 1 : (this.references.as[a] as number)
  }

  /** Makes everything from a place on a tuple. */
  toTuple(from: number): void {
    const parts = this.stack.length - from <= mostParts ? this.ring.keep(this.stack, from) : -1
    this.gather(from, tuple, parts)
  }

  /** Makes everything from a place on a list or a set. */
  toContainer(from: number): void {
    this.gather(from, container, this.holdsObject(from) ? 1 : 0)
  }

  /** Makes everything from a place on, keys and values in turn, a dict. */
  toDict(from: number): void {
    if ((this.stack.length - from) % 2 !== 0) throw new PickleFault('malformed', 'A dict has a key without a value')
    const tainting = this.hasTellingKey(from)
    const parts = this.stack.length - from <= mostParts ? this.ring.keep(this.stack, from) : lostDict
    this.gather(from, tainting ? tainted : dict, parts)
  }

  /** Replaces everything from a place on by one value that holds it. */
  private gather(from: number, kind: number, parts: number): void {
    const { stack } = this
    if (from === stack.length) {
      this.push(kind, 1, parts)
      return
    }
    const weight = 1 + this.drop(from)
    if (weight > this.mostWeight) this.refuseWeight()
    stack.kinds[from] = kind
    stack.as[from] = weight
    stack.bs[from] = parts
    stack.length = from + 1
  }

  /** Adds everything from a place on to the value below it; to a dict keys and values in turn. */
  addTo(target: number, from: number, to: Adding): void {
    const { stack } = this
    const pairs = to === 'dict'
    const kind = stack.kinds[target] as number
    const a = stack.as[target] as number
    const referred = kind >= owner
    const home = referred ? this.references : stack
    const at = referred ? a : target
    const under = home.kinds[at] as number
    if (under === global) throw new PickleFault('dangerous', 'It changes what it imports')
    if (under < object || under === tuple) {
      throw new PickleFault('malformed', 'It adds to a value that cannot grow', under === plain)
    }
    if (under === object) this.beforeAdding(home.as[at] as number, to)
    if (pairs && (stack.length - from) % 2 !== 0) {
      throw new PickleFault('malformed', 'A dict has a key without a value')
    }
    if (pairs && (under === dict || under === tainted)) {
      if (this.hasTellingKey(from)) home.kinds[at] = tainted
      const before = home.bs[at] as number
      const lost = before === lostDict || stack.length - from > mostParts
      if (stack.length > from) home.bs[at] = lost ? lostDict : this.ring.keep(stack, from, before)
    }
    if (under === container && this.holdsObject(from)) home.bs[at] = 1
    const weight = this.drop(from)
    if (under === object) return
    home.as[at] = (home.as[at] as number) + weight
    if ((home.as[at] as number) > this.mostWeight) this.refuseWeight()
  }

  /** True for `__class__` and the like among the keys, and for an object, which may be a text that was made by a call. */
  private hasTellingKey(from: number): boolean {
    const { length } = this.stack
    for (let at = from; at < length; at += 2) {
      const kind = this.kindAt(at)
      if (kind === dunder || kind === object) return true
    }
    return false
  }

  /** The kind of the value at a place of the stack, references followed. */
  private kindAt(at: number): number {
    const kind = this.stack.kinds[at] as number
    return kind < owner ? kind : (this.references.kinds[this.stack.as[at] as number] as number)
  }

  private holdsObject(from: number): boolean {
    for (let at = from; at < this.stack.length; at++) if (this.kindAt(at) === object) return true
    return false
  }

  private refuseWeight(): never {
    throw new PickleFault('dangerous', 'It unfolds to more values than memory holds, out of references to references')
  }

  /** Gives a value of the stack a number, so that copies of it are known to be the same one. */
  private refer(at: number): number {
    const { stack, references } = this
    const kind = stack.kinds[at] as number
    if (kind >= owner) return stack.as[at] as number
    const number = references.length
    if (number >= mostValues) throw new PickleFault('unknown', 'It remembers more values than a scan follows')
    references.push(kind, stack.as[at] as number, stack.bs[at] as number)
    if (this.open.length <= number) {
      const open = new Uint8Array(this.open.length * 4)
      open.set(this.open)
      this.open = open
    }
    this.open[number] = 1
    stack.kinds[at] = owner
    stack.as[at] = number
    return number
  }

  duplicate(): void {
    const at = this.below(0)
    const kind = this.stack.kinds[at] as number
    if (kind < object) this.push(kind, this.stack.as[at] as number, 0)
    else this.pushAlias(this.refer(at))
  }

  private pushAlias(number: number): void {
    if (this.references.kinds[number] === object) this.open[number] = shared
    this.push(alias, number, 0)
  }

  /** True for an object that stands where it was made and nowhere else: nothing has used it yet. */
  isFresh(at: number): boolean {
    const kind = this.stack.kinds[at]
    return kind === object || (kind === owner && this.open[this.stack.as[at] as number] === 1)
  }

  /** Counts parts that the pickle makes the loader copy. Throws a PickleFault when they are out of proportion to the file. */
  copy(parts: number): void {
    this.copied += parts
    if (this.copied > this.mostWeight) {
      throw new PickleFault('dangerous', 'It copies what it remembers until memory is full')
    }
  }

  /** Remembers the top value under a number; the next free one without it. `offset`: of the opcode in the file. */
  memoize(offset: number, index = this.memo.used): void {
    const { memo } = this
    // Every entry costs a byte of the file at least, so that no honest number is larger. CPython would reserve memory up to it.
    const high = index > offset + freeNumbers
    if (high || index >= mostValues) {
      throw new PickleFault(high ? 'malformed' : 'unknown', 'It numbers what it remembers impossibly high', true)
    }
    const at = this.below(0)
    const compound = (this.stack.kinds[at] as number) >= object
    const a = compound ? this.refer(at) : (this.stack.as[at] as number)
    if (index >= memo.kinds.length) this.growMemo(index)
    if (memo.kinds[index] === 0) memo.used++
    if (index > memo.highest) memo.highest = index
    // Raised by one, so that 0 is for an entry that is not there.
    memo.kinds[index] = compound ? alias + 1 : (this.stack.kinds[at] as number) + 1
    memo.as[index] = a
  }

  private growMemo(index: number): void {
    const { memo } = this
    const size = Math.max(memo.kinds.length * 4, 2 ** Math.ceil(Math.log2(index + 1)))
    const { kinds, as } = memo
    memo.kinds = new Uint8Array(size)
    memo.kinds.set(kinds)
    memo.as = new Float64Array(size)
    memo.as.set(as)
  }

  recall(index: number): void {
    const kind = index < this.memo.kinds.length ? (this.memo.kinds[index] as number) : 0
    if (kind === 0) throw new PickleFault('malformed', 'It recalls what it never remembered')
    if (kind - 1 === alias) this.pushAlias(this.memo.as[index] as number)
    else this.push(kind - 1, this.memo.as[index] as number, 0)
  }

  /** The value at a place of the stack, references followed. */
  valueAt(at: number): Value {
    const { kinds, as, bs } = this.stack
    return this.followed(kinds[at] as number, as[at] as number, bs[at] as number)
  }

  private followed(kind: number, a: number, b: number): Value {
    if (kind < owner) return { kind, a, b }
    const { kinds, as, bs } = this.references
    return { kind: kinds[a] as number, a: as[a] as number, b: bs[a] as number }
  }

  /** What a tuple or dict consists of, if it is small and was made a short while ago. */
  partsOf(value: Value): Value[] | undefined {
    if (value.kind === dict && value.b === emptyDict) return []
    if (value.kind !== tuple && value.kind !== dict) return undefined
    return this.ring.at(value.b)?.map(({ kind, a, b }) => this.followed(kind, a, b))
  }

  /** Puts a note on the object at a place of the stack. */
  annotate(at: number, note: number): void {
    const { stack, references } = this
    if ((stack.kinds[at] as number) >= owner) references.bs[stack.as[at] as number] = note
    else stack.bs[at] = note
  }

  /** Replaces the top value, as loaders do that put an array in place of its wrapper. What was remembered stays. */
  replaceTop(kind: number, a: number): void {
    this.drop(this.below(0))
    this.push(kind, a, -1)
  }

  /** True when something is left over. */
  get crowded(): boolean {
    return this.stack.length > 0 || this.marks.length > 0
  }

  /** For opcodes that push a small whole number or nothing of interest. */
  pushInt(value: number): void {
    this.push(int, value, 0)
  }

  /** `kind`: text or dunder. */
  pushText(kind: number, offset: number): void {
    this.texts?.push(offset)
    this.push(kind, offset, 0)
  }

  pushPlain(): void {
    this.push(plain, 0, 0)
  }
}
