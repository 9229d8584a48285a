/** A key that an object of a JSON text has twice, and where the second one stands. */
export type RepeatedKey = { key: string; line: number; column: number }

/**
 * The first key that stands twice in one object; undefined when there is none. `JSON.parse` keeps the last value without a word, so that two
 * readers of one file may see different numbers. The text must be valid JSON (or have `NaN` and `Infinity` for numbers).
 */
export function findRepeatedKey(text: string): RepeatedKey | undefined {
  // One entry per open bracket: the keys of an object, null for a list.
  const open: (Set<string> | null)[] = []
  let keyExpected = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at)
        const keys = open.at(-1)
        if (keyExpected && keys != null) {
          const key = decode(text.slice(at, end))
          if (keys.size === keys.add(key).size) return { key, ...placeOf(text, at) }
          keyExpected = false
        }
        at = end - 1
        break
      }
      case openBrace:
        open.push(new Set())
        keyExpected = true
        break
      case openBracket:
        open.push(null)
        keyExpected = false
        break
      case closeBrace:
      case closeBracket:
        open.pop()
        keyExpected = false
        break
      case comma:
        keyExpected = open.at(-1) != null
    }
  }
  return undefined
}

const [quote, backslash, comma, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 44, 123, 125, 91, 93]

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end + 1
  }
  return text.length
}

/** `"a"` and `"\u0061"` are one key. */
function decode(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++
  return { line, column: offset - lineStart + 1 }
}
