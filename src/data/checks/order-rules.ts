import { formatCount, plural } from '../../base/number-text.ts'
import type { Check } from '../../config/checks/check.ts'
import type { RelationColumn } from '../relation.ts'
import { both, CannotRun, type CheckContext, columnOf, columnsOf, isMeasured, isTime } from './context.ts'
import type { Outcome, Plan } from './plan.ts'
import { describeCounts, sampleColumns, sampleNames, selectRows } from './rows.ts'
import { withoutValues } from './statistics.ts'

/** Checks of the order of rows, and of times. */

export function increasing(context: CheckContext, check: Check<'increasing'>): Plan {
  return monotonic(
    context,
    check,
    check.args.strictly ? 'always rises' : 'never falls',
    check.args.strictly ? '<=' : '<',
  )
}

export function decreasing(context: CheckContext, check: Check<'decreasing'>): Plan {
  return monotonic(
    context,
    check,
    check.args.strictly ? 'always falls' : 'never rises',
    check.args.strictly ? '>=' : '>',
  )
}

/** A row fails by the last one before it that has a value; NaN fails by itself. */
function monotonic(
  context: CheckContext,
  check: Check<'increasing'> | Check<'decreasing'>,
  expected: string,
  wrong: string,
): Plan {
  const { dialect, data, where } = context
  const column = columnOf(data, check.args.column)
  const by = columnsOf(data, check.args.by ?? [])
  if (!isMeasured(column) && !isTime(column)) {
    throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, neither numbers nor dates.`)
  }
  const { row } = data
  if (row === undefined) throw new CannotRun(`The rows of ${data.name} have no order.`)
  const groups = by.map(({ sql }) => sql).join(', ')
  // A condition may become a join, which gives rows in an order of its own.
  const order =
    by.length === 0
      ? where === undefined
        ? dialect.rowOrder(row)
        : `ORDER BY ${row}`
      : `PARTITION BY ${groups} ORDER BY ${row}`
  const shows = [...by, column]
  const pairs = (within: string | undefined): string =>
    selectRows(
      data,
      {
        mg_value: column.sql,
        mg_before: `lag(${column.sql}) OVER (${order})`,
        ...sampleColumns(dialect, data, shows),
      },
      both(within, where, `${column.sql} IS NOT NULL`),
    )
  const isNotNumber = (value: string): string => (column.kind === 'number' ? dialect.isNaN(value) : 'FALSE')
  const fails = `${isNotNumber('mg_pairs.mg_value')} OR (mg_pairs.mg_value ${wrong} mg_pairs.mg_before AND NOT ${isNotNumber('mg_pairs.mg_before')})`
  return {
    kind: 'query',
    expected: by.length === 0 ? expected : `${expected} within each ${by.map(({ name }) => name).join(', ')}`,
    query: async (engine) => {
      const [found] = await engine.query(
        `SELECT count(*) AS mg_tested, count(*) FILTER (WHERE ${fails}) AS mg_failing FROM (${pairs(undefined)}) AS mg_pairs`,
      )
      const counts = { failing: Number(found?.mg_failing ?? 0), tested: Number(found?.mg_tested ?? 0) }
      return {
        observed: describeCounts(counts),
        counts,
        samples: {
          shows,
          sql: (within) =>
            `SELECT ${sampleNames(data, shows, 'mg_pairs')} FROM (${pairs(within)}) AS mg_pairs WHERE ${fails}`,
        },
      }
    },
  }
}

/** Values that lie after the time of the check do not make old data fresh. */
export function maxAge(context: CheckContext, check: Check<'max-age'>): Plan {
  const { dialect, data, now, sensitive } = context
  const column = columnOf(data, check.args.column)
  requireTimes(column)
  const most = check.args['at-most']
  const seconds = dialect.epochSeconds(column.sql)
  const time = Math.floor(now.getTime() / 1000)
  const secret = sensitive.has(column.name)
  return {
    kind: 'measure',
    expected: `the newest value is at most ${ageText(most)} old`,
    aggregates: {
      values: `count(${column.sql})`,
      newest: `max(CASE WHEN ${seconds} <= ${time} THEN ${seconds} END)`,
    },
    judge: ({ values, newest }): Outcome => {
      if (Number(values) === 0) {
        return { observed: '', notRun: withoutValues(column).message }
      }
      if (newest === null || newest === undefined) return { observed: 'all values lie in the future', holds: false }
      const age = time - Number(newest)
      const holds = age <= most
      return {
        observed: secret
          ? `the newest value is ${holds ? 'new enough' : 'too old'} (not shown: the column is sensitive)`
          : `the newest value is ${ageText(age)} old`,
        holds,
        figures: secret ? {} : { 'age-seconds': age },
      }
    },
  }
}

/** `26 h`, `3 days`: the largest unit of which there are at least two. */
function ageText(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, ' days'],
      [3600, ' h'],
      [60, ' min'],
    ] as const
  ).find(([each]) => seconds >= 2 * each) ?? [1, ' s']
  return `${formatCount(Math.round((seconds / size) * 10) / 10)}${unit}`
}

/** Length, and the first beginning after 1970: divisions leave no rest, which databases would treat in different ways. */
const periods = { hour: [3600, 0], day: [86_400, 0], week: [604_800, 4 * 86_400] } as const

/** Weeks begin on Monday. Counted are periods without a row, not rows. */
export function gaps(context: CheckContext, check: Check<'gaps'>): Plan {
  const { dialect, data, where, sensitive } = context
  const { every } = check.args
  const column = columnOf(data, check.args.column)
  requireTimes(column)
  const start = `date_trunc('${every}', CAST(${column.sql} AS TIMESTAMP))`
  const begins = selectRows(data, { mg_start: start }, both(where, `${column.sql} IS NOT NULL`))
  const distinct = `SELECT mg_start FROM (${begins}) AS mg_begins GROUP BY mg_start`
  // Months are counted, because they differ in length.
  const ordinal =
    every === 'month'
      ? 'CAST(extract(year FROM mg_start) * 12 + extract(month FROM mg_start) AS BIGINT)'
      : `CAST((${dialect.epochSeconds('mg_start')} - ${periods[every][1]}) / ${periods[every][0]} AS BIGINT)`
  return {
    kind: 'query',
    expected: `data for every ${every}`,
    query: async (engine) => {
      const [found] = await engine.query(
        `SELECT count(*) AS mg_periods, max(mg_at) - min(mg_at) + 1 AS mg_span FROM (SELECT ${ordinal} AS mg_at FROM (${distinct}) AS mg_starts) AS mg_ordinals`,
      )
      const filled = Number(found?.mg_periods ?? 0)
      if (filled === 0) throw withoutValues(column)
      const span = Number(found?.mg_span ?? 0)
      const missing = span - filled
      const after = missing === 0 || sensitive.has(column.name) ? undefined : await firstGap()
      return {
        observed:
          (missing === 0
            ? `all of ${plural(span, every)}`
            : `${formatCount(missing)} of ${plural(span, every)} missing`) +
          (after === undefined ? '' : `, the first after ${after}`),
        counts: { failing: missing, tested: span },
        figures: { periods: span, missing, ...(after === undefined ? {} : { after }) },
      }

      /** The last period before the first one without a row. */
      async function firstGap(): Promise<string> {
        const [gap] = await engine.query(
          `SELECT ${dialect.text('min(mg_start)')} AS mg_after FROM (SELECT mg_start, ${ordinal} AS mg_at, lead(${ordinal}) OVER (ORDER BY mg_start) AS mg_next FROM (${distinct}) AS mg_starts) AS mg_pairs WHERE mg_next > mg_at + 1`,
        )
        const text = String(gap?.mg_after ?? '')
        return every === 'hour' ? text : text.slice(0, every === 'month' ? 7 : 10)
      }
    },
  }
}

function requireTimes(column: RelationColumn): void {
  if (!isTime(column)) {
    throw new CannotRun(`Column "${column.name}" holds ${column.kind} values, not dates or timestamps.`)
  }
}
