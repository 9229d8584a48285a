import type { Comparison, Estimate, MetricComparison, SliceComparison } from '../../compare/comparison.ts'
import { directionOf } from '../../compare/definitions.ts'
import { isShare } from '../../config/directions.ts'
import { rangeOfMetric } from '../../config/metric-range.ts'
import type { Rule } from '../../config/rules/rule.ts'
import type { Config, Task } from '../../config/schema.ts'
import { canonicalMetric } from '../../evaluation/metrics.ts'

/** Comparisons that nobody measured, for rules to be tried on. */

/** Rows of a made-up run: enough for any rule. */
export const manyRows = 1_000_000

const run = { dirty: false, durationMs: 1000, peakMemoryBytes: 1_000_000, notes: [] }

/** Two runs in which nothing was measured yet. */
export function emptyComparison(parts: Partial<Comparison> = {}): Comparison {
  return {
    schema: 'modelgate/comparison@1',
    project: { name: 'self-test', task: 'self-test' },
    new: { id: 'new', commit: 'c'.repeat(40), ...run },
    base: { id: 'base', commit: 'b'.repeat(40), ...run },
    baseline: { kind: 'record', explanation: 'made up' },
    otherBaselines: [],
    evaluated: { base: manyRows, new: manyRows },
    rows: { paired: manyRows, onlyBase: 0, onlyNew: 0, labelsDiffer: 0 },
    flips: null,
    broken: null,
    metrics: [],
    slices: [],
    sliceColumns: [],
    golden: [],
    history: null,
    reruns: [],
    data: [],
    stoppedAt: null,
    mismatches: [],
    warnings: [],
    changes: { code: [], data: [], params: [], environment: [] },
    ...parts,
  }
}

/** What values a metric can have, and which of them are good. */
export type Range = { least: number; most: number; best: number; worst: number; higher: boolean }

/** What a rule is tried with beside its own words: metrics of the project, its task, and how shares are taken: 1, or 100 for percent. */
export type Making = { rule: Rule; metrics: Config['metrics']; task: Task | undefined; size: number }

/** Shares end at 0 and 1, or 100; other metrics where they do, and nowhere further than is plausible. */
export function rangeOf({ metrics, task, size }: Omit<Making, 'rule'>, name: string): Range {
  const higher = directionOf(metrics, canonicalMetric(name)) !== 'lower'
  const { least, most } = isShare(name) ? { least: 0, most: size } : rangeOfMetric(name, metrics[name]?.unit, task)
  return { least, most, best: higher ? most : least, worst: higher ? least : most, higher }
}

/** A metric with these values, which are certain to the last digit at every error that is asked for. */
export function madeUpMetric(
  metrics: Config['metrics'],
  name: string,
  base: number | null,
  fresh: number | null,
  alphas: readonly number[],
): MetricComparison {
  const estimate = (value: number | null): Estimate => ({
    value,
    origin: 'predictions',
    intervals: value === null ? [] : alphas.map((alpha) => ({ alpha, lower: value, upper: value })),
    ...(value === null ? { problem: 'not a number' } : {}),
  })
  const difference = base === null || fresh === null ? null : fresh - base
  const canonical = canonicalMetric(name)
  const unit = metrics[name]?.unit
  return {
    name: canonical,
    direction: directionOf(metrics, canonical),
    ...(unit === undefined ? {} : { unit }),
    base: estimate(base),
    new: estimate(fresh),
    difference,
    intervals: difference === null ? [] : alphas.map((alpha) => ({ alpha, lower: difference, upper: difference })),
  }
}

export function madeUpSlice(column: string, value: string, metric: MetricComparison): SliceComparison {
  return { column, value, rows: { base: manyRows, new: manyRows }, metrics: [metric], flips: null }
}
