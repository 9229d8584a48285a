import { isObject } from '../../../base/json.ts'
import { decodeUtf8 } from '../cursor.ts'
import { type Found, helpToAllow, shown } from '../found.ts'
import { judgeImport } from '../pickle/judge-import.ts'
import type { ByteSource, ScanContext } from '../scanner.ts'

/** skops: a tree in `schema.json`, whose nodes name the class to import and the loader that makes it. */

const mostBytes = 64 * 1024 * 1024

/** Loaders of skops that make what the tree says and call nothing else. */
const loaders = new Set(
  `BytearrayNode BytesNode CachedNode ConstructorFromReduceNode DTypeNode DefaultDictNode DictNode FunctionNode JsonNode ListNode LossNode
  MaskedArrayNode NdArrayNode ObjectNode QuantileForestNode RandomGeneratorNode RandomStateNode ReduceNode SetNode SliceNode
  SparseMatrixNode TreeNode TupleNode TypeNode _DictWithDeprecatedKeysNode`.split(/\s+/),
)

/** Names that skops itself loads without a question, beside those that pickles may import. */
const generators =
  /^numpy\.random\.(?:mtrand\.RandomState|_generator\.Generator|_(?:mt19937\.MT19937|pcg64\.PCG64|pcg64\.PCG64DXSM|philox\.Philox|sfc64\.SFC64))$/
const functions =
  /^numpy\.(?:abs|absolute|add|arccos|arccosh|arcsin|arcsinh|arctan|arctan2|arctanh|cbrt|ceil|cos|cosh|deg2rad|divide|exp|exp2|expm1|fabs|floor|hypot|isfinite|isinf|isnan|log|log10|log1p|log2|logaddexp|maximum|minimum|multiply|negative|positive|power|rad2deg|reciprocal|rint|sign|sin|sinh|sqrt|square|subtract|tan|tanh|true_divide|trunc)$/

/** Adds what loading a schema imports. What is no JSON has been found elsewhere. */
export function scanSkopsSchema(source: ByteSource, found: Found, context: ScanContext): void {
  if (source.size > mostBytes) {
    found.unknown('The schema is too large to be looked into: more than 64 MiB')
    return
  }
  let root: unknown
  try {
    root = JSON.parse(decodeUtf8(source.read(0, source.size), 'The schema'))
  } catch {
    found.malformed('`schema.json` is not valid JSON')
    return
  }
  if (!isObject(root) || typeof root.__class__ !== 'string') found.malformed('`schema.json` does not say what it holds')
  const said = new Set<string>()
  const stack: unknown[] = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    if (Array.isArray(node)) for (const item of node) stack.push(item)
    if (!isObject(node)) continue
    for (const value of Object.values(node)) stack.push(value)
    checkNode(node, said, found, context)
  }
  if (isObject(root) && typeof root.__class__ === 'string')
    found.detail('class', `${String(root.__module__ ?? '')}.${root.__class__}`)
  if (isObject(root) && typeof root._skops_version === 'string') found.detail('skops', root._skops_version)
}

function checkNode(node: Record<string, unknown>, said: Set<string>, found: Found, context: ScanContext): void {
  const { __module__: module, __class__: name, __loader__: loader } = node
  if (typeof loader === 'string' && !loaders.has(loader) && !said.has(loader)) {
    said.add(loader)
    const message = `The loader ${shown(loader)} calls what the file names, or is not known`
    found.usesUnknown(`skops.io.${loader}`, context, message)
  }
  if (typeof module !== 'string' || typeof name !== 'string' || said.has(`${module}.${name}`)) return
  said.add(`${module}.${name}`)
  if (generators.test(`${module}.${name}`) || functions.test(`${module}.${name}`)) found.uses(`${module}.${name}`)
  else judge(module, name, found, context)
}

function judge(module: string, name: string, found: Found, { allowGlobals }: ScanContext): void {
  const { path, verdict, why, allowed } = judgeImport(module, name, 4, allowGlobals)
  const help = verdict === 'unknown' ? { help: helpToAllow(path) } : {}
  if (verdict !== 'safe')
    found[verdict](`Loading would import ${shown(path)}, which ${why}`, { callable: path, ...help })
  else if (allowed) found.usesAllowed(path)
  else found.uses(path)
}
