import { oneLine } from '../../base/escape.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Bound, Member } from '../../config/checks/row-checks.ts'
import type { RelationColumn } from '../relation.ts'
import { CannotRun, type CheckContext, checkError, columnOf, columnsOf, isMeasured, isTime } from './context.ts'
import { formatTests } from './formats.ts'
import type { Plan, RowsPlan } from './plan.ts'
import { mostShown } from './repeat-rules.ts'

/** Checks of single rows as SQL conditions. A missing value neither passes nor fails, except where a check is about missing values. */

export function notNull(context: CheckContext, check: Check<'not-null'>): Plan {
  const column = firstColumn(context, check.args.columns)
  return { kind: 'rows', expected: 'no missing values', fails: column.isNull, shows: [column] }
}

export function requiredRows(context: CheckContext, check: Check<'required-rows'>): Plan {
  const columns = columnsOf(context.data, check.args.columns)
  return {
    kind: 'rows',
    expected: 'in no row are all of them missing',
    fails: columns.map((column) => column.isNull).join(' AND '),
    shows: columns,
  }
}

/** Text is judged value by value; a source with types of its own by the type of the column. */
export function type(context: CheckContext, check: Check<'type'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const expected = `type ${check.args.is}`
  // Text that was read as something narrower is of the wider type too; read as something else it is judged as a whole.
  if (column.badText !== undefined && accepts(check.args.is, column)) {
    return {
      kind: 'rows',
      expected,
      applies: `NOT (${column.isNull})`,
      fails: `${column.badText} IS NOT NULL`,
      shows: [column],
    }
  }
  const holds = accepts(check.args.is, column)
  return {
    kind: 'settled',
    expected,
    outcome: { observed: `${column.kind} (${column.nativeType})`, holds, figures: { type: column.nativeType } },
  }
}

/** A wider type is asked for, and a narrower one is there: that is no failure. */
export function accepts(asked: string, { kind }: RelationColumn): boolean {
  if (asked === kind) return true
  if (asked === 'number') return kind === 'integer' || kind === 'decimal'
  if (asked === 'decimal') return kind === 'integer'
  return asked === 'timestamp' && kind === 'date'
}

export function range(context: CheckContext, check: Check<'range'>): Plan {
  const { columns, min, max, above, below } = check.args
  const column = firstColumn(context, columns)
  const literal = (bound: Bound): string => boundLiteral(context, check, column, bound)
  const conditions = [
    ...(min === undefined ? [] : [`${column.sql} < ${literal(min)}`]),
    ...(max === undefined ? [] : [`${column.sql} > ${literal(max)}`]),
    ...(above === undefined ? [] : [`${column.sql} <= ${literal(above)}`]),
    ...(below === undefined ? [] : [`${column.sql} >= ${literal(below)}`]),
    // NaN is larger than everything in SQL, so a lower bound alone would let it pass.
    ...(column.kind === 'number' ? [context.dialect.isNaN(column.sql)] : []),
  ]
  return {
    kind: 'rows',
    expected: boundWords(check.args).join(' and '),
    applies: `${column.sql} IS NOT NULL`,
    fails: conditions.join(' OR '),
    shows: [column],
  }
}

/** Bounds in words: `≥ 0`, `< 120`. */
export function boundWords({
  min,
  max,
  above,
  below,
}: { [Key in 'min' | 'max' | 'above' | 'below']?: Bound | undefined }): string[] {
  return [
    ...(min === undefined ? [] : [`\u2265 ${min}`]),
    ...(above === undefined ? [] : [`> ${above}`]),
    ...(max === undefined ? [] : [`\u2264 ${max}`]),
    ...(below === undefined ? [] : [`< ${below}`]),
  ]
}

const decimalText = /^[+-]?\d+(\.\d+)?$/
const dateText = /^\d{4}-\d{2}-\d{2}$/
const timestampText = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?$/

/** True for a number, and for text that is one without loss. */
export function isDecimal(value: Member): boolean {
  return typeof value === 'number' || decimalText.test(String(value))
}

