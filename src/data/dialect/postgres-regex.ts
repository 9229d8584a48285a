import { CannotRun } from '../checks/context.ts'

/**
 * Patterns of a checks file are RE2. PostgreSQL has regular expressions of another family, which read some patterns differently and accept
 * some that RE2 does not. What both mean alike is written out anew in PostgreSQL's own words; everything else is refused. Nothing that comes
 * out captures or refers back, so that PostgreSQL matches it with an automaton, in time linear in the text.
 */

type Ranges = readonly (readonly [from: number, to: number])[]

/** `09AZ` stands for 0 to 9 and A to Z. */
function pairs(ends: string): Ranges {
  return (ends.match(/../gs) ?? []).map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)])
}

const digits = pairs('09')
const wordCharacters = pairs('09AZ__az')
/** Without the vertical tab, as in RE2. */
const spaces = pairs('\t\n\f\r  ')
const shorthands: Record<string, Ranges> = { d: digits, w: wordCharacters, s: spaces }

const namedClasses: Record<string, Ranges> = {
  alnum: pairs('09AZaz'),
  alpha: pairs('AZaz'),
  ascii: pairs('\x01\x7f'),
  blank: pairs('\t\t  '),
  cntrl: pairs('\x01\x1f\x7f\x7f'),
  digit: digits,
  graph: pairs('!~'),
  lower: pairs('az'),
  print: pairs(' ~'),
  punct: pairs('!/:@[`{~'),
  space: pairs('\t\r  '),
  upper: pairs('AZ'),
  word: wordCharacters,
  xdigit: pairs('09AFaf'),
}

const controls: Record<string, number> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }
const lastCharacter = 0x10ffff
/** PostgreSQL's own bound of `{n,m}`. */
const mostRepeats = 255
const deepest = 100

/** The pattern in PostgreSQL's words. Throws `CannotRun` for what the two families do not share, with the reason. */
export function postgresRegex(pattern: string): string {
  const { text, flags } = leadingFlags(pattern)
  const characters = [...text]
  let at = 0
  const refuse = (what: string): CannotRun =>
    new CannotRun(
      `The regular expression ${pattern} holds ${what}, which cannot be carried over to PostgreSQL with the same meaning.`,
    )
  if (flags.has('i') && /[^\0-\x7f]|\\x/.test(text)) throw refuse('letters beyond ASCII under (?i)')
  if (characters.includes('\0')) throw refuse('the character NUL')

  const inCase = (ranges: Ranges): Ranges => (flags.has('i') ? folded(ranges) : ranges)
  const single = (code: number): string => {
    const ranges = inCase([[code, code]])
    return ranges.length === 1 ? literal(code) : `[${rangesText(ranges)}]`
  }
  const ahead = (word: string): boolean => word === characters.slice(at, at + word.length).join('')
  const take = (word: string): boolean => {
    const found = ahead(word)
    if (found) at += word.length
    return found
  }

  const alternatives = (depth: number): string => {
    if (depth > deepest) throw refuse('groups that are nested too deeply')
    const branches = [branch(depth)]
    while (take('|')) branches.push(branch(depth))
    return branches.join('|')
  }

  const branch = (depth: number): string => {
    let made = ''
    while (at < characters.length && !ahead('|') && !ahead(')')) made += repeated(atom(depth))
    return made
  }

  /** Whether as much or as little as possible is taken does not change whether there is a match. */
  const repeated = ({ text: made, isPlace }: { text: string; isPlace: boolean }): string => {
    const repeat = repetition()
    if (repeat === undefined) return made
    if (isPlace) throw refuse('a repetition of a place, such as ^*')
    take('?')
    if (repetition() !== undefined) throw refuse('one repetition after another')
    return made + repeat
  }

  const repetition = (): string | undefined => {
    for (const sign of ['*', '+', '?']) if (take(sign)) return sign
    const [whole, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(characters.slice(at, at + 16).join('')) ?? []
    if (whole === undefined || least === undefined || (comma === '' && most !== '')) return undefined
    if (Number(least) > mostRepeats || Number(most) > mostRepeats)
      throw refuse(`a repetition of more than ${mostRepeats}`)
    at += whole.length
    return whole
  }

  const atom = (depth: number): { text: string; isPlace: boolean } => {
    const plain = (made: string): { text: string; isPlace: boolean } => ({ text: made, isPlace: false })
    const place = (made: string): { text: string; isPlace: boolean } => ({ text: made, isPlace: true })
    if (take('(')) {
      if (take('?')) {
        const name = /^P<[A-Za-z0-9_]+>/.exec(characters.slice(at, at + 100).join(''))?.[0]
        if (name !== undefined) at += name.length
        else if (!take(':')) throw refuse(`(?${characters[at] ?? ''}`)
      }
      const inner = alternatives(depth + 1)
      if (!take(')')) throw refuse('a bracket that is never closed')
      return plain(`(?:${inner})`)
    }
    if (take('[')) return plain(bracket())
    if (take('.')) return plain(flags.has('s') ? '.' : '[^\\n]')
    if (take('^')) return place('^')
    if (take('$')) return place('$')
    if (take('\\')) return escaped(plain, place)
    const sign = characters[at] ?? ''
    if ('*+?'.includes(sign)) throw refuse(`${sign} with nothing to repeat`)
    at += 1
    return plain(single(sign.codePointAt(0) ?? 0))
  }

  const escaped = <Atom>(plain: (made: string) => Atom, place: (made: string) => Atom): Atom => {
    const sign = characters[at] ?? ''
    const shorthand = shorthands[sign.toLowerCase()]
    if (shorthand !== undefined) {
      at += 1
      return plain(`[${sign === sign.toLowerCase() ? '' : '^'}${rangesText(inCase(shorthand))}]`)
    }
    const places: Record<string, string> = { A: '^', z: '$', b: '\\y', B: '\\Y' }
    const found = places[sign]
    if (found !== undefined) {
      at += 1
      return place(found)
    }
    const code = escapedCharacter()
    if (code === 0) throw refuse('the character NUL')
    return plain(single(code))
  }

  /** After a backslash: a single character. */
  const escapedCharacter = (): number => {
    const rest = characters.slice(at, at + 12).join('')
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/.exec(rest)
    if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16)
      if (code > lastCharacter || (code >= 0xd800 && code <= 0xdfff))
        throw refuse(`\\${hex[0]}, which is no character of a text`)
      at += hex[0].length
      return code
    }
    const sign = characters[at]
    if (sign === undefined) throw refuse('a backslash at its end')
    const control = controls[sign]
    if (control === undefined && /[A-Za-z0-9]|[^\0-\x7f]/.test(sign)) throw refuse(`\\${sign}`)
    at += 1
    return control ?? sign.codePointAt(0) ?? 0
  }

  const bracket = (): string => {
    const isNegated = take('^')
    const ranges: (readonly [number, number])[] = []
    for (let first = true; first || !ahead(']'); first = false) {
      if (at >= characters.length) throw refuse('a [ that is never closed')
      const members = memberClass()
      if (members !== undefined) {
        ranges.push(...members)
        continue
      }
      const from = memberCharacter()
      const isRange = ahead('-') && characters[at + 1] !== ']' && characters[at + 1] !== undefined
      if (isRange) at += 1
      const to = isRange ? memberCharacter() : from
      if (to < from) throw refuse('a range that runs backwards')
      ranges.push([from, to])
    }
    at += 1
    // NUL stands in no text of PostgreSQL: it need not be among the members.
    const members = inCase(ranges)
      .filter(([, to]) => to > 0)
      .map(([from, to]) => [Math.max(1, from), to] as const)
    if (members.length > 0) return `[${isNegated ? '^' : ''}${rangesText(members)}]`
    if (!isNegated) throw refuse('the character NUL')
    return '.'
  }

  const memberClass = (): Ranges | undefined => {
    const rest = characters.slice(at, at + 12).join('')
    const named = /^\[:(\^?)([a-z]+):\]/.exec(rest)
    if (named !== null) {
      const found = named[1] === '' ? namedClasses[named[2] ?? ''] : undefined
      if (found === undefined) throw refuse(named[0])
      at += named[0].length
      return found
    }
    if (/^\[[.=]/.test(rest)) throw refuse(rest.slice(0, 2))
    const sign = /^\\([dwsDWS])/.exec(rest)?.[1]
    if (sign === undefined) return undefined
    at += 2
    const found = shorthands[sign.toLowerCase()] ?? []
    return sign === sign.toLowerCase() ? found : complement(inCase(found))
  }

  const memberCharacter = (): number => {
    if (take('\\')) return escapedCharacter()
    const sign = characters[at] ?? ''
    at += 1
    return sign.codePointAt(0) ?? 0
  }

  const made = alternatives(0)
  if (at < characters.length) throw refuse('a bracket that was never opened')
  return made
}

