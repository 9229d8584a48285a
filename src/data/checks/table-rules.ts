import { formatCount, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { both, type CheckContext, columnsOf, otherData } from './context.ts'
import { type Plan, rowAlias } from './plan.ts'

/** Checks of the table as a whole. */

/** Which columns are there, and in which order. */
export function columns({ data }: CheckContext, check: Check<'columns'>): Plan {
  const { required, known, strict, ordered } = check.args
  const names = data.columns.map((column) => column.name)
  const missing = required.filter((name) => !names.includes(name))
  const unknown = strict ? names.filter((name) => !known.includes(name)) : []
  const present = names.filter((name) => known.includes(name))
  const expectedOrder = known.filter((name) => names.includes(name))
  const disordered = ordered ? present.find((name, index) => name !== expectedOrder[index]) : undefined
  const faults = [
    ...(missing.length === 0 ? [] : [`missing: ${listed(missing)}`]),
    ...(unknown.length === 0 ? [] : [`not expected: ${listed(unknown)}`]),
    ...(disordered === undefined ? [] : [`out of order from "${disordered}" on`]),
  ]
  const expected = [
    plural(required.length, 'required column'),
    ...(strict ? ['no others'] : []),
    ...(ordered ? ['in this order'] : []),
  ].join(', ')
  return {
    kind: 'settled',
    expected,
    outcome: {
      observed: faults.length === 0 ? plural(names.length, 'column') : faults.join('; '),
      holds: faults.length === 0,
      figures: { columns: names.length, missing: missing.length, unknown: unknown.length },
    },
  }
}

const mostListed = 10

function listed(names: readonly string[]): string {
  const more = names.length - mostListed
  return names.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

export function rows(context: CheckContext, check: Check<'rows'>): Plan {
  const { min, max, 'vs-reference': relative } = check.args
  const reference = relative === undefined ? undefined : otherData(context, undefined).rows
  const words = [
    ...(min === undefined ? [] : [`at least ${formatCount(min)}`]),
    ...(max === undefined ? [] : [`at most ${formatCount(max)}`]),
    ...(relative?.min === undefined ? [] : [`at least ${relative.min} times the reference`]),
    ...(relative?.max === undefined ? [] : [`at most ${relative.max} times the reference`]),
  ]
  return {
    kind: 'measure',
    expected: words.join(', '),
    aggregates: { rows: 'count(*)' },
    judge: ({ rows: counted }) => {
      const count = Number(counted)
      const holds =
        count >= (min ?? 0) &&
        count <= (max ?? Number.POSITIVE_INFINITY) &&
        (reference === undefined ||
          (count >= (relative?.min ?? 0) * reference &&
            count <= (relative?.max ?? Number.POSITIVE_INFINITY) * reference))
      return {
        observed: plural(count, 'row') + (reference === undefined ? '' : ` against ${formatCount(reference)}`),
        holds,
        figures: { rows: count, ...(reference === undefined ? {} : { reference }) },
      }
    },
  }
}

/** Every row beyond the first of its value fails. */
export function unique(context: CheckContext, check: Check<'unique'>): Plan {
  const { data, where } = context
  const keys = columnsOf(data, check.args.columns)
  const names = keys.map((key) => key.sql).join(', ')
  const present = both(where, ...keys.map((key) => `${key.sql} IS NOT NULL`))
  const repeated = `SELECT ${names}, count(*) AS mg_count FROM ${data.sql} WHERE ${present} GROUP BY ${names} HAVING count(*) > 1`
  return {
    kind: 'query',
    expected: keys.length === 1 ? 'no value twice' : 'no combination twice',
    query: async (engine) => {
      const [found] = await engine.query(
        `SELECT count(*) AS mg_values, coalesce(sum(mg_count - 1), 0) AS mg_excess FROM (${repeated}) AS mg_repeated`,
      )
      const [tested] = await engine.query(`SELECT count(*) AS mg_tested FROM ${data.sql} WHERE ${present}`)
      const values = Number(found?.mg_values ?? 0)
      const failing = Number(found?.mg_excess ?? 0)
      const match = keys.map((key) => `mg_data.${key.sql} = mg_repeated.${key.sql}`).join(' AND ')
      const row = data.row === undefined ? '' : `, mg_data.${data.row} AS ${rowAlias}`
      return {
        observed: failing === 0 ? 'no repetition' : `${plural(values, 'value')} repeated`,
        counts: { failing, tested: Number(tested?.mg_tested ?? 0) },
        figures: { values, failing },
        samples: {
          sql: `SELECT ${keys.map((key) => `mg_data.${key.sql}`).join(', ')}${row} FROM ${data.sql} AS mg_data JOIN (${repeated}) AS mg_repeated ON ${match} WHERE ${both(where)}`,
          shows: keys,
        },
      }
    },
  }
}
