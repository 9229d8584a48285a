/**
 * JSON as other tools write it. Python and others write `NaN`, `Infinity` and `-Infinity`, which JSON does not have: they
 * are read as those values, because a metric that is not a number must be seen and not lost as a syntax error.
 */

const stringOrLiteral = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g
const mark = '\u0000modelgate-nonfinite:'

/** Parses JSON text, with the three extra literals. Throws a SyntaxError with the engine's message. */
export function parseJsonText(text: string): unknown {
  if (!/\b(?:NaN|Infinity)\b/.test(text)) return JSON.parse(text)
  const marked = text.replace(stringOrLiteral, (token) =>
    token.startsWith('"') ? token : JSON.stringify(mark + token),
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  )
}

/** Line and column of the place that a SyntaxError of JSON.parse names; undefined when it names none. */
export function placeOfSyntaxError(text: string, error: SyntaxError): { line: number; column: number } | undefined {
  const match = /position (\d+)/.exec(error.message)
  const offset = match === null ? (/Unexpected end/.test(error.message) ? text.length : undefined) : Number(match[1])
  if (offset === undefined) return undefined
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
