import type { CheckType } from './check.ts'

/** Which modifiers mean something for which type of check. What would be passed over in silence is refused instead. */

/** Not about rows, or with a query that has conditions of its own. */
const withoutWhere = new Set<CheckType>(['columns', 'file', 'column-count', 'schema-compatible', 'sql'])

/** They count no failing rows: bounds in their own words say what is accepted. */
const withoutLimits = new Set<CheckType>([
  'columns',
  'file',
  'rows',
  'column-count',
  'max-age',
  'aggregate',
  'quantile',
  'distinct',
  'most-common',
  'not-constant',
  'schema-compatible',
  'leakage',
  'class-balance',
  'id-like',
  'label-drift',
])

export function takesWhere(type: CheckType): boolean {
  return !withoutWhere.has(type)
}

export function takesLimits(type: CheckType): boolean {
  return !withoutLimits.has(type)
}
