import { formatCount } from '../../base/number-text.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { both, type CheckContext } from './context.ts'
import { type Outcome, rowAlias, type SampleQuery, shownAlias } from './plan.ts'
import { shownValue } from './samples.ts'

/** Rows of a relation under names of ours, so that no name of a column can be taken for one of them further out. */

/** `SELECT … FROM data WHERE …` with the expressions by name. */
export function selectRows(relation: Relation, expressions: Record<string, string>, condition?: string): string {
  const list = Object.entries(expressions).map(([name, sql]) => `${sql} AS ${name}`)
  return `SELECT ${list.join(', ')} FROM ${relation.sql}${condition === undefined ? '' : ` WHERE ${condition}`}`
}

/** What every sample query selects: the values shown, and the number of the row where there is one. */
export function sampleColumns(
  dialect: Dialect,
  relation: Relation,
  shows: readonly RelationColumn[],
): Record<string, string> {
  const values = shows.map((column, index) => [shownAlias(index), shownValue(dialect, column)])
  return { ...Object.fromEntries(values), ...(relation.row === undefined ? {} : { [rowAlias]: relation.row }) }
}

/** The names of `sampleColumns`, to select from a subquery that gives them. */
export function sampleNames(relation: Relation, shows: readonly RelationColumn[], subquery: string): string {
  const names = [...shows.map((_, index) => shownAlias(index)), ...(relation.row === undefined ? [] : [rowAlias])]
  return names.map((name) => `${subquery}.${name}`).join(', ')
}

/** The rows that meet a condition. */
export function samplesWhere(
  { dialect, data }: CheckContext,
  shows: readonly RelationColumn[],
  condition: string,
): SampleQuery {
  const all = withKey(data, shows)
  return {
    shows: all,
    sql: (within) => selectRows(data, sampleColumns(dialect, data, all), both(within, condition)),
  }
}

/** The columns that name a row, after those that a sample is about: where rows have no number nothing else leads to them. */
export function withKey({ columns, key = [] }: Relation, shows: readonly RelationColumn[]): readonly RelationColumn[] {
  return [...shows, ...columns.filter((column) => key.includes(column.name) && !shows.includes(column))]
}

/** Counts of a condition on rows that is known only after another query; `WHERE` of the check is added. */
export async function countFailing(
  engine: Engine,
  context: CheckContext,
  rule: { applies: string; fails: string; shows: readonly RelationColumn[] },
): Promise<Outcome> {
  const looksAt = both(context.where, rule.applies)
  const fails = both(context.where, rule.applies, rule.fails)
  const [row] = await engine.query(
    selectRows(context.data, {
      mg_tested: `count(*) FILTER (WHERE ${looksAt})`,
      mg_failing: `count(*) FILTER (WHERE ${fails})`,
    }),
  )
  const counts = { failing: Number(row?.mg_failing ?? 0), tested: Number(row?.mg_tested ?? 0) }
  return { observed: describeCounts(counts), counts, samples: samplesWhere(context, rule.shows, fails) }
}

/** `3 of 1,200 fail`, `none of 1,200 fails`, `no row to look at`. */
export function describeCounts({ failing, tested }: { failing: number; tested: number }): string {
  if (tested === 0) return 'no row to look at'
  return failing === 0
    ? `none of ${formatCount(tested)} fails`
    : `${formatCount(failing)} of ${formatCount(tested)} fail`
}
