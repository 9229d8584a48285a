import type { CallPlace, Rule, RuleTools } from './rule.ts'
import { torchTypes } from './torch-storage.ts'
import { container, dict, global, int, object, plain, tainted, text, tuple, type Value } from './values.ts'

/**
 * What the functions of PyTorch may be called with that pickles make tensors with. PyTorch itself checks little of it: a tensor that is larger than its
 * storage makes it reserve memory, and in some versions read beyond what there is.
 */

type Args = readonly Value[]
type Check = (args: Args, place: CallPlace) => boolean

const rebuilds = /^torch\._utils\._rebuild_\w+$/
/** Those that are given a shape as their third argument. */
const tensors = /^torch\._utils\._rebuild_tensor(?:_v[23])?$/
const tensorClasses = /^torch\.(?:Tensor|nn\.parameter\.(?:Parameter|Buffer))$/
const layouts = /^torch\.(?:strided|sparse_\w+)$/
/** Numbers that an element of such a storage holds. */
const packed: Record<string, number | undefined> = { quint4x2: 2, quint2x4: 4 }

/** The rule for a callable of PyTorch. */
export function torchRule(path: string, tools: RuleTools): Rule {
  const check = checks(tools)[path] ?? ((args) => args.every((one) => isTorch(one, tools)))
  return (args, place, number) => {
    if (path === 'torch._tensor._rebuild_from_type_v2') checkInner(args, place, tools)
    if (!check(args, place)) {
      tools.report.add('unknown', 'It makes a tensor in a way that no file of PyTorch does', {
        ...place,
        callable: path,
      })
    }
    if (args.some((one) => setsClass(one, tools))) {
      tools.report.add('dangerous', 'It sets attributes that make another thing of an object', place)
    }
    return [number, tensors.test(path) ? tools.noteTensor(elementsOf(args[2], tools)) : -1]
  }
}

/** How many elements a shape means; undefined where that cannot be told. */
function elementsOf(shape: Value | undefined, { state }: RuleTools): number | undefined {
  const parts = shape?.kind === tuple ? state.partsOf(shape) : undefined
  return parts?.reduce((product, { kind, a }) => product * (kind === int ? a : Number.NaN), 1)
}

