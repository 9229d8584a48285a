import { isObject } from '../../../base/json.ts'
import { decodeUtf8 } from '../cursor.ts'
import { type Found, helpToAllow, shown } from '../found.ts'
import { judgeImport } from '../pickle/judge-import.ts'
import type { ByteSource, ScanContext } from '../scanner.ts'

/** skops: a tree in `schema.json`, whose nodes name the class to import and the loader that makes it. */

const mostBytes = 64 * 1024 * 1024

/** Loaders of skops that make what the tree says and call nothing else. */
const loaders = new Set(
  `BytearrayNode BytesNode CachedNode DatetimeNode DefaultDictNode DictNode DtypeNode FunctionNode JsonNode ListNode MaskedArrayNode MethodNode
  NdArrayNode ObjectNode OperatorFuncNode OrderedDictNode PartialNode RandomGeneratorNode RandomStateNode SetNode SliceNode
  SparseMatrixNode TreeNode TupleNode TypeNode TypeNode_ GroupedNode ReduceNode SGDNode LossNode UfuncNode`.split(
    /\s+/,
  ),
)

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

function checkNode(
  node: Record<string, unknown>,
  said: Set<string>,
  found: Found,
  { allowGlobals }: ScanContext,
): void {
  const { __module__: module, __class__: name, __loader__: loader } = node
  if (typeof loader === 'string' && !loaders.has(loader) && !said.has(loader)) {
    said.add(loader)
    found.unknown(`The loader ${shown(loader)} is not known`, { callable: loader })
  }
  if (typeof module !== 'string' || typeof name !== 'string') return
  const { path, verdict, why, allowed } = judgeImport(module, name, 4, allowGlobals)
  if (said.has(path)) return
  said.add(path)
  if (verdict === 'safe' && !allowed) found.uses(path)
  else if (verdict === 'safe') found.usesAllowed(path)
  else
    found[verdict](`Loading would import ${shown(path)}, which ${why}`, {
      callable: path,
      ...(verdict === 'unknown' ? { help: helpToAllow(path) } : {}),
    })
}
