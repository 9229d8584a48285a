/**
 * JSON as other tools write it. Python and others write `NaN`, `Infinity` and `-Infinity`, which JSON does not have: they
 * are read as those values, because a metric that is not a number must be seen and not lost as a syntax error.
 */

const stringOrLiteral = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs
const mark = '\u0000modelgate-nonfinite:'

/** Parses JSON text, with the three extra literals. Throws a SyntaxError with the engine's message. */
export function parseJsonText(text: string): unknown {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return JSON.parse(text)
  try {
    // As plain JSON first: its errors have the places of the text, and a literal in the place of a key is one.
    JSON.parse(withZeros(text))
    const marked = replaceLiterals(text, (literal) => JSON.stringify(mark + literal))
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
    )
  } catch (cause) {
    if (cause instanceof RangeError) throw new SyntaxError('it is nested too deeply', { cause })
    throw cause
  }
}

/** What the error says is wrong, without the place and the piece of text that the engine adds. */
export function problemOfSyntaxError(error: SyntaxError): string {
  return error.message.replace(/(?: in JSON)? at position .*$|, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '')
}

/** Line and column of the place that a SyntaxError of `parseJsonText` is about; undefined when it is about none. */
export function placeOfSyntaxError(text: string, error: SyntaxError): { line: number; column: number } | undefined {
  const offset = offsetOfSyntaxError(text, error.message)
  if (offset === undefined) return undefined
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function offsetOfSyntaxError(text: string, message: string): number | undefined {
  const position = /position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return Number(position)
  if (message.startsWith('Unexpected end')) return text.length
  if (!message.startsWith('Unexpected token')) return undefined
  // The engine does not say where the token is. It is the end of the shortest beginning that has the same fault.
  const plain = withZeros(text)
  let [sound, faulty] = [0, plain.length]
  while (faulty - sound > 1) {
    const middle = Math.floor((sound + faulty) / 2)
    if (hasUnexpectedToken(plain.slice(0, middle))) faulty = middle
    else sound = middle
  }
  return sound
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return error instanceof SyntaxError && error.message.startsWith('Unexpected token')
  }
}

/** The text with a zero for each of the three literals: as long as before, so that places stay the same. */
function withZeros(text: string): string {
  return replaceLiterals(text, (literal) => ` 0${' '.repeat(literal.length - 2)}`)
}

function replaceLiterals(text: string, replace: (literal: string) => string): string {
  return text.replace(stringOrLiteral, (token) => (token.startsWith('"') ? token : replace(token)))
}
