import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import { ModelgateError, ModelgateErrors, type Place } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, logLevel: 'error' })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const errors = document.errors.map(
    (error) =>
      new ModelgateError({
        code: 'config/yaml',
        message: `This is not well-formed YAML: ${oneLine(plainProblems[error.code] ?? error.message).replace(/\.$/, '')}.`,
        place: placeAt(error.pos[0]),
        help: 'Check indentation, quotes and repeated keys at this place.',
      }),
  )
  const [first, ...others] = errors
  if (first !== undefined) throw new ModelgateErrors([first, ...others])

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

function readValue(document: Document, placeOf: (alias: Alias) => Place): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    const aliases: Alias[] = []
    visit(document, { Alias: (_position, alias) => void aliases.push(alias) })
    const dangling = aliases.find((alias) => alias.resolve(document) === undefined)
    const culprit = dangling ?? aliases[0]
    throw new ModelgateError({
      code: 'config/yaml',
      message:
        dangling === undefined
          ? 'This YAML repeats its anchors too often.'
          : `The alias "*${oneLine(dangling.source)}" names an anchor that does not exist.`,
      ...(culprit === undefined ? {} : { place: placeOf(culprit) }),
      help: 'Write the values out instead of using aliases.',
      cause,
    })
  }
}