function checks(tools: RuleTools): Record<string, Check> {
  const sizes = (value: Value | undefined): number[] | undefined => {
    const parts = value?.kind === tuple ? tools.state.partsOf(value) : undefined
    return parts?.every(({ kind, a }) => kind === int && a >= 0) === true ? parts.map(({ a }) => a) : undefined
  }
  const hooks = (value: Value | undefined): boolean =>
    value?.kind === plain || (value !== undefined && madeBy(value, tools) === 'collections.OrderedDict')
  const flags = (value: Value | undefined): boolean =>
    value === undefined || value.kind === plain || (value.kind === dict && tools.state.partsOf(value) !== undefined)
  const tensor = (value: Value | undefined): boolean => value?.kind === object && value.a >= 0 && isTorch(value, tools)
  const numbers = ([storage, offset, size, stride]: Args, place: CallPlace, type?: Value): boolean => {
    const held = tools.storageAt(storage)
    const [shape, steps] = [sizes(size), sizes(stride)]
    if (held === undefined || shape === undefined || steps?.length !== shape.length) return false
    if (offset?.kind !== int || offset.a < 0) return false
    const name = type === undefined ? undefined : /^torch\.(\w+)$/.exec(globalPath(type, tools))?.[1]
    const bytes = name === undefined ? undefined : torchTypes[name]
    if (type !== undefined && (name === undefined || bytes === undefined)) return false
    let room = held.elements * (packed[held.dtype] ?? 1)
    if (name !== undefined && bytes !== undefined) {
      room = held.bytes / bytes
      held.holds = { dtype: name, elements: room }
    }
    // Of a tensor without elements nothing is read.
    const last = shape.reduce((sum, count, at) => sum + (count - 1) * (steps[at] ?? 0), offset.a)
    if (!shape.includes(0) && !(last < room)) {
      tools.report.add('malformed', 'A tensor reaches beyond its storage', place)
    }
    return true
  }
  const quantised = (args: Args): boolean => {
    // Room is made for as many numbers as the shape has, before it is compared with what is there.
    const held = tools.storageAt(args[0])
    const count = elementsOf(args[2], tools) ?? Number.NaN
    const [scheme, first, second, axis] = (args[4] === undefined ? undefined : tools.state.partsOf(args[4])) ?? []
    const path = scheme === undefined ? '' : globalPath(scheme, tools)
    if (!(count <= (held?.elements ?? 0) * (packed[held?.dtype ?? ''] ?? 1))) return false
    if (path === 'torch.per_tensor_affine')
      return [first, second].every((one) => one?.kind === plain || one?.kind === int)
    // PyTorch reads a scale and a zero point for each place along the axis, whether they are there or not.
    const along = axis?.kind === int ? sizes(args[2])?.[axis.a] : undefined
    const lengths = [first, second].map((one) => (one?.kind === container ? one.a - 1 : tools.elementsAt(one)))
    const known = along !== undefined && lengths.every((length) => length === along)
    return /^torch\.per_channel_affine(?:_float_qparams)?$/.test(path) && known
  }
  const state = (value: Value | undefined): boolean => {
    if (value?.kind === plain || value?.kind === dict || value?.kind === tainted) return true
    const parts = value?.kind === tuple ? tools.state.partsOf(value) : undefined
    return parts?.length === 2 && parts.every(({ kind }) => kind === plain || kind === dict || kind === tainted)
  }
  const identity: Check = ([value, name]) =>
    value !== undefined && (value.kind < global || value.kind > tuple) && (name === undefined || name.kind === text)
  return {
    'torch._utils._rebuild_tensor': (args, place) => args.length === 4 && numbers(args, place),
    'torch._utils._rebuild_tensor_v2': (args, place) =>
      (args.length === 6 || args.length === 7) &&
      numbers(args, place) &&
      args[4]?.kind === plain &&
      hooks(args[5]) &&
      flags(args[6]),
    'torch._utils._rebuild_tensor_v3': (args, place) =>
      (args.length === 7 || args.length === 8) &&
      numbers(args, place, args[6]) &&
      args[4]?.kind === plain &&
      hooks(args[5]) &&
      flags(args[7]),
    'torch._utils._rebuild_qtensor': (args, place) =>
      args.length === 7 && numbers(args, place) && quantised(args) && args[5]?.kind === plain && hooks(args[6]),
    'torch._utils._rebuild_parameter': (args) => args.length === 3 && tensor(args[0]) && hooks(args[2]),
    'torch._utils._rebuild_parameter_with_state': (args) =>
      args.length === 4 && tensor(args[0]) && hooks(args[2]) && state(args[3]),
    'torch._utils._rebuild_sparse_tensor': ([layout, data]) => {
      const known =
        layout !== undefined &&
        (layouts.test(globalPath(layout, tools)) || madeBy(layout, tools) === 'torch.serialization._get_layout')
      const parts = data?.kind === tuple ? tools.state.partsOf(data) : undefined
      return known && parts?.every((one) => tensor(one) || one.kind <= int || sizes(one) !== undefined) === true
    },
    'torch._utils._rebuild_meta_tensor_no_storage': ([type, size, stride]) =>
      type?.kind === global && sizes(size) !== undefined && sizes(stride) !== undefined,
    'torch._tensor._rebuild_from_type_v2': ([made, type, , given]) => {
      const as = type === undefined ? '' : globalPath(type, tools)
      const known = made !== undefined && rebuilds.test(globalPath(made, tools))
      return known && (tensorClasses.test(as) || !isSafe(type, tools)) && state(given)
    },
    'torch.serialization._get_layout': ([name]) => layouts.test(tools.textOf(name) ?? ''),
    // These give back what they are given, so that it must be nothing that can be called or changed; nor a tuple, of which it would be lost to how
    // many values it unfolds when it is a key. PyTorch gives them lists and dicts.
    ...Object.fromEntries(
      ['build_intlist', 'build_tensorlist', 'build_doublelist', 'build_boollist', 'restore_type_tag'].map((name) => [
        `torch.jit._pickle.${name}`,
        identity,
      ]),
    ),
  }
}

/** A tensor with attributes, or of another class, is made by a function with arguments of its own. */
function checkInner([made, , args]: Args, place: CallPlace, tools: RuleTools): void {
  const rule = made?.kind === global ? tools.ruleOf(made.a) : null
  const parts = args?.kind === tuple ? tools.state.partsOf(args) : undefined
  if (made?.kind === global && rule !== null && parts !== undefined) rule(parts, place, made.a)
  else tools.report.add('unknown', 'It calls with arguments that cannot be followed', place)
}

function globalPath(value: Value, { imports }: RuleTools): string {
  return value.kind === global ? (imports.get(value.a)?.path ?? '') : ''
}

function madeBy(value: Value, { imports }: RuleTools): string | undefined {
  return value.kind === object ? imports.get(value.a)?.path : undefined
}

/** Also false for a class that only the project allows. */
function isSafe(value: Value | undefined, { imports }: RuleTools): boolean {
  const named = value?.kind === global ? imports.get(value.a) : undefined
  return named === undefined || (named.verdict === 'safe' && !named.allowed)
}

/** True for whatever is no object, and for objects that PyTorch makes. */
function isTorch(value: Value, tools: RuleTools): boolean {
  const made = madeBy(value, tools)
  return made === undefined || /^torch\.|^collections\.OrderedDict$/.test(made)
}

function setsClass(value: Value, { state }: RuleTools): boolean {
  if (value.kind === tainted) return true
  return value.kind === tuple && state.partsOf(value)?.some(({ kind }) => kind === tainted) === true
}
