import { type ErrorCode, LineCounter, parseDocument } from 'yaml'
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new YamlFault(
      oneLine(plainProblems[error.code] ?? error.message).replace(/\.$/, ''),
      { line, column: col },
      error,
    )
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new YamlFault('it repeats its anchors too often, or names one that does not exist', {}, cause)
  }
}