/** A bound as a constant of the type of the column. Throws `data/check` for one that is of another type. */
export function boundLiteral({ dialect }: CheckContext, check: Check, column: RelationColumn, bound: Bound): string {
  const text = String(bound)
  if (isMeasured(column) && isDecimal(bound)) return text
  if (isTime(column) && (dateText.test(text) || timestampText.test(text))) {
    return `CAST(${dialect.literal(text.replace(/Z$/, ''))} AS ${dateText.test(text) && column.kind === 'date' ? 'DATE' : 'TIMESTAMP'})`
  }
  if (!isMeasured(column) && !isTime(column)) {
    throw new CannotRun(
      `Column "${column.name}" holds ${column.kind} values, which have no bounds. Give it a \`type\`.`,
    )
  }
  const wanted = isTime(column) ? 'a date such as 2024-01-31' : 'a number'
  throw checkError(
    check.place,
    `The value "${text}" for column "${column.name}" must be ${wanted}.`,
    'Correct the value, or the type of the column.',
  )
}

export function isIn(context: CheckContext, check: Check<'in'>): Plan {
  return membership(context, check, (list) => `NOT (${list})`, 'one of')
}

export function notIn(context: CheckContext, check: Check<'not-in'>): Plan {
  return membership(context, check, (list) => list, 'none of')
}

function membership(
  context: CheckContext,
  check: Check<'in'> | Check<'not-in'>,
  fails: (isMember: string) => string,
  words: string,
): RowsPlan {
  const { columns, values } = check.args
  const column = firstColumn(context, columns)
  const list = memberList(context, check, column, values)
  const shown = values.slice(0, 10).map(String).join(', ')
  return {
    kind: 'rows',
    expected: `${words} ${shown}${values.length > 10 ? ` and ${values.length - 10} more` : ''}`,
    applies: `${column.sql} IS NOT NULL`,
    fails: fails(list),
    shows: [column],
  }
}

/** Each member as a constant of the type of the column: `01` is no number 1, and a day is no text. */
function memberList(context: CheckContext, check: Check, column: RelationColumn, values: readonly Member[]): string {
  const { dialect } = context
  const literal = (value: Member): string => {
    if (isMeasured(column) || isTime(column)) return boundLiteral(context, check, column, boundOf(value))
    if (column.kind !== 'boolean') return dialect.literal(String(value))
    const text = String(value).toLowerCase()
    if (text === 'true' || text === 'false') return text.toUpperCase()
    throw checkError(
      check.place,
      `The value "${value}" of column "${column.name}" must be true or false.`,
      'Correct the value, or the type of the column.',
    )
  }
  const left = isMeasured(column) || isTime(column) || column.kind === 'boolean' ? column.sql : textOf(context, column)
  return `${left} IN (${values.map(literal).join(', ')})`
}

/** What is no number or date as text, which then is refused as a bound is. */
function boundOf(value: Member): Bound {
  return typeof value === 'boolean' ? String(value) : value
}

export function regex(context: CheckContext, check: Check<'regex'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const matches = context.dialect.matches(textOf(context, column), check.args.pattern)
  return textRule(column, `matches ${check.args.pattern}`, `NOT ${matches}`)
}

export function notRegex(context: CheckContext, check: Check<'not-regex'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const matches = context.dialect.matches(textOf(context, column), check.args.pattern)
  return textRule(column, `does not match ${check.args.pattern}`, matches)
}

export function format(context: CheckContext, check: Check<'format'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const test = formatTests[check.args.is](context.dialect, textOf(context, column))
  return textRule(column, `format ${check.args.is}`, `NOT (${test})`)
}

export function length(context: CheckContext, check: Check<'length'>): Plan {
  const { columns, min, max } = check.args
  const column = firstColumn(context, columns)
  const characters = context.dialect.characters(textOf(context, column))
  const conditions = [
    ...(min === undefined ? [] : [`${characters} < ${min}`]),
    ...(max === undefined ? [] : [`${characters} > ${max}`]),
  ]
  const expected = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])]
  return textRule(column, `${expected.join(' and ')} characters`, conditions.join(' OR '))
}

