import { formatCount, formatPercent, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { Engine, SqlValue } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'
import { CannotRun, type CheckContext, columnOf, columnsOf } from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { showValue } from './samples.ts'
import { groups, valueCountsOf, withoutValues } from './statistics.ts'
import { isBetween } from './table-rules.ts'

/** Checks of how many different values a column has, and how often. */

export function distinct(context: CheckContext, check: Check<'distinct'>): Plan {
  const { min, max, 'min-share': minShare, 'max-share': maxShare } = check.args
  const column = columnOf(context.data, check.args.column)
  const words = [
    ...(min === undefined ? [] : [`at least ${formatCount(min)}`]),
    ...(max === undefined ? [] : [`at most ${formatCount(max)}`]),
    ...(minShare === undefined ? [] : [`at least ${formatPercent(minShare)} of the values`]),
    ...(maxShare === undefined ? [] : [`at most ${formatPercent(maxShare)} of the values`]),
  ]
  return {
    kind: 'query',
    expected: `${words.join(', ')} different`,
    query: async (engine) => {
      const counts = await valueCountsOf({ engine, relation: context.data, column, where: context.where })
      const share = counts.present === 0 ? undefined : counts.distinct / counts.present
      if (share === undefined && (minShare !== undefined || maxShare !== undefined)) throw withoutValues(column)
      return {
        observed: `${plural(counts.distinct, 'different value')} of ${formatCount(counts.present)}`,
        holds:
          isBetween(counts.distinct, { min, max }) &&
          (share === undefined || isBetween(share, { min: minShare, max: maxShare })),
        figures: { distinct: counts.distinct, values: counts.present },
      }
    },
  }
}

export function mostCommon(context: CheckContext, check: Check<'most-common'>): Plan {
  const column = columnOf(context.data, check.args.column)
  const most = check.args['max-share']
  return {
    kind: 'query',
    expected: `no value in more than ${formatPercent(most)} of the rows that have one`,
    query: async (engine) => {
      const [first] = await commonest(engine, context, column, 1)
      const { present } = await valueCountsOf({ engine, relation: context.data, column, where: context.where })
      if (first === undefined) throw withoutValues(column)
      return {
        observed: `${valueText(context, column, first.value)} in ${formatCount(first.rows)} of ${formatCount(present)} (${formatPercent(first.rows / present)})`,
        holds: first.rows / present <= most,
        figures: { rows: first.rows, values: present },
      }
    },
  }
}

/** Missing counts as a value here: what is there or is missing tells something. */
export function notConstant(context: CheckContext, check: Check<'not-constant'>): Plan {
  const column = columnOf(context.data, check.args.columns[0] ?? '')
  const most = 'max-share' in check.args ? check.args['max-share'] : undefined
  return {
    kind: 'query',
    expected:
      most === undefined
        ? 'more than one value'
        : `no value in more than ${formatPercent(most)} of the rows, nor missing in them`,
    query: async (engine) => {
      const counts = await valueCountsOf({ engine, relation: context.data, column, where: context.where })
      if (counts.rows === 0) throw new CannotRun('There is no row to look at.')
      const missing = counts.rows - counts.present
      const largest = Math.max(counts.most, missing)
      const different = counts.distinct + (missing > 0 ? 1 : 0)
      return {
        observed:
          counts.present === 0
            ? 'no value at all'
            : `${plural(different, 'value')}${missing > 0 ? ', missing being one' : ''}, the most common in ${formatPercent(largest / counts.rows)}`,
        holds: different > 1 && (most === undefined || largest / counts.rows <= most),
        figures: { distinct: counts.distinct, missing, largest, rows: counts.rows },
      }
    },
  }
}

export function classBalance(context: CheckContext, check: Check<'class-balance'>): Plan {
  const { 'min-share': minShare, 'max-ratio': maxRatio } = check.args
  const column = columnOf(context.data, check.args.column)
  const words = [
    ...(minShare === undefined ? [] : [`the rarest class in at least ${formatPercent(minShare)}`]),
    ...(maxRatio === undefined ? [] : [`the largest class at most ${maxRatio} times the rarest`]),
  ]
  return {
    kind: 'query',
    expected: words.join(', '),
    query: async (engine) => {
      const counts = await valueCountsOf({ engine, relation: context.data, column, where: context.where })
      if (counts.present === 0) throw withoutValues(column)
      const [rarest] = await commonest(engine, context, column, 1, 'ASC')
      const rows = rarest?.rows ?? 0
      return {
        observed:
          counts.distinct === 1
            ? 'one class only'
            : `${formatCount(counts.distinct)} classes, the rarest ${valueText(context, column, rarest?.value ?? null)} in ${formatCount(rows)} of ${formatCount(counts.present)} (${formatPercent(rows / counts.present)}), the largest in ${formatCount(counts.most)}`,
        holds:
          counts.distinct > 1 &&
          (minShare === undefined || rows / counts.present >= minShare) &&
          (maxRatio === undefined || counts.most <= maxRatio * rows),
        figures: { classes: counts.distinct, rarest: rows, largest: counts.most, values: counts.present },
      }
    },
  }
}

/** With fewer rows a column of measurements has a value of its own in each row as well. */
const fewestRows = 20

/** Of its own accord it looks at whole numbers and texts: measurements and times differ from row to row by nature. */
export function idLike(context: CheckContext, check: Check<'id-like'>): Plan {
  const { columns: names, except = [], 'max-share': most } = check.args
  const left = new Set(columnsOf(context.data, except))
  const columns = (
    names === undefined
      ? context.data.columns.filter(({ kind }) => kind === 'integer' || kind === 'string')
      : columnsOf(context.data, names)
  ).filter((column) => !left.has(column))
  return {
    kind: 'query',
    expected: `no column with a value of its own in more than ${formatPercent(most)} of the rows`,
    query: async (engine): Promise<Outcome> => {
      const shares: { name: string; share: number }[] = []
      for (const column of columns) {
        const counts = await valueCountsOf({ engine, relation: context.data, column, where: context.where })
        if (counts.present >= fewestRows) shares.push({ name: column.name, share: counts.distinct / counts.present })
      }
      if (shares.length === 0) throw new CannotRun(`No column has ${fewestRows} values or more to tell it from.`)
      shares.sort((one, other) => other.share - one.share)
      const found = shares.filter(({ share }) => share > most)
      const [first] = shares
      return {
        observed:
          found.length === 0
            ? `${plural(shares.length, 'column')}, at most ${formatPercent(first?.share ?? 0)} different values`
            : `like identifiers: ${found
                .slice(0, 10)
                .map(({ name, share }) => `${name} (${formatPercent(share)})`)
                .join(', ')}${found.length > 10 ? ` and ${found.length - 10} more` : ''}`,
        holds: found.length === 0,
        figures: Object.fromEntries(shares.slice(0, 20).map(({ name, share }) => [name, share])),
      }
    },
  }
}

type Common = { value: SqlValue; rows: number }

/** The most (or least) frequent values; of equally frequent ones the smallest first. */
async function commonest(
  engine: Engine,
  { data, where }: CheckContext,
  column: RelationColumn,
  count: number,
  direction: 'ASC' | 'DESC' = 'DESC',
): Promise<Common[]> {
  const rows = await engine.query(
    `SELECT mg_value, mg_n FROM (${groups(data, column, where)}) AS mg_groups ORDER BY mg_n ${direction}, mg_value LIMIT ${count}`,
  )
  return rows.map((row) => ({ value: row.mg_value ?? null, rows: Number(row.mg_n) }))
}

function valueText({ sensitive }: CheckContext, column: RelationColumn, value: SqlValue): string {
  return sensitive.has(column.name) ? 'a value (not shown: the column is sensitive)' : `"${showValue(value)}"`
}
