import { type Document, type ErrorCode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { oneLine } from '../base/escape.ts'

/** YAML text that cannot be read: a sentence part that says why, and where if that is known. */
export class YamlFault extends Error {
  readonly at: { line?: number; column?: number }

  constructor(problem: string, at: { line?: number; column?: number }, cause: unknown) {
    super(problem, { cause })
    this.at = at
  }
}

/** Where the library's own words would not help a user. */
const plainProblems: Partial<Record<ErrorCode, string>> = {
  MULTIPLE_DOCS: 'it holds several documents',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
}

/** Parses one YAML 1.2 document. Throws a YamlFault. */
export function parseYamlText(text: string): unknown {
  const lines = new LineCounter()
  // The library compares each key of a mapping with every other one: minutes for a mapping of 100,000.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const
  const document = parseDocument(text, options)
  const [error] = document.errors
  const problem = error?.message ?? 'Map keys must be unique'
  const offset = error?.pos[0] ?? repeatedKey(document)
  if (offset !== undefined) {
    const { line, col } = lines.linePos(offset)
    const plain = error === undefined ? undefined : plainProblems[error.code]
    throw new YamlFault(oneLine(plain ?? problem).replace(/\.$/, ''), { line, column: col }, error)
  }
  const circle = aliasOfParent(document)
  if (circle !== undefined) {
    const { line, col } = lines.linePos(circle)
    throw new YamlFault('a value contains itself', { line, column: col }, undefined)
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new YamlFault('it repeats its anchors too often, or names one that does not exist', {}, cause)
  }
}

/** Where an alias stands for something that it is itself a part of; undefined when none does. Whoever walks such a value never ends. */
function aliasOfParent(document: Document): number | undefined {
  let found: number | undefined
  visit(document, {
    Alias: (_key, alias, parents) => {
      const target = alias.resolve(document)
      if (target === undefined || !parents.includes(target)) return undefined
      found = alias.range?.[0]
      return visit.BREAK
    },
  })
  return found
}

/** Where a key begins that its mapping has already; undefined when all keys are their own. */
function repeatedKey(document: Document): number | undefined {
  let found: number | undefined
  visit(document, {
    Map: (_key, { items }) => {
      const keys = new Set<string>()
      for (const { key } of items) {
        // As keys of an object: 1 and "1" are one.
        if (!isScalar(key) || keys.size !== keys.add(String(key.value ?? '')).size) continue
        found = key.range?.[0]
        return visit.BREAK
      }
      return undefined
    },
  })
  return found
}
