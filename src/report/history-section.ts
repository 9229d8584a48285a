import { formatNumber, plural } from '../base/number-text.ts'
import type { Comparison } from '../compare/comparison.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { findMetric } from '../gate/judge.ts'
import type { Verdict } from '../gate/verdict.ts'
import { code, text } from './format.ts'
import { courseLine } from './glyphs.ts'

/** A metric over earlier runs and in this one: as a line of blocks, and in numbers. `metric` is from outside. */
export type Course = { metric: string; line: string; range: string }

const [mostRuns, mostMetrics] = [30, 6]

/** Of each metric that a rule about history judges. */
export function coursesOf(comparison: Comparison, { rules }: Pick<Verdict, 'rules'>): Course[] {
  const { history } = comparison
  if (history === null) return []
  const names = [...new Set(rules.filter(({ rule }) => rule === 'history').map(({ metric }) => metric))]
  return names.flatMap((metric): Course[] => {
    const value = findMetric(comparison, metric)?.new.value
    const key = canonicalMetric(metric)
    const past = history.runs
      .flatMap(({ metrics }) => (Object.hasOwn(metrics, key) ? [metrics[key] ?? Number.NaN] : []))
      .filter((one) => Number.isFinite(one))
      .slice(-mostRuns)
    if (typeof value !== 'number' || !Number.isFinite(value) || past.length === 0) return []
    const between = `${formatNumber(Math.min(...past))} to ${formatNumber(Math.max(...past))}`
    const range = `${formatNumber(value)}, after ${between} in ${plural(past.length, 'run')}`
    return [{ metric, line: courseLine(past, value), range }]
  })
}

/** A small picture of each course, with the new run apart at its end. */
export function historySection(comparison: Comparison, verdict: Verdict): string[] {
  const courses = coursesOf(comparison, verdict)
  if (courses.length === 0 || comparison.history === null) return []
  const lines = courses.slice(0, mostMetrics).map(({ metric, line, range }) => `- ${code(metric)} \`${line}\` ${range}`)
  const left = courses.length - mostMetrics
  return [
    [
      `**Earlier runs** (${text(comparison.history.source, 300)}), this one at the right:`,
      '',
      ...lines,
      ...(left > 0 ? [`- ${left} more are not shown`] : []),
    ].join('\n'),
  ]
}
