import { formatNumber } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import { doubleLiteral } from '../moments.ts'
import { both, CannotRun, type CheckContext, columnOf } from './context.ts'
import type { Plan } from './plan.ts'
import { countFailing } from './rows.ts'
import { type ColumnOf, momentsOf, orderStatistic, requireNumbers, stdevOf } from './statistics.ts'

const usualFactor = 3

/** NaN and infinite numbers are outliers, and leave the middle alone. */
export function outliers(context: CheckContext, check: Check<'outliers'>): Plan {
  const { dialect, data, where, sensitive } = context
  const { method, factor = usualFactor } = check.args
  const column = columnOf(data, check.args.columns[0] ?? '')
  requireNumbers(column)
  const finite = column.kind === 'number' ? dialect.isFinite(column.sql) : 'TRUE'
  const value = dialect.double(column.sql)
  return {
    kind: 'query',
    expected: `within ${factor} ${method === 'sigma' ? 'standard deviations of the mean' : 'spans between the quartiles of them'}`,
    query: async (engine) => {
      const of: ColumnOf = { engine, relation: data, column, where: both(where, finite) }
      const [low, high] = method === 'sigma' ? await sigmaFences(of, factor) : await quartileFences(of, factor)
      const outcome = await countFailing(engine, context, {
        applies: `${column.sql} IS NOT NULL`,
        fails: `NOT (${finite}) OR ${value} < ${doubleLiteral(dialect, low)} OR ${value} > ${doubleLiteral(dialect, high)}`,
        shows: [column],
      })
      if (sensitive.has(column.name)) return outcome
      return {
        ...outcome,
        observed: `${outcome.observed} (from ${formatNumber(low)} to ${formatNumber(high)})`,
        figures: { low, high },
      }
    },
  }
}

async function sigmaFences(of: ColumnOf, factor: number): Promise<[number, number]> {
  const { moments } = await momentsOf(of)
  const reach = factor * stdevOf(moments, of.column)
  return [moments.mean - reach, moments.mean + reach]
}

async function quartileFences(of: ColumnOf, factor: number): Promise<[number, number]> {
  const [low, high] = [await orderStatistic(of, 0.25), await orderStatistic(of, 0.75)].map(({ value }) => Number(value))
  if (low === undefined || high === undefined || low === high) {
    throw new CannotRun(
      `Half of the values of column "${of.column.name}" are equal, so that nothing lies between its quartiles. Use the method \`sigma\`.`,
    )
  }
  const reach = factor * (high - low)
  return [low - reach, high + reach]
}
