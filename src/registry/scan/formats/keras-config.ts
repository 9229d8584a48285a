import { isObject } from '../../../base/json.ts'
import { type Found, shown } from '../found.ts'
import type { ScanContext } from '../scanner.ts'

/**
 * The configuration of a Keras model: a tree of `{module, class_name, config, registered_name}`, of which Keras imports and calls what
 * `module` and `class_name` say. Also the older form without `module`, which `.h5` files and SavedModels hold.
 */

/** Parts of Keras that only hold and compute. Others of its parts fetch files or load pickles. */
const knownModule =
  /^(?:tf_)?keras(?:\.src)?(?:\.api)?(?:\._v\d)?(?:\.keras)?\.(?:layers|initializers|optimizers|losses|metrics|regularizers|constraints|activations|models|ops|dtype_policies|mixed_precision|quantizers|random)(?:\.[\w.]+)?$|^builtins$/
/** Optimisers as Keras writes them with PyTorch behind it. */
const torchOptimizer = /^keras\.src\.backend\.torch\.optimizers\.torch_[a-z]+\.[A-Z]\w+$/
/** Of the package itself, only its models. */
const knownTopLevel = /^(?:tf_)?keras\.(?:Sequential|Functional|Model|Variable|DTypePolicy|KerasTensor)$/
/** Of `builtins`, what Keras writes itself. */
const knownBuiltins = new Set(['dict', 'list', 'tuple', 'int', 'float', 'str', 'bool', 'NoneType'])
/** Functions of Keras that it writes as if they were Python's: losses, metrics and activations. */
const ownFunctions = new Set(
  `binary_accuracy binary_crossentropy binary_focal_crossentropy categorical_accuracy categorical_crossentropy categorical_focal_crossentropy
  categorical_generalized_cross_entropy categorical_hinge celu circle concordance_correlation cosine_similarity ctc dice elu exponential
  gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh hinge huber kl_divergence leaky_relu linear log_cosh log_sigmoid
  log_softmax mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error mish
  pearson_correlation poisson relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_categorical_accuracy
  sparse_categorical_crossentropy sparse_plus sparse_sigmoid sparse_top_k_categorical_accuracy sparsemax squared_hinge squareplus swish
  tanh tanh_shrink threshold top_k_categorical_accuracy tversky`.split(/\s+/),
)
/** Functions of Python itself, which older Keras gave back for the same module. */
const pythonFunctions =
  /^_|^(?:abs|aiter|all|anext|any|ascii|bin|breakpoint|bytearray|bytes|callable|chr|classmethod|compile|complex|copyright|credits|delattr|dir|divmod|enumerate|eval|exec|exit|filter|format|frozenset|getattr|globals|hasattr|hash|help|hex|id|input|isinstance|issubclass|iter|len|license|locals|map|max|memoryview|min|next|object|oct|open|ord|pow|print|property|quit|range|repr|reversed|round|set|setattr|slice|sorted|staticmethod|sum|super|type|vars|zip)$/
const dangerousClasses: Record<string, string> = {
  Lambda: 'runs Python bytecode that the file holds',
  __lambda__: 'is Python bytecode',
  TorchModuleWrapper: 'loads a pickle that the file holds',
  TFSMLayer: 'loads and runs a SavedModel from a path that the file names',
}
const dangerousModules =
  /^(?:builtins|os|posix|nt|sys|subprocess|shutil|importlib|runpy|ctypes|socket|pickle|_pickle|dill|cloudpickle|joblib|marshal|code|codeop|pty|commands|webbrowser|urllib|requests|http|multiprocessing|asyncio|types|inspect|operator|functools|timeit|pdb|pip|torch|tempfile|pathlib|io|_io)(?:\.|$)/
const dangerousFunctions =
  /^(?:get_file|load_model|load_weights|save_model|save_weights|load_img|enable_unsafe_deserialization|deserialize_keras_object|exec|eval)$/
const mostNodes = 2_000_000

/** Adds what loading this configuration would import or run. Counts the layers. */
export function scanKeras(root: unknown, found: Found, context: Pick<ScanContext, 'allowGlobals'>): void {
  const stack: unknown[] = [root]
  let [nodes, layers] = [0, 0]
  while (stack.length > 0) {
    const node = stack.pop()
    if (++nodes > mostNodes) {
      found.unknown('The configuration has too many parts to be looked through')
      return
    }
    if (Array.isArray(node)) for (const item of node) stack.push(item)
    if (!isObject(node)) continue
    if (typeof node.class_name === 'string') {
      checkClass(node, node.class_name, found, context)
      if (Array.isArray(node.inbound_nodes) || isObject(node.build_config)) layers++
    }
    for (const [key, value] of Object.entries(node)) {
      if (key === 'function_type' && value === 'lambda')
        found.dangerous('A lambda of Python bytecode would be run', { callable: 'marshal.loads' })
      stack.push(value)
    }
  }
  if (layers > 0) found.detail('layers', String(layers))
  if (isObject(root) && typeof root.class_name === 'string') found.detail('class', root.class_name)
}

function checkClass(
  node: Record<string, unknown>,
  name: string,
  found: Found,
  context: Pick<ScanContext, 'allowGlobals'>,
): void {
  const module = typeof node.module === 'string' ? node.module : undefined
  const registered = typeof node.registered_name === 'string' ? node.registered_name : undefined
  const config = isObject(node.config) ? node.config : {}
  // A function is named by its `config`, and its class is `function`; what describes a tensor is named by `spec_name`.
  const isFunction = name === 'function' && typeof node.config === 'string'
  const isSpec = name === '__typespec__' && typeof node.spec_name === 'string'
  const target = String(isFunction ? node.config : isSpec ? node.spec_name : name)
  const full = module === undefined ? target : `${module}.${target}`
  const plain = target.split('>').at(-1) ?? target
  const danger = Object.hasOwn(dangerousClasses, plain) ? dangerousClasses[plain] : undefined
  if (danger !== undefined) {
    found.dangerous(`${shown(full)} ${danger}`, { callable: full })
    return
  }
  if (isFunction && module === 'builtins' && !pythonFunctions.test(target)) {
    const custom = target.replace('>', '.')
    const message = `The custom function ${shown(target)} needs code that is not in the file`
    if (ownFunctions.has(target)) found.uses(`keras.${target}`)
    else found.usesUnknown(custom, context, message)
    return
  }
  if (module !== undefined && dangerousModules.test(module) && !(module === 'builtins' && knownBuiltins.has(target))) {
    found.dangerous(`Loading would call ${shown(full)}`, { callable: full })
    return
  }
  if (dangerousFunctions.test(plain)) {
    found.dangerous(`Loading would call ${shown(full)}`, { callable: full })
    return
  }
  if (typeof config.vocabulary === 'string') {
    found.dangerous(`${shown(full)} reads its vocabulary from a path: ${shown(config.vocabulary)}`, { callable: full })
  }
  // `Package>Name` is registered by somebody's own code.
  const custom = [registered, target].find((one) => one?.includes('>') === true && !/^keras(?:\.\w+)*>/.test(one))
  if (module !== undefined && !isKnown(module, full)) {
    const message = `Loading would import ${shown(full)}, which is no part of Keras that is known`
    found.usesUnknown(full, context, message)
  } else if (custom !== undefined) {
    const message = `The custom object ${shown(custom)} needs code that is not in the file`
    found.usesUnknown(custom.replace('>', '.'), context, message)
  } else if (module !== undefined) found.uses(full)
}

function isKnown(module: string, full: string): boolean {
  return knownModule.test(module) || knownTopLevel.test(full) || torchOptimizer.test(full)
}
