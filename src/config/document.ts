import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import { ModelgateError, type Place, throwFound } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'

/** A path into a YAML document: keys of mappings and indexes of lists. */
export type YamlPath = readonly PropertyKey[]

/** A parsed YAML file that knows where each value stands. */
export type YamlDocument = {
  file: string
  value: unknown
  /** Place of the value at `path`, or of its nearest parent that exists. */
  placeOf(path: YamlPath): Place
  /** Place of a key of the mapping at `path`. */
  placeOfKey(path: YamlPath, key: string): Place
}

/** Parses YAML 1.2. Throws `config/yaml` with line and column for everything that is not well-formed. */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    logLevel: 'error',
    // The library compares each key with all those before it: that is left to `findRepeatedKeys`.
    uniqueKeys: false,
  })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const problems = [
    ...document.errors.map(({ code, message, pos }) => ({ problem: plainProblems[code] ?? message, offset: pos[0] })),
    ...findRepeatedKeys(document).map((key) => ({ problem: 'Map keys must be unique', offset: key.range?.[0] ?? 0 })),
  ].sort((one, other) => one.offset - other.offset)
  throwFound(
    problems.map(
      ({ problem, offset }) =>
        () =>
          new ModelgateError({
            code: 'config/yaml',
            message: `This is not well-formed YAML: ${truncate(oneLine(problem), 300).replace(/\.$/, '')}.`,
            place: placeAt(offset),
            help: 'Check indentation, quotes and repeated keys at this place.',
          }),
    ),
  )

  const start = (node: Node | null | undefined): Place => placeAt(node?.range?.[0] ?? 0)
  const forbidden = findForbiddenKey(document)
  if (forbidden !== undefined) {
    throw new ModelgateError({
      code: 'config/invalid-value',
      message: `"${forbiddenKey}" cannot be used as a name.`,
      place: start(forbidden),
      help: 'Choose another name.',
    })
  }
  const descend = (path: YamlPath): Node | null | undefined => {
    let node: Node | null | undefined = document.contents
    for (const part of path) {
      const container: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
      const child = isMap(container) || isSeq(container) ? container.get(part as string | number, true) : undefined
      if (child === undefined || child === null) return node
      node = child as Node
    }
    return node
  }

  return {
    file,
    value: readValue(document, (alias) => start(alias)),
    placeOf: (path) => start(descend(path)),
    placeOfKey: (path, key) => {
      const node = descend(path)
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
      return start(isScalar(pair?.key) ? pair.key : node)
    },
  }
}

/** Where the library's own words would not help a user. */
const plainProblems: Partial<Record<ErrorCode, string>> = {
  MULTIPLE_DOCS: 'the file holds several documents',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
}

function findRepeatedKeys(document: Document): Scalar[] {
  const repeated: Scalar[] = []
  visit(document, {
    Map: (_position, map) => {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) repeated.push(key)
        seen.add(key.value)
      }
    },
  })
  return repeated
}

/** The schema would pass over an entry of this name without a word. */
const forbiddenKey = '__proto__'

function findForbiddenKey(document: Document): Scalar | undefined {
  let found: Scalar | undefined
  visit(document, {
    Pair: (_position, { key }) => {
      if (!isScalar(key) || key.value !== forbiddenKey) return undefined
      found = key
      return visit.BREAK
    },
  })
  return found
}

/** The library looks through the document for each alias. */
const mostAliases = 200

function readValue(document: Document, placeOf: (alias: Alias) => Place): unknown {
  const { first, dangling, count } = findAliases(document)
  try {
    if (count > mostAliases) throw new RangeError(`more than ${mostAliases} aliases`)
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    const culprit = dangling ?? first
    throw new ModelgateError({
      code: 'config/yaml',
      message:
        dangling === undefined
          ? 'This YAML repeats its anchors too often.'
          : `The alias "*${truncate(oneLine(dangling.source), 60)}" names an anchor that does not exist.`,
      ...(culprit === undefined ? {} : { place: placeOf(culprit) }),
      help: 'Write the values out instead of using aliases.',
      cause,
    })
  }
}

/** The first alias, the first that names no anchor before it, and how many there are: in one walk. */
function findAliases(document: Document): { first?: Alias; dangling?: Alias; count: number } {
  const anchors = new Set<string>()
  const found: { first?: Alias; dangling?: Alias; count: number } = { count: 0 }
  visit(document, (_position, node) => {
    if (isAlias(node)) {
      found.count++
      found.first ??= node
      if (!anchors.has(node.source)) found.dangling ??= node
    } else if (isNode(node) && node.anchor !== undefined) anchors.add(node.anchor)
  })
  return found
}
