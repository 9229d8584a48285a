import { ModelgateError, type Place } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'

/** What a check is compiled against. */
export type CheckContext = {
  dialect: Dialect
  data: Relation
  /** Condition of the check, validated; undefined without one. */
  where?: string
  /** What an `expr` check asks, validated; undefined for others. */
  condition?: string
  reference?: Relation
  /** Other data sets, by the name or path that the checks file uses. */
  others: ReadonlyMap<string, Relation>
  /** Time of the check. */
  now: Date
  /** Columns whose values must not appear in results. */
  sensitive: ReadonlySet<string>
}

/** A check that asks for something that is not there; its result is `not-run`. */
export class CannotRun extends Error {}

export function hasColumn(relation: Relation, name: string): boolean {
  return relation.columns.some((column) => column.name === name)
}

/** The column, or `CannotRun` with the nearest name. */
export function columnOf(relation: Relation, name: string): RelationColumn {
  const found = relation.columns.find((column) => column.name === name)
  if (found !== undefined) return found
  const names = relation.columns.map((column) => column.name)
  const hint = didYouMean(name, names)
  throw new CannotRun(`${relation.name} has no column "${name}". ${hint}`)
}

export function columnsOf(relation: Relation, names: readonly string[]): RelationColumn[] {
  return names.map((name) => columnOf(relation, name))
}

/** Another data set by its name in the checks file, or the reference. */
export function otherData(context: CheckContext, name: string | undefined): Relation {
  if (name === undefined) {
    if (context.reference !== undefined) return context.reference
    throw new CannotRun('There is no reference: give one with --reference, or `reference` of the stage.')
  }
  const found = context.others.get(name)
  if (found === undefined) throw new CannotRun(`There is no data set "${name}".`)
  return found
}

/** A condition of the check as it holds for another relation. Throws `data/column` where that does not have what the condition refers to. */
export async function whereIn(engine: Engine, check: Check, relation: Relation): Promise<string | undefined> {
  return check.where === undefined ? undefined : await engine.expression(check.where, relation, check.place)
}

/** SQL of rows that the check looks at: its `where`, and a condition of its own. */
export function both(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined)
  return given.length === 0 ? 'TRUE' : given.map((condition) => `(${condition})`).join(' AND ')
}

/** A mistake in the words of a check, found when it met the data. */
export function checkError(place: Place, message: string, help: string): ModelgateError {
  return new ModelgateError({ code: 'data/check', message, place, help })
}

/** True when SQL compares both without taking one of them for something else: numbers with numbers, times with times. */
export function areComparable(one: RelationColumn, other: RelationColumn): boolean {
  if (isMeasured(one)) return isMeasured(other)
  if (isTime(one)) return isTime(other)
  return one.kind === other.kind && (one.kind !== 'nested' || one.nativeType === other.nativeType)
}

/** Kinds that have an order and a distance. */
export function isMeasured({ kind }: RelationColumn): boolean {
  return kind === 'integer' || kind === 'decimal' || kind === 'number'
}

export function isTime({ kind }: RelationColumn): boolean {
  return kind === 'date' || kind === 'timestamp'
}
