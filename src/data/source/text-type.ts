import type { Dialect } from '../dialect/dialect.ts'

/**
 * How the text of a column is read. The engine's own casts are lenient (`12.7` becomes the integer 13, an offset of a time is dropped), so
 * each reading has a pattern too: a value is read only where both agree.
 */
export type Reading =
  | { kind: 'boolean' | 'date' }
  /** `quoted` is for raw JSON, where a string is told from other values by its quotes. */
  | { kind: 'string'; quoted?: boolean }
  /** Raw JSON of an object or array. */
  | { kind: 'nested' }
  /** `wide` is for values beyond 64 bits. */
  | { kind: 'integer'; wide: boolean }
  /** `scale` digits behind the point, at most 38. `quoted` is for raw JSON: a string keeps all digits, where a number of JSON may not. */
  | { kind: 'decimal'; scale: number; quoted?: boolean }
  /** `told` means that nobody declared it: then what a number cannot hold exactly, or not as it was written, is no number. */
  | { kind: 'number'; told: boolean }
  /** `fine` keeps nanoseconds; `zone` reads offsets, which the plain cast ignores. */
  | { kind: 'timestamp'; fine: boolean; zone: boolean }
  /** A date or timestamp by a pattern of strptime. */
  | { kind: 'date' | 'timestamp'; format: string }

/** Regular expressions (RE2 and JavaScript alike) that the whole text must match. */
export const patterns = {
  integer: '-?(0|[1-9][0-9]*)',
  decimal: '-?(0|[1-9][0-9]*)([.][0-9]+)?',
  number:
    '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?(?:[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])',
  /** Without leading zeros, which say that the digits are a name. */
  toldNumber:
    '[+-]?((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?(?:[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])',
  boolean: 'true|True|TRUE|false|False|FALSE',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
} as const

const time = '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,DIGITS})?)?'
const offset = '( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?'

/** The pattern of a timestamp. Zeros behind the sixth digit of a second are no reason for a finer type. */
export function timestampPattern({ fine, zone }: { fine: boolean; zone: boolean }): string {
  const digits = fine ? time.replace('DIGITS', '9') : time.replace('{1,DIGITS}', '{1,6}0{0,3}')
  return zone ? digits + offset : digits
}

/** The type of the engine that values of a reading have. */
export function nativeType(reading: Reading): string {
  switch (reading.kind) {
    case 'string':
      return 'VARCHAR'
    case 'nested':
      return 'JSON'
    case 'boolean':
      return 'BOOLEAN'
    case 'date':
      return 'DATE'
    case 'integer':
      return reading.wide ? 'HUGEINT' : 'BIGINT'
    case 'decimal':
      return `DECIMAL(38,${reading.scale})`
    case 'number':
      return 'DOUBLE'
    case 'timestamp':
      return 'fine' in reading && reading.fine ? 'TIMESTAMP_NS' : 'TIMESTAMP'
  }
}

/** The value of `text` as SQL, NULL where the engine cannot read it. It may be wrong where `isWritten` is false. */
export function castSql(reading: Reading, text: string, dialect: Dialect): string {
  if ('format' in reading) {
    const parsed = `try_strptime(${text}, ${dialect.literal(reading.format)})`
    return reading.kind === 'date' ? `try_cast(${parsed} AS DATE)` : parsed
  }
  // Without a backslash there is nothing between the quotes that would have to be decoded.
  if (reading.kind === 'string' && reading.quoted)
    return `CASE WHEN NOT starts_with(${text}, '"') THEN NULL WHEN contains(${text}, '\\') THEN json_extract_string(${text}, '$') ELSE trim(${text}, '"') END`
  if (reading.kind === 'string' || reading.kind === 'nested') return text
  if (reading.kind === 'decimal' && reading.quoted) return `try_cast(trim(${text}, '"') AS ${nativeType(reading)})`
  if (reading.kind === 'boolean') return `try_cast(${text} AS BOOLEAN)`
  if (reading.kind === 'timestamp' && reading.zone && !reading.fine)
    return `CAST(try_cast(${text} AS TIMESTAMPTZ) AS TIMESTAMP)`
  return `try_cast(${text} AS ${nativeType(reading)})`
}

/** Whether `text`, of which `value` is the cast, is written as the reading wants it, as SQL. Meant for values that are not NULL. */
export function isWritten(reading: Reading, text: string, value: string, dialect: Dialect): string {
  const matches = (pattern: string): string => `regexp_full_match(${text}, ${dialect.literal(pattern)})`
  if ('format' in reading) return formattedBack(reading.format, text, dialect)
  switch (reading.kind) {
    case 'string':
      return 'TRUE'
    case 'nested':
      return `(starts_with(${text}, '{') OR starts_with(${text}, '['))`
    case 'integer':
      return `CASE WHEN ${printsAs(value, text)} THEN TRUE ELSE ${matches(patterns.integer)} END`
    case 'boolean':
      return `CASE WHEN ${text} = 'true' OR ${text} = 'false' THEN TRUE ELSE ${matches(patterns.boolean)} END`
    case 'decimal':
      return matches(decimalPattern(reading))
    case 'number':
      return reading.told
        ? `CASE WHEN ${text} >= '1' AND ${isPlainNumber(text)} AND abs(${value}) < ${firstInexact} THEN TRUE ELSE ${matches(patterns.toldNumber)} AND (abs(${value}) < ${firstInexact} OR NOT ${matches(patterns.integer)}) END`
        : `CASE WHEN ${isPlainNumber(text)} THEN TRUE ELSE ${matches(patterns.number)} END`
    // A longer text may be of a year with five digits, which prints as it was written too.
    case 'date':
      return `CASE WHEN strlen(${text}) = 10 AND ${printsAs(value, text)} THEN TRUE ELSE ${matches(patterns.date)} END`
    case 'timestamp':
      return `CASE WHEN strlen(${text}) = 19 AND ${printsAs(value, text)} THEN TRUE ELSE ${matches(timestampPattern(reading))} END`
  }
}

/** What the engine prints as it was written is written as the engine prints it: half the price of a pattern, where most values are so. */
function printsAs(value: string, text: string): string {
  return `CAST(${value} AS VARCHAR) = ${text}`
}

/**
 * True for most numbers, and for nothing that is none, of texts that the engine's own cast takes: what the cast overlooks is white space
 * around a number, `_` between its digits, and `+-`. Half the price of the pattern.
 */
function isPlainNumber(text: string): string {
  return `${text} >= '-' AND ${text} < ':' AND ${text}[-1] BETWEEN '.' AND '9' AND NOT contains(${text}, '_')`
}

/** Two whole numbers from here on may be the same as doubles. */
const firstInexact = 2 ** 53

/** More digits behind the point than the type has would be rounded. */
export function decimalPattern({ scale, quoted }: { scale: number; quoted?: boolean }): string {
  const plain = scale === 0 ? patterns.integer : patterns.decimal.replace('+)?', `{1,${scale}})?`)
  return quoted ? `${plain}|"${plain}"` : plain
}

/** strptime overlooks missing zeros and more; what it read must print as it was written. Names of zones do not print alike. */
function formattedBack(format: string, text: string, dialect: Dialect): string {
  if (/%[zZ]/.test(format)) return 'TRUE'
  const pattern = dialect.literal(format)
  return `(strftime(try_strptime(${text}, ${pattern}), ${pattern}) = ${text})`
}
