import type { Imports } from './imports.ts'
import { textLength } from './literals.ts'
import { elementsOf } from './numpy-rules.ts'
import type { CallPlace, Rule, RuleTools } from './rule.ts'
import { torchRule } from './torch-rules.ts'
import { container, dict, global, int, object, plain, text, tuple, type Value } from './values.ts'

/** What harmless names may be called with: with other arguments they compute, reserve memory or call what the file chooses. */

export const reconstruct = /^numpy\._?core\.multiarray\._reconstruct$/
const fromBuffer = /^numpy\._?core\.numeric\._frombuffer$/
const scalar = /^numpy\._?core\.multiarray\.scalar$/
const classMaker = /^sklearn\..*\.newObj$/
const collections = /^builtins\.(?:bytes|bytearray|set|frozenset)$|^collections\./
/** Classes that pickles make by `__new__` alone: their constructors would compute with what they are given. */
const onlyNew = /^(?:sklearn|scipy|uuid)\.|^numpy\.(?:ma\.|random\.)/
/** Those among them that pickles do call. */
const constructed =
  /^sklearn\.(?:_loss\._loss|linear_model\._sgd_fast)\.|^numpy\.(?:ma\.core\._mareconstruct|random\..*__pyx_unpickle_\w+)$/
/** What protocols 0 and 1 build a class upon. */
const bases = /^builtins\.(?:object|dict|list|tuple|int|float|str)$/
const encodings = new Set(['latin1', 'latin-1', 'utf-8', 'utf8', 'ascii'])
const mostOutputs = 1e6
const mostElements = 1000

/** False for NEWOBJ, which calls `__new__` alone. */
const isConstruction = ({ opcode }: CallPlace): boolean => !opcode.startsWith('NEWOBJ')

/** Protocols below 3 write bytes as a text and its encoding. */
export function isBytes(value: Value, imports: Imports): boolean {
  const path = value.kind === object ? imports.get(value.a)?.path : undefined
  return path === '_codecs.encode' || path === 'builtins.bytes' || path === 'builtins.bytearray'
}

/** True for an array, and for a scalar of numpy. */
export function isArray(value: Value, imports: Imports): boolean {
  const path = value.kind === object ? (imports.get(value.a)?.path ?? '') : ''
  return reconstruct.test(path) || fromBuffer.test(path) || scalar.test(path) || path === 'numpy.ndarray'
}

/** The rule for a callable; null for one that does no harm with any arguments. */
export function ruleFor(path: string, tools: RuleTools): Rule | null {
  const odd = (place: CallPlace, message: string): void => {
    tools.report.add('unknown', message, { ...place, callable: path })
  }
  const checked = (check: (args: readonly Value[], place: CallPlace) => void): Rule => {
    return (args, place, number) => {
      check(args, place)
      return [number, -1]
    }
  }
  const { state, imports, dtypes } = tools
  const textOf = (value: Value | undefined): string | undefined => tools.textOf(value)
  const computed = (value: Value): boolean => value.kind === object && !isBytes(value, imports)

  if (path.startsWith('copyreg.') || classMaker.test(path)) return makerRule(path, tools)
  if (path === 'numpy.dtype') {
    return ([code], place, number) => {
      const note = dtypes.made(textOf(code))
      if (note === -1) odd(place, 'It makes a type of numpy that is not known')
      return [number, note]
    }
  }
  if (reconstruct.test(path) || path === 'numpy.ma.core._mareconstruct') {
    const shapeAt = reconstruct.test(path) ? 1 : 2
    return checked((args, place) => {
      const shape = args[shapeAt]
      const size = elementsOf(shape === undefined ? undefined : state.partsOf(shape))
      const made = args.slice(0, shapeAt).every(({ kind }) => kind === global)
      if (size !== 0 || !made) odd(place, 'It makes an array in a way that no pickle of numpy does')
    })
  }
  if (scalar.test(path)) {
    return checked(([type, value], place) => {
      // Of a type of objects it gives back what it is given, whatever that is.
      const given = value !== undefined && (value.kind === plain || value.kind === text || isBytes(value, imports))
      if (!given || dtypes.get(type)?.objects !== false) odd(place, 'It makes a number in a way that no pickle does')
    })
  }
  if (fromBuffer.test(path)) {
    return checked(([buffer, type, shape], place) => {
      // Out of another array it would make one whose memory that array gives back when it is filled again.
      if (buffer === undefined || computed(buffer)) odd(place, 'It makes an array out of what it computes')
      tools.countArray(type, shape)
    })
  }
  if (path === '_codecs.encode') {
    return checked(([value, encoding], place) => {
      if (value?.kind === text) state.copy(textLength(tools.reader, value.a) / 8)
      if (!encodings.has(textOf(encoding) ?? '')) odd(place, 'It encodes a text in an encoding that is not known')
    })
  }
  if (path === 'fractions.Fraction') {
    return checked((args, place) => {
      // A power of ten takes as many digits as it says.
      const exact = args.every((one) => {
        return one.kind === int || one.kind === plain || /^-?\d+(?:\/\d+)?$/.test(textOf(one) ?? '')
      })
      if (!exact) odd(place, 'It makes a fraction in a way that no pickle does')
    })
  }
  if (path === 'sklearn.tree._tree.Tree') {
    return checked(([, , outputs], place) => {
      const small = outputs?.kind === int && outputs.a >= 0 && outputs.a <= mostOutputs
      if (!small) odd(place, 'It makes a tree with a number of outputs that cannot be')
    })
  }
  if (path === 'sklearn.gaussian_process.kernels.Hyperparameter') {
    return checked(([, , bounds, elements], place) => {
      const many = elements !== undefined && !(elements.kind === int && elements.a <= mostElements)
      const odds = bounds !== undefined && bounds.kind >= object && bounds.kind !== tuple && !isArray(bounds, imports)
      const within = bounds?.kind === tuple && (state.partsOf(bounds)?.some(({ kind }) => kind >= object) ?? true)
      if (isConstruction(place) || many || odds || within) {
        odd(place, 'It makes a hyperparameter in a way that no pickle does')
      }
    })
  }
  if (path.startsWith('numpy.random._pickle.')) {
    return checked((args, place) => {
      const strange = args.some((one) => {
        if (one.kind !== global && one.kind !== object) return one.kind !== text
        return !imports.get(one.a)?.path.startsWith('numpy.random.')
      })
      if (strange) odd(place, 'It calls what is no generator of random numbers as one')
    })
  }
  if (path.startsWith('torch.')) return torchRule(path, tools)
  if (collections.test(path)) return checked(collectionRule(path, tools, odd, computed))
  if (onlyNew.test(path) && !constructed.test(path)) {
    return checked((_, place) => {
      if (isConstruction(place)) odd(place, `It calls the constructor of "${path}", which no pickle of it does`)
    })
  }
  return null
}

