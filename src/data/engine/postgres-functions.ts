import { CannotRun } from '../checks/context.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Token } from './postgres-tokens.ts'

/**
 * Functions that a condition may call, written so that they give what DuckDB's of the same name give. None of them reads anything but its
 * arguments, or changes anything.
 */

/** An argument: its SQL, and the token where it is a constant. */
export type Argument = { sql: string; constant: Token | undefined }
type Make = (dialect: Dialect, args: readonly Argument[]) => string
export type SqlFunction = { least: number; most: number; make: Make }

const any = Number.POSITIVE_INFINITY

/** Letters of all alphabets, not those of ASCII alone. */
export const folded = (call: 'lower' | 'upper', sql: string): string =>
  `(${call}((${sql}) COLLATE "und-x-icu") COLLATE "C")`

/** Exact, where `::numeric` would round a floating-point number to 15 digits. */
const exact = (sql: string): string => `((${sql})::text)::numeric`

/** Without an error for 0: infinite or NaN, as floating-point numbers have it. */
export const divided = (left: string, right: string): string => {
  const [top, bottom] = [`(${left})::float8`, `(${right})::float8`]
  return `(CASE WHEN ${bottom} = 0 THEN ${top} * 'Infinity'::float8 ELSE ${top} / ${bottom} END)`
}
export const remainder = (left: string, right: string): string => `mod(${exact(left)}, nullif(${exact(right)}, 0))`
export const wholeQuotient = (left: string, right: string): string => `div(${exact(left)}, nullif(${exact(right)}, 0))`
export const power = (left: string, right: string): string => `power((${left})::float8, (${right})::float8)`

const plain = (name: string, least: number, most = least): SqlFunction => ({
  least,
  most,
  make: (_dialect, args) => `${name}(${args.map(({ sql }) => sql).join(', ')})`,
})
const one = (make: (sql: string, dialect: Dialect) => string): SqlFunction => ({
  least: 1,
  most: 1,
  make: (dialect, [value]) => make(value?.sql ?? '', dialect),
})
const two = (make: (left: string, right: string) => string): SqlFunction => ({
  least: 2,
  most: 2,
  make: (_dialect, [left, right]) => make(left?.sql ?? '', right?.sql ?? ''),
})
const ofDouble = (name: string): SqlFunction => one((sql) => `${name}((${sql})::float8)`)

const dateParts = [
  'year',
  'month',
  'day',
  'hour',
  'minute',
  'second',
  'quarter',
  'week',
  'dow',
  'isodow',
  'doy',
  'isoyear',
] as const

/** A part of a date or timestamp as a whole number; undefined for one that is not known. */
export function datePart(part: string, sql: string): string | undefined {
  return dateParts.some((each) => each === part)
    ? `floor(extract(${part} FROM (${sql})::timestamp))::bigint`
    : undefined
}

const datePartOf = (part: string): SqlFunction => one((sql) => datePart(part, sql) ?? '')

function constantOf(argument: Argument | undefined, what: string): string {
  if (argument?.constant?.kind !== 'string') throw new CannotRun(`${what} must be a constant text.`)
  return argument.constant.text
}

const truncated: Make = (dialect, [part, value]) => {
  const name = constantOf(part, 'The part of date_trunc').toLowerCase()
  if (!['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'].includes(name))
    throw new CannotRun(`date_trunc does not know the part ${name}.`)
  return `date_trunc(${dialect.literal(name)}, (${value?.sql})::timestamp)`
}

const partOfDate: Make = (_dialect, [part, value]) => {
  const name = constantOf(part, 'The part of date_part').toLowerCase()
  const made = datePart(name, value?.sql ?? '')
  if (made === undefined) throw new CannotRun(`date_part does not know the part ${name}.`)
  return made
}

const part: Make = (_dialect, [value, from, length]) => {
  // DuckDB counts a negative start from the end, PostgreSQL from before the beginning.
  if (from?.constant?.kind !== 'number') throw new CannotRun('The start of substr must be a constant of at least 1.')
  return `substr(${value?.sql}, ${from.sql}${length === undefined ? '' : `, (${length.sql})::integer`})`
}

const length = one((sql, dialect) => dialect.characters(sql))
const substr: SqlFunction = { least: 2, most: 3, make: part }

export const sqlFunctions: Readonly<Record<string, SqlFunction>> = {
  abs: plain('abs', 1),
  ceil: plain('ceil', 1),
  ceiling: plain('ceil', 1),
  floor: plain('floor', 1),
  trunc: plain('trunc', 1),
  sign: plain('sign', 1),
  round: {
    least: 1,
    most: 2,
    make: (_dialect, [value, digits]) => `round(${exact(value?.sql ?? '')}, (${digits?.sql ?? 0})::integer)`,
  },
  sqrt: ofDouble('sqrt'),
  exp: ofDouble('exp'),
  ln: ofDouble('ln'),
  log: ofDouble('log10'),
  log10: ofDouble('log10'),
  pow: two(power),
  power: two(power),
  mod: two(remainder),
  greatest: plain('greatest', 1, any),
  least: plain('least', 1, any),
  coalesce: plain('coalesce', 1, any),
  ifnull: plain('coalesce', 2),
  nullif: plain('nullif', 2),
  length,
  len: length,
  char_length: length,
  lower: one((sql) => folded('lower', sql)),
  upper: one((sql) => folded('upper', sql)),
  trim: plain('btrim', 1, 2),
  ltrim: plain('ltrim', 1, 2),
  rtrim: plain('rtrim', 1, 2),
  substr,
  substring: substr,
  left: plain('left', 2),
  right: plain('right', 2),
  replace: plain('replace', 3),
  reverse: plain('reverse', 1),
  concat: {
    least: 1,
    most: any,
    make: (dialect, args) => `concat(${args.map(({ sql }) => dialect.text(sql)).join(', ')})`,
  },
  contains: two((value, inner) => `(strpos(${value}, ${inner}) > 0)`),
  starts_with: plain('starts_with', 2),
  prefix: plain('starts_with', 2),
  ends_with: two((value, end) => `(right(${value}, char_length(${end})) = ${end})`),
  suffix: two((value, end) => `(right(${value}, char_length(${end})) = ${end})`),
  strpos: plain('strpos', 2),
  instr: plain('strpos', 2),
  regexp_matches: {
    least: 2,
    most: 2,
    make: (dialect, [value, pattern]) =>
      dialect.matches(value?.sql ?? '', constantOf(pattern, 'The pattern of regexp_matches')),
  },
  isnan: one((sql, dialect) => dialect.isNaN(sql)),
  isfinite: one((sql, dialect) => dialect.isFinite(`(${sql})::float8`)),
  isinf: one((sql) => `((${sql})::float8 IN ('Infinity', '-Infinity'))`),
  date_part: { least: 2, most: 2, make: partOfDate },
  date_trunc: { least: 2, most: 2, make: truncated },
  ...Object.fromEntries(
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'quarter', 'week'].map((name) => [name, datePartOf(name)]),
  ),
}
