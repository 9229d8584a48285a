import { isObject } from '../base/json.ts'
import { parseJsonText } from '../readers/json-text.ts'

/** Keys that only one tool writes together into a line: samples of lm-evaluation-harness, rows of promptfoo. */
const signatures = [
  ['doc_id', 'target', 'resps'],
  ['doc_id', 'target', 'filtered_resps'],
  ['promptIdx', 'testIdx', 'success'],
]

/**
 * True for a file of outcomes as a tool for language models writes it, and not in the columns of modelgate. Looks at the first line only:
 * files of prompts and answers are large. A `.json` file cannot be a table, so it can only be one of these.
 */
export function isCasesFile(text: string, name: string): boolean {
  if (/\.json$/i.test(name)) return true
  if (!/\.(?:jsonl|ndjson)$/i.test(name)) return false
  const [first] = /\S[^\n]*/.exec(text) ?? []
  const row = first === undefined ? undefined : parsed(first)
  if (!isObject(row) || Object.hasOwn(row, 'id')) return false
  return signatures.some((keys) => keys.every((key) => Object.hasOwn(row, key)))
}

function parsed(line: string): unknown {
  try {
    return parseJsonText(line)
  } catch {
    // Whoever reads the whole file says what is wrong with it, and where.
    return undefined
  }
}
