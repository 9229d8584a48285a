/**
 * What stands on the stack of a pickle while it is followed without being executed. Values are three numbers in typed arrays, for a pickle
 * of some megabytes has millions of them:
 *
 * | kind        | a                                  | b                                   |
 * | ----------- | ---------------------------------- | ----------------------------------- |
 * | `plain`     |                                    |                                     |
 * | `int`       | its value                          |                                     |
 * | `text`      | where its opcode is in the file    |                                     |
 * | `dunder`    | the same: a text like `__class__`  |                                     |
 * | `global`    | number of the import               |                                     |
 * | `object`    | number of the import that made it  | number of a note on it, or -1       |
 * | `tuple`     | its weight                         | where its parts are kept, or -1     |
 * | `dict`      | its weight                         | the same; `emptyDict`, `lostDict`   |
 * | `tainted`   | its weight                         | a dict with a telling key            |
 * | `container` | its weight: list or set            | 1 if an object is among its parts   |
 * | `owner`     | number of the reference            | the place where it was memoized     |
 * | `alias`     | number of the reference            | a copy of that, out of the memo     |
 *
 * Weight is how many parts a value unfolds to when it is printed, hashed or compared.
 */
export const plain = 0
export const int = 1
export const text = 2
export const dunder = 3
export const global = 4
export const object = 5
export const tuple = 6
export const dict = 7
export const tainted = 8
export const container = 9
export const owner = 10
export const alias = 11

export const emptyDict = -2
export const lostDict = -1

/** A value taken out, references followed. */
export type Value = { kind: number; a: number; b: number }

/** Values in a row that grows. */
export class Values {
  kinds = new Uint8Array(256)
  as = new Float64Array(256)
  bs = new Float64Array(256)
  length = 0

  push(kind: number, a: number, b: number): void {
    if (this.length === this.kinds.length) this.grow()
    const at = this.length++
    this.kinds[at] = kind
    this.as[at] = a
    this.bs[at] = b
  }

  private grow(): void {
    const size = this.kinds.length * 4
    const { kinds, as, bs } = this
    this.kinds = new Uint8Array(size)
    this.kinds.set(kinds)
    this.as = new Float64Array(size)
    this.as.set(as)
    this.bs = new Float64Array(size)
    this.bs.set(bs)
  }
}

/** Room for the parts of the latest tuples and dicts: they are looked at soon after they were made, or not at all. */
const mostRoom = 1 << 15
export const mostParts = 128

/** The parts of small tuples and dicts, until later ones take their room. */
export class PartsRing {
  private readonly room: number
  private readonly kinds: Uint8Array
  private readonly as: Float64Array
  private readonly bs: Float64Array
  private end = 0

  /** `size`: of the file. A small one needs less room than there is at most. */
  constructor(size: number) {
    this.room = Math.min(mostRoom, 2 ** Math.ceil(Math.log2(2 * size + 2 * mostParts)))
    this.kinds = new Uint8Array(this.room)
    this.as = new Float64Array(this.room)
    this.bs = new Float64Array(this.room)
  }

  /** Keeps values of the stack from `from` on; where they are kept. `before`: a place whose values come before these. */
  keep(stack: Values, from: number, before = -1): number {
    const place = this.end
    const mask = this.room - 1
    let at = place & mask
    this.as[at] = stack.length - from
    this.bs[at] = before
    for (let index = from; index < stack.length; index++) {
      at = (at + 1) & mask
      this.kinds[at] = stack.kinds[index] as number
      this.as[at] = stack.as[index] as number
      this.bs[at] = stack.bs[index] as number
    }
    this.end = place + 1 + stack.length - from
    return place
  }

  /** The values kept there; undefined when later ones took their room, or when they are too many together. */
  at(place: number): Value[] | undefined {
    const found: Value[][] = []
    let total = 0
    for (let next = place; next >= 0; ) {
      if (this.end - next > this.room) return undefined
      const head = next % this.room
      const start = next + 1
      const count = this.as[head] as number
      total += count
      if (total > mostParts) return undefined
      found.push(Array.from({ length: count }, (_, index) => this.value((start + index) % this.room)))
      next = this.bs[head] as number
    }
    return place < 0 ? undefined : found.reverse().flat()
  }

  private value(at: number): Value {
    return { kind: this.kinds[at] as number, a: this.as[at] as number, b: this.bs[at] as number }
  }
}
