import type { Dialect } from '../dialect/dialect.ts'
import type { ColumnKind, RelationColumn } from '../relation.ts'

/** What kind of distribution a column has. Columns of one class can be compared, whatever their types. */
export type DistributionClass = 'number' | 'time' | 'boolean' | 'text' | 'none'

export function classOf(kind: ColumnKind): DistributionClass {
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'number':
      return 'number'
    case 'date':
    case 'timestamp':
      return 'time'
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'text'
    case 'binary':
    case 'nested':
      return 'none'
  }
}

/** Whether between two neighbouring whole numbers there is nothing. Times count in whole seconds. */
export function isWholeKind(kind: ColumnKind): boolean {
  return kind === 'integer' || classOf(kind) === 'time'
}

/** The value as a double, as SQL; times as seconds since 1970. NULL for times without end. */
export function numericSql(dialect: Dialect, { kind, sql }: RelationColumn): string {
  if (classOf(kind) !== 'time') return dialect.double(sql)
  return dialect.double(`CASE WHEN ${dialect.isFinite(sql)} THEN ${dialect.epochSeconds(sql)} END`)
}

/** The same without NaN and infinities. */
export function usableSql(dialect: Dialect, column: RelationColumn): string {
  const value = numericSql(dialect, column)
  return column.kind === 'number' ? `CASE WHEN ${dialect.isFinite(value)} THEN ${value} END` : value
}
