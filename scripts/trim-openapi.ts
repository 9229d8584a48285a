/**
 * Cuts GitHub's description of its REST API down to the operations that the loopback GitHub models, without prose and
 * examples, and writes it to `test/github/openapi/`.
 *
 *     npm install --prefix <folder> @octokit/openapi@23.0.2
 *     node scripts/trim-openapi.ts <folder>/node_modules/@octokit/openapi/generated/api.github.com.json
 *
 * To model one more operation, add its name to `operations.json` in that folder and run this again.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { argv, exit } from 'node:process'

type Node = Record<string, unknown>

const folder = join(import.meta.dirname, '../test/github/openapi')
/** Prose and hints for documentation: nothing of this decides whether a message is valid. */
const dropped = new Set(['description', 'summary', 'example', 'examples', 'tags', 'title', 'deprecated'])
/** Keys below these are names that GitHub chose, so that a property called `description` stays. */
const named = new Set(['properties', 'schemas', 'parameters', 'responses', 'headers', 'content'])

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nodeAt(value: unknown, what: string): Node {
  if (!isNode(value)) throw new Error(`${what} is not an object: is this GitHub's description?`)
  return value
}

/** The same without prose; `isNamed` says that the keys of this object are names and not keywords. */
function trim(value: unknown, isNamed = false): unknown {
  if (Array.isArray(value)) return value.map((item) => trim(item))
  if (!isNode(value)) return value
  const kept = Object.entries(value).filter(([key]) => isNamed || isKept(key))
  return Object.fromEntries(kept.map(([key, item]) => [key, literal(key, isNamed) ? item : trim(item, named.has(key))]))
}

function isKept(key: string): boolean {
  return key === 'x-multi-segment' || (!key.startsWith('x-') && !dropped.has(key))
}

function literal(key: string, isNamed: boolean): boolean {
  return !isNamed && (key === 'enum' || key === 'required' || key === 'default')
}

/** Follows the references of `value` and collects what they lead to, by its address in the description. */
function collect(value: unknown, full: Node, found: Map<string, unknown>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, full, found)
  if (!isNode(value)) return
  if (typeof value.$ref === 'string' && !found.has(value.$ref)) {
    const target = trim(resolve(value.$ref, full))
    found.set(value.$ref, target)
    collect(target, full, found)
  }
  for (const item of Object.values(value)) collect(item, full, found)
}

function resolve(reference: string, full: Node): unknown {
  const names = reference.replace(/^#\//, '').split('/')
  return names.reduce<unknown>((node, name) => nodeAt(node, reference)[name], full)
}

/** Paths with the wanted operations; parameters of the path itself do not occur in GitHub's description. */
function pick(full: Node, wanted: Set<string>): Node {
  const paths: Node = {}
  for (const [path, methods] of Object.entries(nodeAt(full.paths, 'paths'))) {
    for (const [method, operation] of Object.entries(nodeAt(methods, path))) {
      if (!isNode(operation) || !wanted.delete(String(operation.operationId))) continue
      paths[path] = { ...(paths[path] ?? {}), [method]: trim(operation) }
    }
  }
  if (wanted.size > 0) throw new Error(`not in the description: ${[...wanted].join(', ')}`)
  return paths
}

function build(full: Node, wanted: string[]): Node {
  const paths = pick(full, new Set(wanted))
  const found = new Map<string, unknown>()
  collect(paths, full, found)
  const components: Record<string, Node> = {}
  for (const [reference, value] of [...found].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const [, , kind = '', name = ''] = reference.split('/')
    components[kind] = { ...components[kind], [name]: value }
  }
  const info = nodeAt(full.info, 'info')
  return {
    openapi: full.openapi,
    info: { title: info.title, version: info.version, license: info.license },
    paths,
    components,
  }
}

const source = argv[2]
if (source === undefined) {
  console.error('Pass the path of api.github.com.json from the npm package @octokit/openapi.')
  exit(2)
}
const wanted: unknown = JSON.parse(await readFile(join(folder, 'operations.json'), 'utf8'))
if (!Array.isArray(wanted)) throw new Error('operations.json is not a list of operation names')
const text = JSON.stringify(build(nodeAt(JSON.parse(await readFile(source, 'utf8')), source), wanted.map(String)))
await writeFile(join(folder, 'api.github.com.json'), `${text}\n`)
console.log(`${wanted.length} operations, ${text.length} bytes`)
