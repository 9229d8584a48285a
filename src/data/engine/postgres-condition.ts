import { CannotRun } from '../checks/context.ts'
import type { Dialect } from '../dialect/dialect.ts'
import {
  type Argument,
  datePart,
  divided,
  folded,
  power,
  remainder,
  sqlFunctions,
  wholeQuotient,
} from './postgres-functions.ts'
import { sqlTokens, type Token } from './postgres-tokens.ts'

/** Longer ones are a trap: division and text name their operands more than once. */
const longest = 100_000
const deepest = 100

const reserved = new Set(
  'and or not is null true false in between like ilike case when then else end as from select where union distinct escape exists any all having group order limit'.split(
    ' ',
  ),
)

const comparisons: Record<string, string> = {
  '=': '=',
  '==': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

type Operand = { sql: string; constant?: Token }
type Binary = Readonly<Record<string, (left: string, right: string) => string>>

const sums: Binary = { '+': (left, right) => `${left} + ${right}`, '-': (left, right) => `${left} - ${right}` }
const products: Binary = {
  '*': (left, right) => `${left} * ${right}`,
  '/': divided,
  '//': wholeQuotient,
  '%': remainder,
}
const powers: Binary = { '^': power, '**': power }
const joins: Binary = { '||': (left, right) => `${left} || ${right}` }

/**
 * One condition in PostgreSQL's words, every part of it between brackets. Where PostgreSQL and DuckDB give the same sign another meaning (a
 * division of whole numbers, a backslash in LIKE), it means what it means in DuckDB. Throws `Unreadable` or `CannotRun`.
 */
export function conditionSql(
  dialect: Dialect,
  sql: string,
  columnOf: (name: string, isQuoted: boolean) => string,
): string {
  const tokens = sqlTokens(sql)
  let at = 0
  let depth = 0
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)] as Token
  const isWord = (word: string, ahead = 0): boolean => peek(ahead).kind === 'name' && peek(ahead).text === word
  const isSign = (sign: string, ahead = 0): boolean => peek(ahead).kind === 'sign' && peek(ahead).text === sign
  const takeWord = (word: string): boolean => {
    const found = isWord(word)
    if (found) at += 1
    return found
  }
  const takeSign = (sign: string): boolean => {
    const found = isSign(sign)
    if (found) at += 1
    return found
  }
  const unexpected = (wanted: string): CannotRun => {
    const { kind, raw } = peek()
    return new CannotRun(`${kind === 'end' ? 'it ends' : `"${raw}" stands`} where ${wanted} is expected.`)
  }
  const expectWord = (word: string): void => {
    if (!takeWord(word)) throw unexpected(word.toUpperCase())
  }
  const expectSign = (sign: string): void => {
    if (!takeSign(sign)) throw unexpected(`"${sign}"`)
  }
  const bounded = (made: string): Operand => {
    if (made.length > longest) throw new CannotRun('it is too long.')
    return { sql: `(${made})` }
  }

  const whole = (): Operand => {
    depth += 1
    if (depth > deepest) throw new CannotRun('it is nested too deeply.')
    let left = conjunction()
    while (takeWord('or')) left = bounded(`${left.sql} OR ${conjunction().sql}`)
    depth -= 1
    return left
  }

  const conjunction = (): Operand => {
    let left = negation()
    while (takeWord('and')) left = bounded(`${left.sql} AND ${negation().sql}`)
    return left
  }

  const negation = (): Operand => {
    let isNegated = false
    let isPlain = true
    while (takeWord('not')) {
      isNegated = !isNegated
      isPlain = false
    }
    const inner = statement()
    return isPlain ? inner : bounded(isNegated ? `NOT ${inner.sql}` : `NOT NOT ${inner.sql}`)
  }

  /** `x IS NULL` and its like, which bind looser than comparisons. */
  const statement = (): Operand => {
    let left = comparison()
    while (takeWord('is')) {
      const not = takeWord('not') ? 'NOT ' : ''
      if (takeWord('distinct')) {
        expectWord('from')
        left = bounded(`${left.sql} IS ${not}DISTINCT FROM ${comparison().sql}`)
        continue
      }
      const word = ['null', 'true', 'false'].find(takeWord)
      if (word === undefined) throw unexpected('NULL, TRUE, FALSE or DISTINCT FROM')
      left = bounded(`${left.sql} IS ${not}${word.toUpperCase()}`)
    }
    return left
  }

  const comparison = (): Operand => {
    const left = membership()
    const operator = peek().kind === 'sign' ? comparisons[peek().text] : undefined
    if (operator === undefined) return left
    at += 1
    return bounded(`${left.sql} ${operator} ${membership().sql}`)
  }

  const membership = (): Operand => {
    let left = joined()
    for (;;) {
      const isNegated = isWord('not') && ['in', 'between', 'like', 'ilike'].some((word) => isWord(word, 1))
      if (isNegated) at += 1
      const found = memberOf(left)
      if (found === undefined) return left
      left = bounded(isNegated ? `NOT ${found}` : found)
    }
  }

  const memberOf = (left: Operand): string | undefined => {
    if (takeWord('between')) {
      const low = joined()
      expectWord('and')
      return `(${left.sql} BETWEEN ${low.sql} AND ${joined().sql})`
    }
    if (takeWord('in')) {
      expectSign('(')
      return `(${left.sql} IN (${list()
        .map((value) => value.sql)
        .join(', ')}))`
    }
    const isFolded = isWord('ilike')
    if (!takeWord('like') && !takeWord('ilike')) return undefined
    const pattern = joined()
    const sign = takeWord('escape') ? escapeSign() : "''"
    const [text, like] = [left.sql, pattern.sql].map((each) => (isFolded ? folded('lower', each) : each))
    return `(${text} LIKE ${like} ESCAPE ${sign})`
  }

  const escapeSign = (): string => {
    const { kind, text } = peek()
    if (kind !== 'string' || [...text].length > 1) throw unexpected('one character in quotes')
    at += 1
    return dialect.literal(text)
  }

  const chain = (next: () => Operand, operators: Binary) => (): Operand => {
    let left = next()
    for (;;) {
      const make = peek().kind === 'sign' ? operators[peek().text] : undefined
      if (make === undefined) return left
      at += 1
      left = bounded(make(left.sql, next().sql))
    }
  }

  const signed = (): Operand => {
    if (takeSign('-')) return bounded(`- ${signed().sql}`)
    if (takeSign('+')) return signed()
    let value = primary()
    while (takeSign('::')) value = bounded(castSql(value.sql))
    return value
  }
  const joined = chain(chain(chain(chain(signed, powers), products), sums), joins)

  const list = (): Operand[] => {
    const values = [whole()]
    while (takeSign(',')) values.push(whole())
    expectSign(')')
    return values
  }

  const primary = (): Operand => {
    const token = peek()
    if (token.kind === 'number') {
      at += 1
      return { sql: token.text, constant: token }
    }
    if (token.kind === 'string') {
      at += 1
      return { sql: dialect.literal(token.text), constant: token }
    }
    if (takeSign('(')) {
      const inner = whole()
      expectSign(')')
      return inner
    }
    if (token.kind === 'quoted') {
      at += 1
      if (isSign('(') || isSign('.')) throw unexpected('an operator')
      return { sql: columnOf(token.text, true) }
    }
    if (token.kind !== 'name') throw unexpected('a value')
    return named(token)
  }

  const named = (token: Token): Operand => {
    if (['null', 'true', 'false'].includes(token.text)) {
      at += 1
      return { sql: token.text.toUpperCase() }
    }
    if (takeWord('case')) return cases()
    const constant = peek(1)
    if (constant.kind === 'string' && ['date', 'timestamp', 'interval'].includes(token.text)) {
      at += 2
      return { sql: `${token.text.toUpperCase()} ${dialect.literal(constant.text)}` }
    }
    if (isSign('(', 1)) return called(token)
    if (reserved.has(token.text)) throw unexpected('a value')
    at += 1
    if (isSign('.')) throw new CannotRun(`"${token.raw}." stands before a column; name the column alone.`)
    return { sql: columnOf(token.raw, false) }
  }

  const called = ({ text, raw }: Token): Operand => {
    at += 2
    if (text === 'cast') {
      const value = whole()
      expectWord('as')
      const made = bounded(castSql(value.sql))
      expectSign(')')
      return made
    }
    if (text === 'extract') {
      const part = peek().text.toLowerCase()
      at += 1
      expectWord('from')
      const made = datePart(part, whole().sql)
      if (made === undefined) throw new CannotRun(`EXTRACT does not know the part ${part}.`)
      expectSign(')')
      return bounded(made)
    }
    const found = Object.hasOwn(sqlFunctions, text) ? sqlFunctions[text] : undefined
    if (found === undefined) {
      throw new CannotRun(`${raw}() is not among the functions that a condition may call on PostgreSQL.`)
    }
    const values: Operand[] = takeSign(')') ? [] : list()
    if (values.length < found.least || values.length > found.most)
      throw new CannotRun(`${raw}() does not take ${values.length} arguments.`)
    return bounded(
      found.make(
        dialect,
        values.map(({ sql: value, constant }): Argument => ({ sql: value, constant })),
      ),
    )
  }

  const cases = (): Operand => {
    const subject = isWord('when') ? '' : ` ${whole().sql}`
    let made = `CASE${subject}`
    if (!isWord('when')) throw unexpected('WHEN')
    while (takeWord('when')) {
      const condition = whole()
      expectWord('then')
      made += ` WHEN ${condition.sql} THEN ${whole().sql}`
    }
    if (takeWord('else')) made += ` ELSE ${whole().sql}`
    expectWord('end')
    return bounded(`${made} END`)
  }

  const castSql = (value: string): string => {
    const { kind, text, raw } = peek()
    if (kind !== 'name') throw unexpected('a type')
    at += 1
    if (['varchar', 'text', 'string'].includes(text)) return dialect.text(value)
    if (text === 'decimal' || text === 'numeric') return `(${value})::numeric(${precision()})`
    if (text === 'double' && isWord('precision')) at += 1
    const type = castTypes[text]
    if (type === undefined) throw new CannotRun(`${raw} is not among the types that a condition may cast to.`)
    return `(${value})::${type}`
  }

  /** DuckDB's default, where none is given. */
  const precision = (): string => {
    if (!takeSign('(')) return '18, 3'
    const numbers = [peek().text]
    at += 1
    if (takeSign(',')) {
      numbers.push(peek().text)
      at += 1
    }
    expectSign(')')
    if (!numbers.every((each) => /^\d{1,2}$/.test(each))) throw new CannotRun('a decimal has a precision and a scale.')
    return numbers.join(', ')
  }

  const made = whole()
  if (peek().kind !== 'end') throw unexpected('its end')
  return made.sql
}

const castTypes: Record<string, string> = {
  tinyint: 'smallint',
  smallint: 'smallint',
  int: 'integer',
  integer: 'integer',
  bigint: 'bigint',
  double: 'float8',
  float8: 'float8',
  real: 'float8',
  float: 'float8',
  bool: 'boolean',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
}
