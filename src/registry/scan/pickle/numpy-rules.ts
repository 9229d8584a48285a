import { type Dtype, parseDtype } from './dtype.ts'
import type { PickleReport } from './pickle-report.ts'
import type { PickleState } from './state.ts'
import { dict, int, object, plain, tuple, type Value } from './values.ts'

/** What pickled types of numpy say of themselves. A type that lies about its elements turns bytes of the file into pointers. */

/** Marks of numpy's dtype flags: elements hold references; they are pickled as a list. */
const holdsReferences = 1
const listPickle = 2

/** Types known by number, so that values of the stack can point to them. */
export class Dtypes {
  private readonly all: Dtype[] = []
  private readonly numbers = new Map<string, number>()

  get(value: Value | undefined): Dtype | undefined {
    return value?.kind === object ? this.all[value.b] : undefined
  }

  number(dtype: Dtype): number {
    const key = `${dtype.name} ${dtype.bytes} ${dtype.objects}`
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
  restored(type: Value, given: Value, state: PickleState, report: PickleReport, offset: number): number {
    const dtype = this.get(type)
    const place = { offset, opcode: 'BUILD', callable: 'numpy.dtype' }
    const parts = state.partsOf(given)
    const [, , base, , fields, size, , flags] = parts ?? []
    if (
      dtype === undefined ||
      flags?.kind !== int ||
      base === undefined ||
      fields === undefined ||
      size === undefined
    ) {
      report.add('unknown', 'It restores a type of numpy in a way that cannot be followed', place)
      return -1
    }
    const marked = (flags.a & holdsReferences) !== 0
    const within = dtype.name === 'record' ? this.fieldsHoldObjects(fields, state) : dtype.objects
    if (within === undefined && !marked) {
      report.add('unknown', 'It restores a record of numpy whose fields cannot be followed', place)
      return -1
    }
    if (within === true && (!marked || (dtype.objects && (flags.a & listPickle) === 0))) {
      report.add('dangerous', 'It makes numpy take bytes of the file for references to objects', place)
      return -1
    }
    if (within === false && marked && dtype.name !== 'record') {
      report.add('dangerous', 'It makes numpy take numbers of the file for references to objects', place)
      return -1
    }
    if (size.kind !== int || (size.a !== -1 && size.a !== dtype.bytes) || base.kind !== plain) {
      report.add('unknown', 'It restores a type of numpy to another size than it was made with', place)
      return -1
    }
    return this.number({ ...dtype, objects: marked })
  }

  /** Whether a field of a record holds objects; undefined when that cannot be told. Fields are pairs of a type and an offset. */
  private fieldsHoldObjects(fields: Value, state: PickleState): boolean | undefined {
    if (fields.kind === plain) return false
    if (fields.kind !== dict) return undefined
    const types = state.partsOf(fields)?.filter((_, index) => index % 2 === 1)
    const known = types?.map((field) => this.get(field.kind === tuple ? state.partsOf(field)?.[0] : undefined))
    if (known?.some((dtype) => dtype?.objects === true) === true) return true
    return known === undefined || known.includes(undefined) ? undefined : false
  }
}

/** How many elements an array of this shape has; undefined for a shape that is none. */
export function elementsOf(shape: readonly Value[] | undefined): number | undefined {
  if (shape?.every(({ kind, a }) => kind === int && a >= 0) !== true) return undefined
  const count = shape.reduce((product, { a }) => product * a, 1)
  return Number.isSafeInteger(count) ? count : undefined
}