/** Callables that give back an object of the class that is their first argument, as NEWOBJ does. */
function makerRule(path: string, tools: RuleTools): Rule {
  const { report, imports } = tools
  return ([made, ...rest], place) => {
    if (made?.kind !== global) {
      report.add('dangerous', 'It makes an object of a class that it computes', { ...place, callable: path })
      return [-1, -1]
    }
    const named = imports.get(made.a)
    if (named?.verdict === 'safe' && !named.callable) {
      report.add('unknown', `It calls "${named.path}", which may only be named`, { ...place, callable: named.path })
    }
    if (path === 'copyreg._reconstructor') {
      const [base, given = { kind: plain, a: 0, b: 0 }] = rest
      const name = base?.kind === global ? (imports.get(base.a)?.path ?? '') : ''
      // The base would be called with it: dicts and lists take whatever can be iterated.
      const kept = given.kind < object || given.kind === tuple || given.kind === container || given.kind === dict
      if (!bases.test(name) || !kept || given.kind === global || (name === 'builtins.dict' && given.kind !== dict)) {
        report.add('unknown', 'It makes an object in a way that no pickle does', { ...place, callable: path })
      }
      return [made.a, -1]
    }
    if (path !== 'copyreg.__newobj__') return [made.a, -1]
    return tools.ruleOf(made.a)?.(rest, { ...place, opcode: 'NEWOBJ' }, made.a) ?? [made.a, -1]
  }
}

function collectionRule(
  path: string,
  tools: RuleTools,
  odd: (place: CallPlace, message: string) => void,
  computed: (value: Value) => boolean,
): (args: readonly Value[], place: CallPlace) => void {
  const { report, state } = tools
  const bytes = path.startsWith('builtins.byte')
  return (args, place) => {
    const [first, second] = args
    if (first === undefined) return
    if (bytes && first.kind === int && first.a > 0) {
      report.add('dangerous', 'It reserves memory that the file does not fill', { ...place, callable: path })
    }
    if (bytes && second !== undefined && !encodings.has(tools.textOf(second) ?? '')) {
      odd(place, 'It encodes a text in an encoding that is not known')
    }
    // Pairs are iterated, so that an object among them is asked for its parts.
    const pairs = path === 'collections.OrderedDict' && first.kind === container && first.b === 1
    const filled = path === 'collections.defaultdict' && second !== undefined
    if (pairs || filled || args.some(computed)) odd(place, 'It fills a collection from what it computes')
    for (const { kind, a } of args) if (kind >= tuple) state.copy(a)
  }
}
