import { formatNumber, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { leavePairOutAuc } from '../../stats/leave-pair-out-auc.ts'
import type { Engine, SqlValue } from '../engine/engine.ts'
import type { RelationColumn } from '../relation.ts'
import { both, CannotRun, type CheckContext, columnOf, columnsOf, isMeasured, isTime } from './context.ts'
import { valueLiteral } from './literals.ts'
import type { Outcome, Plan } from './plan.ts'
import { selectRows } from './rows.ts'

/**
 * How well each column alone tells the class of a row, as the area under the ROC curve; exact, from the rows of either class per value.
 *
 * By order: numbers and times rank the rows as they are, from either end; missing values come first or last, whichever tells more.
 * By value: rows are ranked by the share of the class among the other rows of the same value, missing being a value (`leavePairOutAuc`). Texts
 * and truth values have nothing else; numbers are looked at in this way too where their values repeat, because codes have no order.
 */
export function leakage(context: CheckContext, check: Check<'leakage'>): Plan {
  const { columns: names, except = [], 'warn-at': warnAt, 'error-at': errorAt } = check.args
  const { data } = context
  const label = columnOf(data, check.args.label)
  const left = new Set([label, ...columnsOf(data, except)])
  const features = (names === undefined ? data.columns : columnsOf(data, names)).filter((column) => !left.has(column))
  const comparable = features.filter(({ kind }) => kind !== 'nested' && kind !== 'binary')
  const skipped = features.length - comparable.length
  if (comparable.length === 0) throw new CannotRun('There is no column beside the label to look at.')
  return {
    kind: 'query',
    expected: `no column alone tells the label: warns from an area under the curve of ${warnAt}, fails from ${errorAt}`,
    query: async (engine): Promise<Outcome> => {
      const classes = await largestClass(engine, context, label)
      const found: Power[] = []
      for (const column of comparable) found.push(await powerOf(engine, context, column, classes))
      found.sort((one, other) => other.auc - one.auc)
      const strongest = found[0]?.auc ?? 0
      const strong = found.filter(({ auc }) => auc >= warnAt)
      const named = (strong.length === 0 ? found.slice(0, 1) : strong.slice(0, 10)).map(
        ({ name, auc, way }) => `${name} ${formatNumber(auc)} by ${way}`,
      )
      return {
        observed: [
          `${strong.length === 0 ? 'strongest' : `${plural(strong.length, 'column')} from ${warnAt} on`}: ${named.join(', ')}`,
          ...(strong.length > 10 ? [`${strong.length - 10} more`] : []),
          ...(skipped === 0 ? [] : [`${plural(skipped, 'column')} of nested or binary values not looked at`]),
        ].join('; '),
        level: strongest >= errorAt ? 'error' : strongest >= warnAt ? 'warn' : 'pass',
        figures: Object.fromEntries(found.slice(0, 20).map(({ name, auc }) => [name, auc])),
      }
    },
  }
}

/** More are no classes but numbers. */
const mostClasses = 100

/** With fewer rows of either class a column tells them by chance. */
const fewestRows = 20

/** With fewer rows for each value, values of numbers are not looked at one by one. */
const rowsPerValue = 20

type Classes = {
  /** SQL over a row: true for the largest class, false for all others. NULL without a label. */
  isLargest: string
  positives: bigint
  negatives: bigint
}

async function largestClass(engine: Engine, { data, where }: CheckContext, label: RelationColumn): Promise<Classes> {
  if (label.kind === 'nested' || label.kind === 'binary') {
    throw new CannotRun(`Column "${label.name}" holds ${label.kind} values, which are no classes.`)
  }
  const rows = await engine.query(
    `SELECT mg_value, count(*) AS mg_n FROM (${selectRows(data, { mg_value: label.sql }, both(where, `${label.sql} IS NOT NULL`))}) AS mg_labels GROUP BY mg_value ORDER BY mg_n DESC, mg_value LIMIT ${mostClasses + 1}`,
  )
  if (rows.length > mostClasses) {
    throw new CannotRun(
      `Column "${label.name}" has more than ${mostClasses} different values: leakage is looked for in classes, not in numbers.`,
    )
  }
  const [first, ...others] = rows.map((row) => ({ value: row.mg_value ?? null, rows: BigInt(String(row.mg_n)) }))
  const negatives = others.reduce((sum, each) => sum + each.rows, 0n)
  if (first === undefined || first.rows < fewestRows || negatives < fewestRows) {
    throw new CannotRun(
      `The label "${label.name}" has fewer than ${fewestRows} rows of its largest class, or of all others: too few to tell chance from leakage.`,
    )
  }
  return {
    isLargest: `${label.sql} = ${valueLiteral(engine.dialect, label, first.value)}`,
    positives: first.rows,
    negatives,
  }
}

type Power = { name: string; auc: number; way: 'order' | 'value' }

async function powerOf(
  engine: Engine,
  { data, where }: CheckContext,
  column: RelationColumn,
  { isLargest, positives, negatives }: Classes,
): Promise<Power> {
  // NaN has no place in an order: it is as good as missing.
  const value =
    column.kind === 'number' ? `CASE WHEN NOT ${engine.dialect.isNaN(column.sql)} THEN ${column.sql} END` : column.sql
  const rows = selectRows(data, { mg_value: value, mg_class: isLargest }, both(where, `(${isLargest}) IS NOT NULL`))
  const counts = `SELECT mg_value, count(*) FILTER (WHERE mg_class) AS mg_p, count(*) FILTER (WHERE NOT mg_class) AS mg_n FROM (${rows}) AS mg_rows GROUP BY mg_value`
  const { name } = column
  if (!isMeasured(column) && !isTime(column)) return { name, auc: await aucByValue(engine, counts), way: 'value' }
  const { auc, values } = await aucByOrder(engine, counts, positives, negatives)
  if (BigInt(values * rowsPerValue) > positives + negatives) return { name, auc, way: 'order' }
  const byValue = await aucByValue(engine, counts)
  return byValue > auc ? { name, auc: byValue, way: 'value' } : { name, auc, way: 'order' }
}

async function aucByOrder(
  engine: Engine,
  counts: string,
  positives: bigint,
  negatives: bigint,
): Promise<{ auc: number; values: number }> {
  // A positive row wins against the negative ones below it, and half against those of its own value.
  const [row = {}] = await engine.query(
    `SELECT count(*) AS mg_values, coalesce(sum(mg_p), 0) AS mg_p, coalesce(sum(mg_n), 0) AS mg_n, coalesce(sum(mg_p * (2 * mg_below + mg_n)), 0) AS mg_wins FROM (SELECT mg_p, mg_n, sum(mg_n) OVER (ORDER BY mg_value ROWS UNBOUNDED PRECEDING) - mg_n AS mg_below FROM (${counts}) AS mg_counts WHERE mg_value IS NOT NULL) AS mg_ranked`,
  )
  const [p, n, wins] = [wholeOf(row.mg_p), wholeOf(row.mg_n), wholeOf(row.mg_wins)]
  const [missingP, missingN] = [positives - p, negatives - n]
  const all = 2n * positives * negatives
  const first = wins + 2n * p * missingN + missingP * missingN
  const last = wins + 2n * missingP * n + missingP * missingN
  const best = [first, all - first, last, all - last].reduce((one, other) => (one > other ? one : other))
  return { auc: Number(best) / Number(all), values: Number(row.mg_values ?? 0) }
}

async function aucByValue(engine: Engine, counts: string): Promise<number> {
  const rows = await engine.query(
    `SELECT mg_p, mg_n, count(*) AS mg_values FROM (${counts}) AS mg_counts GROUP BY mg_p, mg_n`,
  )
  return leavePairOutAuc(
    rows.map((row) => ({
      positives: Number(row.mg_p ?? 0),
      negatives: Number(row.mg_n ?? 0),
      values: Number(row.mg_values ?? 0),
    })),
  )
}

function wholeOf(value: SqlValue | undefined): bigint {
  return BigInt(String(value ?? 0))
}