export function finite(context: CheckContext, check: Check<'finite'>): Plan {
  const column = firstColumn(context, check.args.columns)
  // Only floating point has such values at all.
  const fails = column.kind === 'number' ? `NOT ${context.dialect.isFinite(column.sql)}` : 'FALSE'
  if (!isMeasured(column)) throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, not numbers.`)
  return { kind: 'rows', expected: 'finite numbers', applies: `${column.sql} IS NOT NULL`, fails, shows: [column] }
}

export function notBlank(context: CheckContext, check: Check<'not-blank'>): Plan {
  const column = firstColumn(context, check.args.columns)
  return textRule(
    column,
    'not blank',
    `NOT ${context.dialect.matches(textOf(context, column), '[^\\s\\x{0B}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200B}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]')}`,
  )
}

export function noControlCharacters(context: CheckContext, check: Check<'no-control-characters'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const pattern = '[\\x{00}-\\x{08}\\x{0B}\\x{0C}\\x{0E}-\\x{1F}\\x{7F}-\\x{9F}]'
  return textRule(column, 'no control characters', context.dialect.matches(textOf(context, column), pattern))
}

/** U+FFFD, and the pairs that two-byte and three-byte UTF-8 becomes when it is read as Latin-1 or Windows-1252. */
export function noEncodingDamage(context: CheckContext, check: Check<'no-encoding-damage'>): Plan {
  const column = firstColumn(context, check.args.columns)
  const pattern =
    '\\x{FFFD}|[\\x{C2}\\x{C3}][\\x{80}-\\x{BF}]|\\x{E2}[\\x{80}\\x{20AC}][\\x{80}-\\x{BF}\\x{2018}-\\x{2122}\\x{152}-\\x{178}]'
  return textRule(column, 'no trace of a wrong encoding', context.dialect.matches(textOf(context, column), pattern))
}

export function noFuture(context: CheckContext, check: Check<'no-future'>): Plan {
  const column = firstColumn(context, check.args.columns)
  if (!isTime(column))
    throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, not dates or timestamps.`)
  const latest = new Date(context.now.getTime() + check.args.tolerance * 1000).toISOString()
  const limit = `CAST(${context.dialect.literal(latest.slice(0, 23).replace('T', ' '))} AS TIMESTAMP)`
  return {
    kind: 'rows',
    expected: 'not in the future',
    applies: `${column.sql} IS NOT NULL`,
    fails: `${column.sql} > ${limit}`,
    shows: [column],
  }
}

/** `condition` of the context is what the engine made of the words. Samples show the columns that the words name. */
export function expr({ data, condition }: CheckContext, check: Check<'expr'>): Plan {
  const { sql } = check.args
  if (condition === undefined) throw new Error('the condition was not checked')
  const words = new Set(sql.toLowerCase().match(/[\p{L}\p{N}_]+/gu))
  const isNamed = (name: string): boolean =>
    /^[\p{L}\p{N}_]+$/u.test(name) ? words.has(name) : sql.toLowerCase().includes(name)
  const named = data.columns.filter(({ name }) => isNamed(name.toLowerCase()))
  const shows = (named.length === 0 ? data.columns : named).slice(0, mostShown)
  const expected = oneLine(sql)
  return { kind: 'rows', expected, applies: `(${condition}) IS NOT NULL`, fails: `NOT (${condition})`, shows }
}

export function sumEquals(context: CheckContext, check: Check<'sum-equals'>): Plan {
  const { columns: names, total, tolerance } = check.args
  const columns = columnsOf(context.data, names)
  const target = typeof total === 'string' ? columnOf(context.data, total) : undefined
  const all = [...columns, ...(target === undefined ? [] : [target])]
  const wrong = all.find((column) => !isMeasured(column))
  if (wrong !== undefined) throw new CannotRun(`Column "${wrong.name}" holds ${wrong.kind} values, not numbers.`)
  const sum = columns.map(addend).join(' + ')
  const right = target === undefined ? String(total) : addend(target)
  return {
    kind: 'rows',
    expected: `${names.join(' + ')} = ${total}${tolerance === 0 ? '' : ` \u00b1 ${tolerance}`}`,
    applies: all.map((column) => `${column.sql} IS NOT NULL`).join(' AND '),
    fails: `NOT (abs((${sum}) - (${right})) <= ${tolerance})`,
    shows: all,
  }
}

/** Whole numbers so wide that their sum does not leave the range of its type. */
function addend(column: RelationColumn): string {
  return column.kind === 'integer' ? `CAST(${column.sql} AS DECIMAL(38, 0))` : column.sql
}

function textRule(column: RelationColumn, expected: string, fails: string): RowsPlan {
  return { kind: 'rows', expected, applies: `${column.sql} IS NOT NULL`, fails, shows: [column] }
}

function textOf({ dialect }: CheckContext, column: RelationColumn): string {
  return column.kind === 'string' ? column.sql : dialect.text(column.sql)
}

export function firstColumn(context: CheckContext, names: readonly string[]): RelationColumn {
  return columnOf(context.data, names[0] ?? '')
}
