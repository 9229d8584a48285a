import { oneLine } from '../base/escape.ts'
import { findRepeatedKey } from './json-keys.ts'
import { parseJsonText, problemOfSyntaxError } from './json-text.ts'
import { type Fault, shownName } from './reading.ts'

/** Lines that one file may hold. */
const mostLines = 5_000_000

/**
 * The values of a file of JSON Lines, one by one, without the empty lines. Throws `metrics/not-json` or `metrics/repeated-key` with the line,
 * `metrics/too-many`, and `metrics/empty` for a file without any.
 */
export function* jsonLines(text: string, fault: Fault): Generator<{ value: unknown; line: number }> {
  let found = 0
  for (let [start, line] = [0, 1]; start < text.length; line++) {
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd === -1 ? text.length : lineEnd
    const lineText = text.slice(start, end)
    start = end + 1
    if (lineText.trim() === '') continue
    if (++found > mostLines) throw fault('too-many', `The file holds more than ${mostLines} lines.`)
    yield { value: parseLine(lineText, line, fault), line }
  }
  if (found === 0) throw fault('empty', 'The metrics file is empty.')
}

/** The first line with something in it. */
export function firstLine(text: string): string {
  const start = Math.max(0, text.search(/\S/))
  const end = text.indexOf('\n', start)
  return text.slice(start, end === -1 ? undefined : end)
}

function parseLine(text: string, line: number, fault: Fault): unknown {
  let value: unknown
  try {
    value = parseJsonText(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw fault('not-json', `This line is not valid JSON: ${oneLine(problemOfSyntaxError(error)).slice(0, 100)}.`, {
      line,
    })
  }
  const repeated = findRepeatedKey(text)
  if (repeated === undefined) return value
  const { key, column } = repeated
  throw fault('repeated-key', `This line has the key "${shownName(key)}" twice in one object.`, { line, column })
}
