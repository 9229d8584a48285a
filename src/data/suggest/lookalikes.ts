import { formatCount } from '../../base/number-text.ts'
import type { Scan } from '../checks/scan.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'

/** What texts look like that were meant to be something else: a few placeholders among numbers, or numbers and dates of another country. */
const shapes = [
  { name: 'numbers', pattern: '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$' },
  { name: 'numbers with a decimal comma', pattern: '^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+),[0-9]+$' },
  { name: 'dates such as 2024-01-31', pattern: '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$' },
  { name: 'dates such as 31.01.2024', pattern: '^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}$' },
  { name: 'dates such as 31/01/2024', pattern: '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$' },
] as const

const codePattern = '^0[0-9]+$'

/** Of fewer values one cannot say what the column was meant to be. */
const leastShare = 0.9
/** A shape of fewer values is an exception, and shown as itself. */
const leastOfShape = 0.02
const mostOthers = 3
const longestOther = 20

/** Asks in a scan for what a column of texts looks like; the answer is read from what the scan gave. */
export function askLooks(scan: Scan, dialect: Dialect, { sql }: RelationColumn): (values: SqlRow) => number[] {
  const count = (pattern: string): string => scan.add(`count(*) FILTER (WHERE ${dialect.matches(sql, pattern)})`)
  const keys = shapes.map(({ pattern }) => count(pattern))
  const codes = count(codePattern)
  // One leading zero makes postcodes and the like of all of them.
  const isCode = (values: SqlRow): boolean => Number(values[codes] ?? 0) > 0
  return (values) =>
    keys.map((key, index) => (shapes[index]?.name === 'numbers' && isCode(values) ? 0 : Number(values[key] ?? 0)))
}

/**
 * In words what nearly all texts look like, and the most frequent others. Undefined where they look like nothing in particular. `isHidden`
 * leaves the values out.
 */
export async function describeLooks(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  counts: readonly number[],
  all: number,
  isHidden: boolean,
): Promise<string | undefined> {
  const found = shapes
    .map((shape, index) => ({ ...shape, count: counts[index] ?? 0 }))
    .filter(({ count }) => count > 0 && count >= leastOfShape * all)
    .sort((a, b) => b.count - a.count)
  const covered = found.reduce((sum, { count }) => sum + count, 0)
  if (all === 0 || covered < leastShare * all) return undefined
  const parts = found.map(({ name, count }) => `${formatCount(count)} look like ${name}`)
  const words = `text, though ${parts.join(' and ')}`
  const left = all - covered
  if (left === 0) return words
  if (isHidden) return `${words}; ${formatCount(left)} do not`
  const patterns = found.map(({ pattern }) => engine.dialect.matches(column.sql, pattern))
  const text = engine.dialect.text(column.sql)
  const others = await engine.query(
    `SELECT ${text} AS mg_value, count(*) AS mg_count FROM ${relation.sql} WHERE ${column.sql} IS NOT NULL AND NOT (${patterns.join(' OR ')}) GROUP BY 1 ORDER BY mg_count DESC, mg_value LIMIT ${mostOthers}`,
  )
  const listed = others.map(({ mg_value }) => JSON.stringify(String(mg_value).slice(0, longestOther)))
  return `${words}; ${formatCount(left)} do not, such as ${listed.join(', ')}: name what stands for a missing value under \`read.missing\``
}
