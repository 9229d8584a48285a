import { formatCount, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Engine } from '../engine/engine.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { both, type CheckContext, columnOf, columnsOf, otherData } from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { mostShown } from './repeat-rules.ts'
import { describeCounts, sampleColumns, sampleNames, selectRows, withKey } from './rows.ts'
import { identityPairs, type Match, matchOf, type Pair, requireComparable } from './same-rows.ts'
import { showValue } from './samples.ts'
import { listed } from './table-rules.ts'

/** Checks against the rows of another data set. `where` is about the rows of this one. */

/** A row fails when its key is not there. A row without a key neither passes nor fails. */
export function inTable(context: CheckContext, check: Check<'in-table'>): Plan {
  const there = otherData(context, check.args.of)
  const { columns, others, pairs } = keysOf(context, there, check.args.columns, check.args.key)
  const present = both(context.where, ...columns.map(({ sql }) => `${sql} IS NOT NULL`))
  return {
    kind: 'query',
    expected: `in ${others.map(({ name }) => name).join(', ')} of ${there.name}`,
    query: async (engine) => {
      const { expressions, exists } = matchOf(engine, there, pairs, true)
      return await countMatching(engine, context, { expressions, fails: `NOT ${exists}`, shows: columns, present })
    },
  }
}

/** Keys on both sides. Throws CannotRun when they cannot be compared. */
export function keysOf(
  { data }: CheckContext,
  there: Relation,
  names: readonly string[],
  otherNames: readonly string[] = names,
): { columns: RelationColumn[]; others: RelationColumn[]; pairs: Pair[] } {
  const columns = columnsOf(data, names)
  const others = columnsOf(there, otherNames)
  requireComparable(columns, others, { here: data, there })
  const pairs = columns.map(({ sql }, index) => ({ here: sql, there: others[index]?.sql ?? '', hashes: false }))
  return { columns, others, pairs }
}

export type Matching = {
  expressions: Match['expressions']
  /** SQL over `mg_here`. */
  fails: string
  shows: readonly RelationColumn[]
  /** Rows that are looked at. */
  present: string
}

/** Counts and samples of rows that do (or do not) have their like in another data set. */
export async function countMatching(engine: Engine, context: CheckContext, matching: Matching): Promise<Outcome> {
  const { data } = context
  const { expressions, fails, present } = matching
  const shows = withKey(data, matching.shows)
  const [all] = await engine.query(selectRows(data, { mg_tested: 'count(*)' }, present))
  const [found] = await engine.query(
    `SELECT count(*) AS mg_failing FROM (${selectRows(data, expressions, present)}) AS mg_here WHERE ${fails}`,
  )
  const counts = { failing: Number(found?.mg_failing ?? 0), tested: Number(all?.mg_tested ?? 0) }
  return {
    observed: describeCounts(counts),
    counts,
    samples: {
      shows,
      sql: (within) => {
        const rows = selectRows(
          data,
          { ...expressions, ...sampleColumns(engine.dialect, data, shows) },
          both(within, present),
        )
        return `SELECT ${sampleNames(data, shows, 'mg_here')} FROM (${rows}) AS mg_here WHERE ${fails}`
      },
    },
  }
}

