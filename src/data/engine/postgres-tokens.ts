/**
 * The words of an SQL text, read as PostgreSQL reads them. What could be read in another way there, or has no place in a condition, is
 * refused: comments, semicolons, dollar quotes, parameters, escapes in texts.
 */
export type Token = {
  /** `name` is folded to lower case, as PostgreSQL does; `quoted` and `string` are without their quotes. */
  kind: 'name' | 'quoted' | 'string' | 'number' | 'sign' | 'end'
  text: string
  /** As it was written. */
  raw: string
  /** No space stands between it and the token before. */
  isJoined: boolean
}

/** Why a text cannot be read: what it holds. */
export class Unreadable extends Error {}

const space = /[ \t\n\r\f]+/y
const name = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*/uy
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const text = /'(?:[^']|'')*'/y
const quoted = /"(?:[^"]|"")+"/y
const sign = /<=|>=|<>|!=|==|\|\||::|\*\*|\/\/|[-+*/%^=<>(),.[\]~!@#&|:]/y

/** The moment at which a check runs, in the disguise of a constant: `'today'` is another day tomorrow. */
const movingTime = /^\s*(?:now|today|tomorrow|yesterday)(?:\s|$)/i

/** Splits an SQL text; an `end` token is last. Throws `Unreadable`. */
export function sqlTokens(sql: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let isJoined = false
  const read = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(sql)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const add = (kind: Token['kind'], value: string, raw: string): void => {
    tokens.push({ kind, text: value, raw, isJoined })
    isJoined = true
  }
  while (at < sql.length) {
    if (read(space) !== undefined) {
      isJoined = false
      continue
    }
    const two = sql.slice(at, at + 2)
    if (two === '--' || two === '/*') throw new Unreadable('a comment')
    const word = read(name)
    if (word !== undefined) {
      add(
        'name',
        word.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
        word,
      )
      continue
    }
    const digits = read(number)
    if (digits !== undefined) {
      if (/[A-Za-z_$]/.test(sql[at] ?? '')) throw new Unreadable(`the number ${digits}${sql[at]}`)
      add('number', digits, digits)
      continue
    }
    const value = read(text)
    if (value !== undefined) {
      const inner = value.slice(1, -1).replaceAll("''", "'")
      if (tokens.at(-1)?.kind === 'string' && isJoined) throw new Unreadable('texts without a sign between them')
      if (movingTime.test(inner)) throw new Unreadable(`'${inner.trim()}', which is another time in every run`)
      if (inner.includes('\0')) throw new Unreadable('the character NUL')
      add('string', inner, value)
      continue
    }
    const column = read(quoted)
    if (column !== undefined) {
      add('quoted', column.slice(1, -1).replaceAll('""', '"'), column)
      continue
    }
    const mark = read(sign)
    if (mark === undefined) throw new Unreadable(what(sql.charAt(at)))
    add('sign', mark, mark)
  }
  add('end', '', '')
  return tokens
}

function what(character: string): string {
  if (character === "'" || character === '"') return `a ${character} that is never closed`
  if (character === ';') return 'a semicolon'
  return character < ' ' ? 'a control character' : `the sign ${character}`
}
