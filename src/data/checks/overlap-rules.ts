import { plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { both, CannotRun, type CheckContext, columnOf, columnsOf, isTime, otherData } from './context.ts'
import { countMatching, keysOf } from './foreign-rules.ts'
import type { Outcome, Plan } from './plan.ts'
import { mostShown } from './repeat-rules.ts'
import { countFailing, selectRows } from './rows.ts'
import { identityPairs, matchOf, requireComparable } from './same-rows.ts'

/** Checks that training and evaluation data are apart. Rows of this data set fail; `where` is about them. */

export function overlap(context: CheckContext, check: Check<'overlap'>): Plan {
  const { key } = check.args
  return key === undefined ? wholeRows(context, check) : byKey(context, check.args.with, key, 'keys')
}

export function groupLeakage(context: CheckContext, check: Check<'group-leakage'>): Plan {
  return byKey(context, check.args.with, [check.args.group], 'groups')
}

/** A row without a key is like no other. */
function byKey(context: CheckContext, other: string | undefined, names: readonly string[], what: string): Plan {
  const there = otherData(context, other)
  const { columns, pairs } = keysOf(context, there, names)
  const present = both(context.where, ...columns.map(({ sql }) => `${sql} IS NOT NULL`))
  return {
    kind: 'query',
    expected: `no ${what} of ${there.name}`,
    query: async (engine): Promise<Outcome> => {
      const { expressions, exists } = matchOf(engine, there, pairs, true)
      const outcome = await countMatching(engine, context, { expressions, fails: exists, shows: columns, present })
      if (outcome.counts?.failing === 0) return { ...outcome, observed: `no ${what} in common`, figures: { shared: 0 } }
      const keys = Object.keys(expressions).join(', ')
      const [row] = await engine.query(
        `SELECT count(*) AS mg_shared FROM (SELECT ${keys} FROM (${selectRows(context.data, expressions, present)}) AS mg_all GROUP BY ${keys}) AS mg_here WHERE ${exists}`,
      )
      const shared = Number(row?.mg_shared ?? 0)
      const noun = what.slice(0, -1)
      return {
        ...outcome,
        observed: `${plural(shared, noun)} of ${plural(outcome.counts?.failing ?? 0, 'row')} also in ${there.name}`,
        figures: { shared },
      }
    },
  }
}

/** Columns that the other data set does not have cannot count: the rest is compared, and the words say so. */
function wholeRows(context: CheckContext, check: Check<'overlap'>): Plan {
  const { data } = context
  const there = otherData(context, check.args.with)
  const left = new Set(columnsOf(data, check.args.except ?? []))
  const wanted = data.columns.filter((column) => !left.has(column))
  const columns = wanted.filter(({ name }) => there.columns.some((column) => column.name === name))
  if (columns.length === 0) throw new CannotRun(`${data.name} and ${there.name} have no column in common.`)
  const others = columns.map(({ name }) => columnOf(there, name))
  requireComparable(columns, others, { here: data, there })
  const compared = columns.length === data.columns.length ? '' : ` in ${plural(columns.length, 'column')}`
  return {
    kind: 'query',
    expected: `no row of ${there.name}${compared}`,
    query: async (engine): Promise<Outcome> => {
      const pairs = await identityPairs(engine, { relation: data, columns }, { relation: there, columns: others })
      const { expressions, exists, mayExist } = matchOf(engine, there, pairs, false)
      const matching = { expressions, shows: columns.slice(0, mostShown), present: both(context.where) }
      // Where no hash is shared no row is: the usual case, and it needs little memory.
      const byHash =
        mayExist === undefined ? undefined : await countMatching(engine, context, { ...matching, fails: mayExist })
      const outcome =
        byHash?.counts?.failing === 0 ? byHash : await countMatching(engine, context, { ...matching, fails: exists })
      const failing = outcome.counts?.failing ?? 0
      return {
        ...outcome,
        observed: failing === 0 ? 'no row in common' : `${plural(failing, 'row')} also in ${there.name}`,
      }
    },
  }
}

/** Equal times fail too: a row of the same moment is not known before. */
export function timeOrder(context: CheckContext, check: Check<'time-order'>): Plan {
  const { data, sensitive } = context
  const there = otherData(context, check.args.with)
  const column = columnOf(data, check.args.column)
  const other = columnOf(there, check.args.column)
  for (const each of [column, other]) {
    if (!isTime(each)) throw new CannotRun(`Column "${each.name}" holds ${each.kind} values, not dates or timestamps.`)
  }
  const before = check.args.this === 'before'
  const edge = selectRows(there, { mg_edge: `${before ? 'min' : 'max'}(${other.sql})` })
  const what = `${before ? 'before the first' : 'after the last'} of ${there.name}`
  return {
    kind: 'query',
    expected: what,
    query: async (engine) => {
      const [found] = await engine.query(
        `SELECT ${context.dialect.text('mg_edge')} AS mg_edge FROM (${edge}) AS mg_edges`,
      )
      const text = found?.mg_edge
      if (text === null || text === undefined) {
        throw new CannotRun(`${there.name} has no value in column "${other.name}" to compare with.`)
      }
      const outcome = await countFailing(engine, context, {
        applies: `${column.sql} IS NOT NULL`,
        fails: `${column.sql} ${before ? '>=' : '<='} (${edge})`,
        shows: [column],
      })
      return sensitive.has(column.name)
        ? outcome
        : { ...outcome, observed: `${outcome.observed} (${what} at ${String(text)})` }
    },
  }
}
