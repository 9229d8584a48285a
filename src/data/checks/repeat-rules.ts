import { plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Engine } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'
import { both, CannotRun, type CheckContext, columnOf, columnsOf } from './context.ts'
import { type Outcome, type Plan, rowAlias, type SampleQuery } from './plan.ts'
import { sampleColumns, sampleNames, selectRows } from './rows.ts'
import { identityOf } from './same-rows.ts'

/** Checks for rows that stand there more than once. Every row beyond the first of its value fails. */

export function unique(context: CheckContext, check: Check<'unique'>): Plan {
  const keys = columnsOf(context.data, check.args.columns)
  const values = keys.map((key) => key.sql)
  const present = both(context.where, ...values.map((value) => `${value} IS NOT NULL`))
  return {
    kind: 'query',
    expected: keys.length === 1 ? 'no value twice' : 'no combination twice',
    query: async (engine) =>
      repetitions(await countRepeated(engine, context, values, present), 'value', context, {
        values,
        shows: keys,
        condition: present,
      }),
  }
}

export function duplicates(context: CheckContext, check: Check<'duplicates'>): Plan {
  const { columns: names, except = [] } = check.args
  const left = new Set(columnsOf(context.data, except))
  const columns = (names?.map((name) => columnOf(context.data, name)) ?? context.data.columns).filter(
    (column) => !left.has(column),
  )
  if (columns.length === 0) throw new CannotRun('There is no column left to compare.')
  return {
    kind: 'query',
    expected: 'no row equal to an earlier one',
    query: async (engine) => {
      const values = await identityOf(engine, context.data, columns)
      const condition = both(context.where)
      const found = await countEqual(engine, context, values, condition)
      return repetitions(found, 'row', context, { values, shows: columns.slice(0, mostShown), condition })
    },
  }
}

/** Columns of a sample of whole rows. */
export const mostShown = 8

type Repeated = { values: number; failing: number; tested: number }

/** Values that stand there more than once, and rows beyond the first of each. */
async function countRepeated(
  engine: Engine,
  { data }: CheckContext,
  values: readonly string[],
  condition: string,
): Promise<Repeated> {
  const [row] = await engine.query(
    `SELECT count(*) FILTER (WHERE mg_n > 1) AS mg_values, coalesce(sum(mg_n - 1), 0) AS mg_failing, coalesce(sum(mg_n), 0) AS mg_tested FROM (SELECT count(*) AS mg_n FROM ${data.sql} WHERE ${condition} GROUP BY ${values.join(', ')}) AS mg_groups`,
  )
  return {
    values: Number(row?.mg_values ?? 0),
    failing: Number(row?.mg_failing ?? 0),
    tested: Number(row?.mg_tested ?? 0),
  }
}

/** Whole rows by their hash first, which needs little memory; then those whose hash is there twice as what they are. */
async function countEqual(
  engine: Engine,
  context: CheckContext,
  values: readonly string[],
  condition: string,
): Promise<Repeated> {
  const hash = engine.dialect.hash(values)
  const byHash = await countRepeated(engine, context, [hash], condition)
  if (byHash.values === 0) return byHash
  const suspicious = `${hash} IN (SELECT ${hash} FROM ${context.data.sql} WHERE ${condition} GROUP BY ${hash} HAVING count(*) > 1)`
  const exact = await countRepeated(engine, context, values, both(condition, suspicious))
  return { ...exact, tested: byHash.tested }
}

function repetitions(
  { values: repeated, failing, tested }: Repeated,
  noun: string,
  context: CheckContext,
  rows: { values: readonly string[]; shows: readonly RelationColumn[]; condition: string },
): Outcome {
  return {
    observed: failing === 0 ? 'no repetition' : `${plural(repeated, noun)} repeated`,
    counts: { failing, tested },
    figures: { values: repeated, failing },
    samples: repeatedSamples(context, rows),
  }
}

/** Rows beyond the first of their value; each repeated value once where rows have no order. */
function repeatedSamples(
  { dialect, data }: CheckContext,
  { values, shows, condition }: { values: readonly string[]; shows: readonly RelationColumn[]; condition: string },
): SampleQuery {
  const keys = Object.fromEntries(values.map((value, index) => [`mg_key_${index}`, value]))
  const names = Object.keys(keys)
  const rows = (within: string | undefined): string =>
    selectRows(data, { ...keys, ...sampleColumns(dialect, data, shows) }, both(within, condition))
  const shown = sampleNames(data, shows, 'mg_rows')
  if (data.row === undefined) {
    return {
      shows,
      sql: () =>
        `SELECT ${shown} FROM (${rows(undefined)}) AS mg_rows GROUP BY ${names.join(', ')}, ${shown} HAVING count(*) > 1`,
    }
  }
  const equal = names.map((name) => `mg_rows.${name} IS NOT DISTINCT FROM mg_first.${name}`)
  return {
    shows,
    sql: (within) => {
      const first = `SELECT ${names.join(', ')}, min(${rowAlias}) AS mg_first_row FROM (${rows(within)}) AS mg_all GROUP BY ${names.join(', ')} HAVING count(*) > 1`
      return `SELECT ${shown} FROM (${rows(within)}) AS mg_rows JOIN (${first}) AS mg_first ON ${both(...equal, `mg_rows.${rowAlias} > mg_first.mg_first_row`)}`
    },
  }
}
