import { formatNumber, formatPercent, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Bound } from '../../config/checks/row-checks.ts'
import type { Engine, SqlValue } from '../engine/engine.ts'
import { minus, type Rational, rationalOf, rationalOfText, times, toNumber } from '../rational.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import {
  CannotRun,
  type CheckContext,
  checkError,
  columnOf,
  isMeasured,
  isTime,
  otherData,
  whereIn,
} from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { boundLiteral, boundWords, isDecimal } from './row-rules.ts'
import { entropyOf, momentsOf, orderStatistic, requireNumbers, stdevOf, valueCountsOf } from './statistics.ts'

/** A statistic of a column, and how it lies to its bounds. */
type Found = {
  value: SqlValue
  below: boolean
  above: boolean
  /** For comparison with the reference; absent for times. */
  exact?: Rational
}

type Fn = Check<'aggregate'>['args']['fn']
type Words = { column: string; min?: Bound | undefined; max?: Bound | undefined; within?: number | undefined }

/** Statistics that are on the scale of the values, and so tell something of them. */
const tellsValues: readonly Fn[] = ['mean', 'sum', 'min', 'max', 'median']

export function aggregate(context: CheckContext, check: Check<'aggregate'>): Plan {
  const { fn } = check.args
  const find = orderOf(fn)
  return statisticPlan(context, check, fn, tellsValues.includes(fn), (engine, relation, column, where) =>
    find === undefined
      ? calculated(engine, relation, column, where, check.args)
      : selected(engine, context, check, { relation, column, where }, find),
  )
}

export function quantile(context: CheckContext, check: Check<'quantile'>): Plan {
  const { q } = check.args
  return statisticPlan(context, check, `${formatPercent(q)} quantile`, true, (engine, relation, column, where) =>
    selected(engine, context, check, { relation, column, where }, q),
  )
}

/** The place in the order of the values that a statistic stands for. */
function orderOf(fn: Fn): number | undefined {
  return fn === 'min' ? 0 : fn === 'max' ? 1 : fn === 'median' ? 0.5 : undefined
}

type Find = (engine: Engine, relation: Relation, column: RelationColumn, where: string | undefined) => Promise<Found>

function statisticPlan(
  context: CheckContext,
  check: Check<'aggregate'> | Check<'quantile'>,
  name: string,
  tells: boolean,
  find: Find,
): Plan {
  const args: Words = check.args
  const column = columnOf(context.data, args.column)
  requireFitting(context, check, column)
  const reference = args.within === undefined ? undefined : otherData(context, undefined)
  const there = reference === undefined ? undefined : columnOf(reference, args.column)
  if (there !== undefined) requireFitting(context, check, there)
  const secret = tells && context.sensitive.has(column.name)
  const words = [
    ...boundWords(args),
    ...(args.within === undefined ? [] : [`within ${formatPercent(args.within)} of the reference`]),
  ]
  return {
    kind: 'query',
    expected: `${name} ${words.join(' and ')}`,
    query: async (engine) => {
      const here = await find(engine, context.data, column, context.where)
      if (reference === undefined || there === undefined || args.within === undefined) {
        return outcome(name, secret, here)
      }
      const other = await find(engine, reference, there, await whereIn(engine, check, reference))
      return outcome(name, secret, here, { found: other, far: isFar(here, other, args.within) })
    },
  }
}

function outcome(name: string, secret: boolean, here: Found, other?: { found: Found; far: boolean }): Outcome {
  const against = other === undefined ? '' : ` against ${shown(other.found.value)} in the reference`
  const side = here.below ? 'too small' : here.above ? 'too large' : other?.far ? 'too far off' : 'as expected'
  return {
    observed: secret
      ? `${name} is ${side} (not shown: the column is sensitive)`
      : `${name} ${shown(here.value)}${against}`,
    holds: !here.below && !here.above && other?.far !== true,
    figures: secret
      ? {}
      : { value: figure(here.value), ...(other === undefined ? {} : { reference: figure(other.found.value) }) },
  }
}

function shown(value: SqlValue): string {
  return typeof value === 'number' ? formatNumber(value) : String(value)
}

function figure(value: SqlValue): number | string {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const number = typeof value === 'bigint' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : String(value)
}

/** More than the share of the size in the reference away from it. Throws CannotRun where that is 0, of which no share can be taken. */
function isFar(here: Found, there: Found, within: number): boolean {
  if (here.exact === undefined || there.exact === undefined) throw new CannotRun('Infinite values cannot be compared.')
  if (there.exact.top === 0n) {
    throw new CannotRun('The value in the reference is 0, of which no share can be taken. Use `min` and `max`.')
  }
  const allowed = times(sizeOf(there.exact), exactOf(within))
  return isLess(allowed, sizeOf(minus(here.exact, there.exact)))
}

function sizeOf({ top, bottom }: Rational): Rational {
  return { top: top < 0n ? -top : top, bottom }
}

