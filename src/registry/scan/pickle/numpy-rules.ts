import { type Dtype, parseDtype } from './dtype.ts'
import type { PickleReport } from './pickle-report.ts'
import type { PickleState } from './state.ts'
import { dict, int, object, plain, tuple, type Value } from './values.ts'

/** What pickled types of numpy say of themselves. A type that lies about its elements turns bytes of the file into pointers. */

/** Marks of numpy's dtype flags: elements hold references; they are pickled as a list. */
const holdsReferences = 1
const listPickle = 2
/** Types whose elements are as large as the type says. */
const sized = new Set(['bytes', 'str', 'record'])

type Contents = 'numbers' | 'objects' | 'outside'

/** `fresh`: nothing has used the type yet. */
export type DtypePlace = { offset: number; fresh: boolean }

/** Types known by number, so that values of the stack can point to them. */
export class Dtypes {
  private readonly all: Dtype[] = []
  private readonly numbers = new Map<string, number>()
  private readonly textOf: (value: Value | undefined) => string | undefined

  constructor(textOf: (value: Value | undefined) => string | undefined) {
    this.textOf = textOf
  }

  get(value: Value | undefined): Dtype | undefined {
    return value?.kind === object ? this.all[value.b] : undefined
  }

  number(dtype: Dtype): number {
    const key = `${dtype.name} ${dtype.bytes} ${dtype.objects} ${dtype.restored === true}`
    const before = this.numbers.get(key)
    if (before !== undefined) return before
    this.numbers.set(key, this.all.length)
    return this.all.push(dtype) - 1
  }

  /** `numpy.dtype(code, ...)`: its number; -1 for a code that is not known. */
  made(code: string | undefined): number {
    const dtype = code === undefined ? undefined : parseDtype(code)
    return dtype === undefined ? -1 : this.number(dtype)
  }

  /**
   * What the state that is given to a type makes of it: its number, or -1 when that cannot be told. State: version, byte order, base of a
   * subarray, names, fields, size, alignment, flags, and metadata of times.
   */
  restored(type: Value, given: Value, state: PickleState, report: PickleReport, place: DtypePlace): number {
    const dtype = this.get(type)
    const parts = state.partsOf(given) ?? []
    const [version, , base, names, fields, size, , flags] = parts
    const unknown = (message: string): number => {
      report.add('unknown', message, { offset: place.offset, opcode: 'BUILD', callable: 'numpy.dtype' })
      return -1
    }
    const dangerous = (message: string): number => {
      report.add('dangerous', message, { offset: place.offset, opcode: 'BUILD', callable: 'numpy.dtype' })
      return -1
    }
    // In earlier versions of the state numpy finds out the flags by itself.
    const current = version?.kind === int && version.a >= 3 && (parts.length === 8 || parts.length === 9)
    if (!current || dtype === undefined || flags?.kind !== int || names === undefined || fields === undefined) {
      return unknown('It restores a type of numpy in a way that cannot be followed')
    }
    // An array that is there already would be read as another type than it was made of.
    if (!place.fresh || dtype.restored === true) return dangerous('It changes a type of numpy that is in use')
    if (base?.kind !== plain || size?.kind !== int || !this.fits(dtype, size.a)) {
      return unknown('It restores a type of numpy to another size than it was made with')
    }
    const record = dtype.name === 'record' ? this.record(names, fields, dtype.bytes, state) : 'numbers'
    if (record === undefined) return unknown('It restores a record of numpy whose fields cannot be followed')
    if (record === 'outside') return dangerous('It has numpy read and write outside of a record')
    const objects = dtype.objects || record === 'objects'
    const marks = flags.a & (holdsReferences | listPickle)
    if (objects && marks !== (holdsReferences | listPickle)) {
      return dangerous('It makes numpy take bytes of the file for references to objects')
    }
    if (!objects && marks !== 0) {
      return dangerous('It makes numpy take numbers of the file for references to objects')
    }
    return this.number({ ...dtype, objects, restored: true })
  }

  /** Types of a size of their own are restored with that, all others with -1. */
  private fits({ name, bytes }: Dtype, size: number): boolean {
    return size === bytes || (size === -1 && !sized.has(name))
  }

  /**
   * What a record consists of: numbers, or objects among others. Fields are pairs of a type and an offset by name, and titles name them a
   * second time. numpy trusts them: `outside` is for fields beyond the record, over an object, or not there. Undefined when that cannot be told.
   */
  private record(names: Value, fields: Value, bytes: number, state: PickleState): Contents | undefined {
    if (fields.kind === plain && names.kind === plain) return 'numbers'
    const named = names.kind === tuple ? state.partsOf(names) : undefined
    const parts = fields.kind === dict ? state.partsOf(fields) : undefined
    if (named === undefined || parts === undefined) return undefined
    const places = new Map<string, { from: number; to: number; objects: boolean }>()
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const key = this.textOf(parts[at])
      const field = parts[at + 1]
      const [type, offset, ...title] = field?.kind === tuple ? (state.partsOf(field) ?? []) : []
      const dtype = this.get(type)
      if (key === undefined || dtype === undefined || offset?.kind !== int || title.length > 1) return undefined
      if (offset.a < 0 || offset.a + dtype.bytes > bytes || places.has(key)) return 'outside'
      places.set(key, { from: offset.a, to: offset.a + dtype.bytes, objects: dtype.objects })
    }
    const keys = named.map((name) => this.textOf(name))
    const used = keys.map((key) => (key === undefined ? undefined : places.get(key)))
    if (new Set(keys).size < keys.length || used.includes(undefined)) return 'outside'
    const all = used.flatMap((one) => one ?? []).sort((one, other) => one.from - other.from)
    const over = all.some((one, at) => {
      const next = all[at + 1]
      return next !== undefined && next.from < one.to && (one.objects || all.some(({ objects }) => objects))
    })
    if (over) return 'outside'
    return [...places.values()].some(({ objects }) => objects) ? 'objects' : 'numbers'
  }
}

/** How many elements an array of this shape has; undefined for a shape that is none. */
export function elementsOf(shape: readonly Value[] | undefined): number | undefined {
  if (shape?.every(({ kind, a }) => kind === int && a >= 0) !== true) return undefined
  const count = shape.reduce((product, { a }) => product * a, 1)
  return Number.isSafeInteger(count) ? count : undefined
}
