import type { Comparison, Estimate, Interval, MetricComparison, SliceComparison } from '../../src/compare/comparison.ts'
import { type Config, configSchema } from '../../src/config/schema.ts'
import { type JudgeContext, judge, type Policy } from '../../src/gate/judge.ts'
import { type RuleResult, verdictSchema } from '../../src/gate/verdict.ts'

/** A value that was computed from predictions, with a 90 % interval of its own unless told otherwise. */
export function estimateOf(value: number | null, parts: Partial<Estimate> = {}): Estimate {
  return {
    value,
    origin: 'predictions',
    intervals: value === null ? [] : [{ alpha: 0.05, lower: value - 0.02, upper: value + 0.02 }],
    method: 'Wilson, 400 rows',
    ...parts,
  }
}

export function intervalOf(lower: number, upper: number, alpha = 0.05): Interval {
  return { alpha, lower, upper }
}

/** Accuracy, 0.90 on the base and as much more as `difference` says. */
export function metricOf(
  difference: number,
  interval?: Interval,
  parts: Partial<MetricComparison> = {},
): MetricComparison {
  return {
    name: 'accuracy',
    direction: 'higher',
    base: estimateOf(0.9),
    new: estimateOf(0.9 + difference),
    difference,
    intervals: interval === undefined ? [] : [interval],
    method: 'Tango score interval on 400 paired rows; exact McNemar',
    ...parts,
  }
}

export function comparisonOf(metrics: MetricComparison[], parts: Partial<Comparison> = {}): Comparison {
  const run = { dirty: false, durationMs: 12_500, peakMemoryBytes: 88_000_000, notes: [] }
  return {
    schema: 'modelgate/comparison@1',
    project: { name: 'income', task: 'binary-classification' },
    new: { id: 'run-2', commit: 'c'.repeat(40), branch: 'feature', ...run },
    base: { id: 'run-1', commit: 'b'.repeat(40), branch: 'main', ...run },
    baseline: { kind: 'base-run', explanation: 'merge base with origin/main' },
    otherBaselines: [],
    evaluated: { base: 400, new: 400 },
    rows: { paired: 400, onlyBase: 0, onlyNew: 0, labelsDiffer: 0 },
    flips: { bothRight: 340, onlyBaseRight: 20, onlyNewRight: 22, bothWrong: 18 },
    broken: null,
    data: [],
    stoppedAt: null,
    metrics,
    slices: [],
    sliceColumns: [],
    golden: [],
    history: null,
    reruns: [],
    mismatches: [],
    warnings: [],
    changes: { code: [], data: [], params: [], environment: [] },
    ...parts,
  }
}

/** The same without a baseline: nothing to subtract from. */
export function withoutBaseline(comparison: Comparison): Comparison {
  return {
    ...comparison,
    base: null,
    baseline: { kind: 'none', explanation: 'first run on main sets it' },
    rows: null,
    flips: null,
    evaluated: { base: null, new: comparison.evaluated.new },
    metrics: comparison.metrics.map(({ name, direction, unit, new: value }) => ({
      name,
      direction,
      ...(unit === undefined ? {} : { unit }),
      base: null,
      new: value,
      difference: null,
      intervals: [],
    })),
  }
}

/** Checkpoints as a user writes them, with the defaults of the schema filled in. */
export function policyOf(rules: unknown[] | Record<string, unknown[]>, parts: Partial<Policy> = {}): Policy {
  const named = Array.isArray(rules) ? { model: rules } : rules
  const checkpoints = Object.fromEntries(Object.entries(named).map(([name, list]) => [name, { rules: list }]))
  const config: Config = configSchema.parse({
    version: 1,
    name: 'income',
    task: 'binary-classification',
    stages: {},
    checkpoints,
  })
  return {
    checkpoints: config.checkpoints,
    waivers: [],
    metrics: {},
    digest: `sha256:${'0'.repeat(64)}`,
    from: 'base',
    ...parts,
  }
}

/** What is said of a single rule, checked against the schema of verdicts. */
export function resultOf(comparison: Comparison, rule: unknown, context: JudgeContext = {}): RuleResult {
  const verdict = judge(comparison, policyOf([rule]), undefined, context)
  verdictSchema.parse(JSON.parse(JSON.stringify(verdict)))
  return verdict.rules[0] as RuleResult
}

/** A metric that both sides only state. */
export function statedOf(
  base: number | null,
  fresh: number | null,
  parts: Partial<MetricComparison> = {},
): MetricComparison {
  const stated = (value: number | null): Estimate => ({
    value,
    origin: 'metrics-file',
    intervals: [],
    ...(value === null ? { problem: 'NaN in metrics.json' } : {}),
  })
  return {
    name: 'accuracy',
    direction: 'higher',
    base: stated(base),
    new: stated(fresh),
    difference: base === null || fresh === null ? null : fresh - base,
    intervals: [],
    ...parts,
  }
}

export function sliceOf(
  column: string,
  value: string,
  metric: MetricComparison | null,
  rows: number | SliceComparison['rows'] = 100,
): SliceComparison {
  return {
    column,
    value,
    rows: typeof rows === 'number' ? { base: rows, new: rows } : rows,
    metrics: metric === null ? [] : [metric],
    flips: null,
  }
}
