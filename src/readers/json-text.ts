/**
 * JSON as other tools write it. Python and others write `NaN`, `Infinity` and `-Infinity`, which JSON does not have: they
 * are read as those values, because a metric that is not a number must be seen and not lost as a syntax error.
 */

// A string that does not end goes to the end: each quote in it would be followed there again.
const stringOrLiteral = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/gs
const mark = '\u0000modelgate-nonfinite:'

/** An integer with more digits than a number holds, on an engine that does not tell how it was written. */
export class UnsafeInteger extends Error {}

/** What becomes of a value. `source` is how a number was written, where the engine tells. */
type Revive = (value: unknown, source: string | undefined) => unknown

/** Parses JSON text, with the three extra literals. Throws a SyntaxError with the engine's message. */
export function parseJsonText(text: string, revive?: Revive): unknown {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return parseReviving(text, revive)
  try {
    // As plain JSON first: its errors have the places of the text, and a literal in the place of a key is one.
    JSON.parse(withZeros(text))
    const marked = replaceLiterals(text, (literal) => JSON.stringify(mark + literal))
    return parseReviving(marked, (value, source) =>
      typeof value === 'string' && value.startsWith(mark)
        ? Number(value.slice(mark.length))
        : revive === undefined
          ? value
          : revive(value, source),
    )
  } catch (cause) {
    if (cause instanceof RangeError) throw new SyntaxError('it is nested too deeply', { cause })
    throw cause
  }
}

/**
 * As `parseJsonText`, but integers beyond 2^53 come as text, with all their digits: two ids must not become one by rounding.
 * Throws an UnsafeInteger for one where the engine (Node.js 20) has the rounded number only.
 */
export function parseJsonWithDigits(text: string): unknown {
  if (!/\d{16}/.test(text)) return parseJsonText(text)
  return parseJsonText(text, (value, source) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value
    if (source === undefined) throw new UnsafeInteger()
    return /^-?\d+$/.test(source) ? source : value
  })
}

function parseReviving(text: string, revive: Revive | undefined): unknown {
  if (revive === undefined) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => revive(value, context?.source))
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
