import type { Dialect } from '../dialect/dialect.ts'
import type { SqlValue } from '../engine/engine.ts'
import { doubleLiteral } from '../moments.ts'
import type { RelationColumn } from '../relation.ts'

/** A value that came from a column as a constant that is compared with it, to the last bit. Not for binary and nested values. */
export function valueLiteral(dialect: Dialect, { kind }: RelationColumn, value: SqlValue): string {
  const text = dialect.literal(String(value))
  switch (kind) {
    case 'integer':
    case 'decimal':
      return String(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? doubleLiteral(dialect, value) : dialect.double(text)
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE'
    case 'date':
      return `CAST(${text} AS DATE)`
    case 'timestamp':
      return `CAST(${text} AS TIMESTAMP)`
    default:
      return text
  }
}