/** `(?i)` and `(?s)` count for the whole, at the beginning. */
function leadingFlags(pattern: string): { text: string; flags: Set<string> } {
  const [whole = '', letters = ''] = /^\(\?([is]+)\)/.exec(pattern) ?? []
  return { text: pattern.slice(whole.length), flags: new Set(letters) }
}

const caseDistance = 32
/** Letters beyond ASCII that are another case of one within: the Kelvin sign of k, the long s of s. */
const farCases = [
  ['k', 0x212a],
  ['s', 0x17f],
] as const

/** With the other cases of the letters of ASCII, which is what RE2 does. PostgreSQL's own way depends on the collation. */
function folded(ranges: Ranges): Ranges {
  const within = (first: string, last: string, distance: number): Ranges =>
    ranges
      .map(([from, to]) => [Math.max(from, first.charCodeAt(0)), Math.min(to, last.charCodeAt(0))] as const)
      .filter(([from, to]) => from <= to)
      .map(([from, to]) => [from + distance, to + distance] as const)
  const both = [...ranges, ...within('A', 'Z', caseDistance), ...within('a', 'z', -caseDistance)]
  const far = farCases.filter(([letter]) =>
    both.some(([from, to]) => from <= letter.charCodeAt(0) && letter.charCodeAt(0) <= to),
  )
  return [...both, ...far.map(([, code]) => [code, code] as const)]
}

/** All characters but these. */
function complement(ranges: Ranges): Ranges {
  const found: (readonly [number, number])[] = []
  let next = 1
  for (const [from, to] of [...ranges].sort(([one], [other]) => one - other)) {
    if (from > next) found.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return [...found, [next, lastCharacter]]
}

function rangesText(ranges: Ranges): string {
  return ranges.map(([from, to]) => (from === to ? literal(from) : `${literal(from)}-${literal(to)}`)).join('')
}

/** Everything but letters and digits of ASCII by its number: nothing of it can have a meaning. */
function literal(code: number): string {
  const text = String.fromCodePoint(code)
  if (/[A-Za-z0-9]/.test(text)) return text
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}