/** Rows that only one side has, each as often as it has more of them than the other. */
export function matchesTable(context: CheckContext, check: Check<'matches-table'>): Plan {
  const { data } = context
  const there = otherData(context, check.args.of)
  const expected = `the rows of ${there.name}`
  const names = check.args.columns
  const unlike = names === undefined ? differingColumns(data, there) : []
  if (unlike.length > 0) {
    return {
      kind: 'settled',
      expected,
      outcome: { observed: `columns on one side only: ${listed(unlike)}`, holds: false },
    }
  }
  const columns = columnsOf(data, names ?? data.columns.map(({ name }) => name))
  const others = columns.map(({ name }) => columnOf(there, name))
  requireComparable(columns, others, { here: data, there })
  return {
    kind: 'query',
    expected,
    query: async (engine) => {
      const pairs = await identityPairs(engine, { relation: data, columns }, { relation: there, columns: others })
      const side = (which: 'here' | 'there'): Record<string, string> =>
        Object.fromEntries(pairs.map((pair, index) => [`mg_key_${index}`, pair[which]]))
      const keys = Object.keys(side('here')).join(', ')
      const union = `${selectRows(data, { ...side('here'), mg_here: '1', mg_there: '0' }, context.where)} UNION ALL ${selectRows(there, { ...side('there'), mg_here: '0', mg_there: '1' })}`
      const [row] = await engine.query(
        `SELECT coalesce(sum(CASE WHEN mg_more > 0 THEN mg_more END), 0) AS mg_only_here, coalesce(sum(CASE WHEN mg_more < 0 THEN -mg_more END), 0) AS mg_only_there, coalesce(sum(mg_all), 0) AS mg_tested FROM (SELECT sum(mg_here) - sum(mg_there) AS mg_more, count(*) AS mg_all FROM (${union}) AS mg_both GROUP BY ${keys}) AS mg_groups`,
      )
      const [here, elsewhere] = [Number(row?.mg_only_here ?? 0), Number(row?.mg_only_there ?? 0)]
      const match = matchOf(engine, there, pairs, false)
      const { samples } = await countMatching(engine, context, {
        expressions: match.expressions,
        fails: `NOT ${match.exists}`,
        shows: columns.slice(0, mostShown),
        present: both(context.where),
      })
      return {
        observed: `${plural(here, 'row')} only here, ${formatCount(elsewhere)} only in ${there.name}`,
        counts: { failing: here + elsewhere, tested: Number(row?.mg_tested ?? 0) },
        figures: { 'only-here': here, 'only-there': elsewhere },
        ...(samples === undefined ? {} : { samples }),
      }
    },
  }
}

function differingColumns(one: Relation, other: Relation): string[] {
  const lacking = (there: Relation, here: Relation): string[] =>
    here.columns.map(({ name }) => name).filter((name) => !there.columns.some((column) => column.name === name))
  return [...lacking(other, one), ...lacking(one, other)]
}

const mostNewShown = 10

/** Values that the reference does not have, and the rows with them. */
export function newCategories(context: CheckContext, check: Check<'new-categories'>): Plan {
  const { data, sensitive, where } = context
  const there = otherData(context, check.args.with)
  const { columns, pairs } = keysOf(context, there, check.args.columns)
  const column = columnOf(data, check.args.columns[0] ?? '')
  const present = both(where, `${column.sql} IS NOT NULL`)
  return {
    kind: 'query',
    expected: `values that ${there.name} has`,
    query: async (engine) => {
      const { expressions, exists } = matchOf(engine, there, pairs, true)
      const outcome = await countMatching(engine, context, {
        expressions,
        fails: `NOT ${exists}`,
        shows: columns,
        present,
      })
      if (outcome.counts?.failing === 0) return { ...outcome, figures: { new: 0 } }
      const groups = `SELECT mg_key_0, count(*) AS mg_n FROM (${selectRows(data, expressions, present)}) AS mg_all GROUP BY mg_key_0`
      const fresh = `SELECT mg_key_0, mg_n FROM (${groups}) AS mg_here WHERE NOT ${exists}`
      const [count] = await engine.query(`SELECT count(*) AS mg_new FROM (${fresh}) AS mg_fresh`)
      const values = await engine.query(`${fresh} ORDER BY mg_n DESC, mg_key_0 LIMIT ${mostNewShown}`)
      const distinct = Number(count?.mg_new ?? 0)
      const shown = values.map((row) => `"${showValue(row.mg_key_0 ?? null)}" (${formatCount(Number(row.mg_n))})`)
      const more = distinct > shown.length ? ` and ${formatCount(distinct - shown.length)} more` : ''
      const list = sensitive.has(column.name) ? '' : `: ${shown.join(', ')}${more}`
      return {
        ...outcome,
        observed: `${plural(distinct, 'new value')} in ${plural(outcome.counts?.failing ?? 0, 'row')}${list}`,
        figures: { new: distinct },
      }
    },
  }
}