function isLess(one: Rational, other: Rational): boolean {
  return one.top * other.bottom < other.top * one.bottom
}

/** A number as it is written: 0.1 is a tenth, not the double next to it. */
function exactOf(value: number | bigint | string): Rational {
  const text = String(value)
  return typeof value === 'number' && text.includes('e') ? rationalOf(value) : rationalOfText(text)
}

/** Throws CannotRun for a column that has no such statistic, and `data/check` for bounds of another type. */
function requireFitting(
  context: CheckContext,
  check: Check<'aggregate'> | Check<'quantile'>,
  column: RelationColumn,
): void {
  const args: Words = check.args
  const fn = check.type === 'aggregate' ? check.args.fn : 'quantile'
  if (fn === 'distinct-share' || fn === 'null-share' || fn === 'entropy') {
    requireNumberBounds(check)
    return
  }
  if (fn === 'min' || fn === 'max' || fn === 'median' || fn === 'quantile') {
    if (!isMeasured(column) && !isTime(column)) {
      throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, neither numbers nor dates.`)
    }
    if (isTime(column) && args.within !== undefined) {
      throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, of which no share can be taken.`)
    }
    for (const bound of [args.min, args.max]) if (bound !== undefined) boundLiteral(context, check, column, bound)
    return
  }
  requireNumbers(column)
  requireNumberBounds(check)
}

function requireNumberBounds(check: Check<'aggregate'> | Check<'quantile'>): void {
  const { min, max }: Words = check.args
  const wrong = [min, max].find((bound) => bound !== undefined && !isDecimal(bound))
  if (wrong === undefined) return
  throw checkError(check.place, `The bound "${wrong}" must be a number.`, 'Correct the bound.')
}

/** A value that stands in a row: compared with its bounds by the database, as it is. */
async function selected(
  engine: Engine,
  context: CheckContext,
  check: Check<'aggregate'> | Check<'quantile'>,
  of: { relation: Relation; column: RelationColumn; where: string | undefined },
  q: number,
): Promise<Found> {
  const { min, max }: Words = check.args
  const literal = (bound: Bound): string => boundLiteral(context, check, of.column, bound)
  const { value, holds } = await orderStatistic({ engine, ...of }, q, [
    (sql) => (min === undefined ? 'FALSE' : `${sql} < ${literal(min)}`),
    (sql) => (max === undefined ? 'FALSE' : `${sql} > ${literal(max)}`),
  ])
  const isNumber = isMeasured(of.column) && (typeof value !== 'number' || Number.isFinite(value))
  return {
    value,
    below: holds[0] === true,
    above: holds[1] === true,
    ...(isNumber && (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string')
      ? { exact: exactOf(value) }
      : {}),
  }
}

/** A value that is made of all rows. */
async function calculated(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  where: string | undefined,
  { fn, min, max }: Check<'aggregate'>['args'],
): Promise<Found> {
  const of = { engine, relation, column, where }
  if (fn === 'entropy') return compared(await entropyOf(of), min, max)
  if (fn === 'distinct-share' || fn === 'null-share') {
    const counts = await valueCountsOf(of)
    const [part, whole] = fn === 'null-share' ? [counts.missing, counts.rows] : [counts.distinct, counts.present]
    if (whole === 0) throw new CannotRun(`There is no row to look at in column "${column.name}".`)
    return comparedExactly({ top: BigInt(part), bottom: BigInt(whole) }, min, max)
  }
  const { moments, notFinite } = await momentsOf(of)
  if (notFinite > 0) {
    throw new CannotRun(
      `Column "${column.name}" holds ${plural(notFinite, 'number')} that are NaN or infinite, and so has no ${fn}. Check it with \`finite\`.`,
    )
  }
  if (fn === 'stdev') return compared(stdevOf(moments, column), min, max)
  const { exactSum, count, sum, mean } = moments
  // A double of 10.1 is a little less than 10.1: it is compared with the double that is nearest to the bound.
  if (exactSum === undefined) return compared(fn === 'mean' ? mean : sum, min, max)
  const exact = rationalOfText(exactSum)
  return comparedExactly(fn === 'mean' ? times(exact, { top: 1n, bottom: BigInt(count) }) : exact, min, max)
}

function compared(value: number, min: Bound | undefined, max: Bound | undefined): Found {
  return {
    value,
    below: min !== undefined && value < Number(min),
    above: max !== undefined && value > Number(max),
    exact: exactOf(value),
  }
}

function comparedExactly(exact: Rational, min: Bound | undefined, max: Bound | undefined): Found {
  return {
    value: exact.top % exact.bottom === 0n ? exact.top / exact.bottom : toNumber(exact),
    below: min !== undefined && isLess(exact, exactOf(min)),
    above: max !== undefined && isLess(exactOf(max), exact),
    exact,
  }
}
