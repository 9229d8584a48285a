import { plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Relation } from '../relation.ts'
import type { CheckContext } from './context.ts'
import type { Plan } from './plan.ts'

/** How a query of the user's calls this data set and the reference. */
const [ownName, referenceName] = ['data', 'reference']

/**
 * Rows that a query of the user's gives are failures. The data sets are common table expressions around it: they need no views in the database,
 * show the columns of the data and nothing of ours, and a name that the query gives itself goes before them.
 */
export function sql(context: CheckContext, check: Check<'sql'>): Plan {
  const { dialect, data, reference, others } = context
  const all: (readonly [string, Relation])[] = [
    [ownName, data],
    ...(reference === undefined ? [] : [[referenceName, reference] as const]),
    ...others,
  ]
  // Databases do not tell names by their case; ours go before those of other data sets.
  const visible = all.filter(
    ([name], index) => all.findIndex(([other]) => other.toLowerCase() === name.toLowerCase()) === index,
  )
  const names = visible.map(([name, relation]) => {
    const columns = relation.columns.map((column) => `${column.sql} AS ${dialect.identifier(column.name)}`)
    // Unread where the query does not name it, and never copied.
    return `${dialect.identifier(name)} AS NOT MATERIALIZED (SELECT ${columns.join(', ')} FROM ${relation.sql})`
  })
  const failing = (select: string): string =>
    `WITH ${names.join(', ')} SELECT ${select} FROM (${check.args.query}) AS mg_failing`
  return {
    kind: 'query',
    expected: 'the query gives no row',
    query: async (engine) => {
      const [row] = await engine.query(failing('count(*) AS mg_failing_rows'))
      const count = Number(row?.mg_failing_rows ?? 0)
      return {
        observed: plural(count, 'row'),
        counts: { failing: count, tested: Math.max(count, data.rows) },
        // By the whole row, so that the same ones are shown in every run.
        samples: { foreign: `${failing('mg_failing.*')} ORDER BY mg_failing` },
      }
    },
  }
}
