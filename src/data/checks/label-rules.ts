import { formatNumber, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { chiSquareTest } from '../../stats/chi-square.ts'
import { populationStabilityIndex } from '../../stats/distances.ts'
import { ksTest } from '../../stats/kolmogorov-smirnov.ts'
import type { Engine, SqlRow } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'
import {
  both,
  CannotRun,
  type CheckContext,
  columnOf,
  columnsOf,
  isMeasured,
  isTime,
  otherData,
  whereIn,
} from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { mostShown } from './repeat-rules.ts'
import { describeCounts, sampleColumns, sampleNames, selectRows, withKey } from './rows.ts'
import { identityOf, requireComparable } from './same-rows.ts'

/** Rows with equal features and different labels all fail: which of them is wrong cannot be told. Rows without a label do not count. */
export function conflictingLabels(context: CheckContext, check: Check<'conflicting-labels'>): Plan {
  const { features: names, except = [] } = check.args
  const { data, dialect } = context
  const label = columnOf(data, check.args.label)
  const left = new Set([label, ...columnsOf(data, except)])
  const features = (names === undefined ? data.columns : columnsOf(data, names)).filter((column) => !left.has(column))
  if (features.length === 0) throw new CannotRun('There is no feature beside the label.')
  const labelled = both(context.where, `${label.sql} IS NOT NULL`)
  // Text has an order in every database, truth values have none in some.
  const named = label.kind === 'string' || isMeasured(label) || isTime(label) ? label.sql : dialect.text(label.sql)
  return {
    kind: 'query',
    expected: 'equal features have equal labels',
    query: async (engine) => {
      const values = await identityOf(engine, data, features)
      const keys = Object.fromEntries(values.map((value, index) => [`mg_key_${index}`, value]))
      const names = Object.keys(keys)
      const hash = dialect.hash(values)
      // By hash first: it needs little memory, and misses nothing.
      const suspicious = `${hash} IN (SELECT ${hash} FROM ${data.sql} WHERE ${labelled} GROUP BY ${hash} HAVING min(${named}) <> max(${named}))`
      const conflicts = `SELECT ${names.join(', ')}, count(*) AS mg_rows FROM (${selectRows(data, { ...keys, mg_label: named }, both(labelled, suspicious))}) AS mg_suspects GROUP BY ${names.join(', ')} HAVING min(mg_label) <> max(mg_label)`
      const [all] = await engine.query(selectRows(data, { mg_tested: 'count(*)' }, labelled))
      const [found] = await engine.query(
        `SELECT count(*) AS mg_groups, coalesce(sum(mg_rows), 0) AS mg_failing FROM (${conflicts}) AS mg_conflicts`,
      )
      const counts = { failing: Number(found?.mg_failing ?? 0), tested: Number(all?.mg_tested ?? 0) }
      const shows = withKey(data, [label, ...features.slice(0, mostShown)])
      const equal = names.map((name) => `mg_rows.${name} IS NOT DISTINCT FROM mg_conflicts.${name}`)
      const groups = Number(found?.mg_groups ?? 0)
      return {
        observed:
          counts.failing === 0
            ? describeCounts(counts)
            : `${plural(counts.failing, 'row')} in ${plural(groups, 'group')} of equal features`,
        counts,
        figures: { groups },
        samples: {
          shows,
          sql: () =>
            `SELECT ${sampleNames(data, shows, 'mg_rows')} FROM (${selectRows(data, { ...keys, ...sampleColumns(dialect, data, shows) }, both(labelled, suspicious))}) AS mg_rows JOIN (${conflicts}) AS mg_conflicts ON ${both(...equal)}`,
        },
      }
    },
  }
}

/** The same as for drift: below them nothing can be told, or chance tells it. */
const fewestRows = 200
const significance = 0.001

/** So many of the most frequent classes of the reference count one by one, all others together. */
const mostClasses = 50

export function labelDrift(context: CheckContext, check: Check<'label-drift'>): Plan {
  const { data } = context
  const { 'warn-at': warnAt, 'error-at': errorAt } = check.args
  const there = otherData(context, check.args.with)
  const column = columnOf(data, check.args.column)
  const other = columnOf(there, check.args.column)
  requireComparable([column], [other], { here: data, there })
  const isNumeric = isMeasured(column) || isTime(column)
  const method = isNumeric ? 'Kolmogorov-Smirnov distance' : 'population stability index'
  return {
    kind: 'query',
    expected: `distributed as in ${there.name}: warns from a ${method} of ${warnAt}, fails from ${errorAt}, with p at most ${significance}`,
    query: async (engine): Promise<Outcome> => {
      const union = [
        selectRows(
          data,
          { mg_value: column.sql, mg_here: '1', mg_there: '0' },
          both(context.where, presentIn(engine, column)),
        ),
        selectRows(
          there,
          { mg_value: other.sql, mg_here: '0', mg_there: '1' },
          both(await whereIn(engine, check, there), presentIn(engine, other)),
        ),
      ].join(' UNION ALL ')
      const counts = `SELECT mg_value, sum(mg_here) AS mg_here, sum(mg_there) AS mg_there FROM (${union}) AS mg_both GROUP BY mg_value`
      const { effect, p, rows } = isNumeric ? await byOrder(engine, counts) : await byClass(engine, counts)
      const isReal = p <= significance
      return {
        observed: `${formatNumber(effect)} with p ${p === 0 ? '0' : p.toPrecision(2)}, over ${plural(rows.here, 'row')} against ${plural(rows.there, 'row')}`,
        level: isReal && effect >= errorAt ? 'error' : isReal && effect >= warnAt ? 'warn' : 'pass',
        figures: { effect, p, rows: rows.here, reference: rows.there },
      }
    },
  }
}

function presentIn({ dialect }: Engine, column: RelationColumn): string {
  // NaN has no place in an order, and is no label.
  return column.kind === 'number' ? dialect.isFinite(column.sql) : `${column.sql} IS NOT NULL`
}

type Drift = { effect: number; p: number; rows: { here: number; there: number } }

/** Where the two distribution functions are farthest apart, which says all that the test needs. */
async function byOrder(engine: Engine, counts: string): Promise<Drift> {
  const rows = await totals(engine, counts)
  const running = (name: string): string =>
    `sum(${name}) OVER (ORDER BY mg_value ROWS UNBOUNDED PRECEDING) AS ${name}_below`
  const [gap = {}] = await engine.query(
    `SELECT mg_here_below, mg_there_below FROM (SELECT mg_value, ${running('mg_here')}, ${running('mg_there')} FROM (${counts}) AS mg_counts) AS mg_running ORDER BY abs(mg_here_below * ${rows.there} - mg_there_below * ${rows.here}) DESC, mg_value LIMIT 1`,
  )
  const [here, there] = [Number(gap.mg_here_below ?? 0), Number(gap.mg_there_below ?? 0)]
  const { statistic, pValue } = ksTest([here, rows.here - here], [there, rows.there - there])
  return { effect: statistic, p: pValue, rows }
}

async function byClass(engine: Engine, counts: string): Promise<Drift> {
  const rows = await totals(engine, counts)
  const found = await engine.query(
    `SELECT mg_value, mg_here, mg_there FROM (${counts}) AS mg_counts ORDER BY mg_there DESC, mg_here DESC, mg_value LIMIT ${mostClasses}`,
  )
  const sum = (list: readonly SqlRow[], name: string): number =>
    list.reduce((total, row) => total + Number(row[name] ?? 0), 0)
  const withRest = (name: 'mg_here' | 'mg_there', total: number): number[] => [
    ...found.map((row) => Number(row[name] ?? 0)),
    total - sum(found, name),
  ]
  const [here, there] = [withRest('mg_here', rows.here), withRest('mg_there', rows.there)]
  return { effect: populationStabilityIndex(here, there), p: chiSquareTest(here, there).pValue, rows }
}

/** Throws CannotRun with fewer rows than can tell anything. */
async function totals(engine: Engine, counts: string): Promise<Drift['rows']> {
  const [row = {}] = await engine.query(
    `SELECT coalesce(sum(mg_here), 0) AS mg_here, coalesce(sum(mg_there), 0) AS mg_there FROM (${counts}) AS mg_counts`,
  )
  const rows = { here: Number(row.mg_here ?? 0), there: Number(row.mg_there ?? 0) }
  if (rows.here >= fewestRows && rows.there >= fewestRows) return rows
  throw new CannotRun(
    `There are ${plural(rows.here, 'label')} here and ${rows.there} in the reference: with fewer than ${fewestRows} on either side drift cannot be told from chance.`,
  )
}
