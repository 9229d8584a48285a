import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, strict: true })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const errors = document.errors.map(
    (error) =>
      new ModelgateError({
        code: 'config/yaml',
        message: `This is not well-formed YAML: ${oneLine(error.message).replace(/\.$/, '')}.`,
        place: placeAt(error.pos[0]),
        help: 'Check indentation, quotes and repeated keys at this place.',
      }),
  )
  const [first, ...others] = errors
  if (first !== undefined) throw new ModelgateErrors([first, ...others])

  const start = (node: Node | null | undefined): Place => placeAt(node?.range?.[0] ?? 0)
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
    value: readValue(document, file),
    placeOf: (path) => start(descend(path)),
    placeOfKey: (path, key) => {
      const node = descend(path)
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
      return start(isScalar(pair?.key) ? pair.key : node)
    },
  }
}

function readValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new ModelgateError({
      code: 'config/yaml',
      message: 'This YAML repeats its anchors too often, or names one that does not exist.',
      place: { file },
      help: 'Write the values out instead of using aliases.',
      cause,
    })
  }
}
