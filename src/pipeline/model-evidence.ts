import { ModelgateError } from '../base/error.ts'
import type { Comparison, Estimate, Interval, MetricComparison } from '../compare/comparison.ts'
import type { Verdict } from '../gate/verdict.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { BundleFacts, MeasuredChange } from '../registry/bundle/facts.ts'
import type { GateSummary, MeasuredMetric } from '../registry/gate-summary.ts'
import { nearestInterval } from '../report/intervals.ts'
import { otherBaselinesOf } from '../report/trend.ts'

/** What the registry keeps of a run: from record, comparison and verdict to plain values. */

export type RunEvidence = { record: RunRecord; comparison: Comparison; verdict: Verdict }

export type ModelEvidence = Pick<BundleFacts, 'gate' | 'baseline' | 'otherBaselines' | 'changes' | 'rows'>

/**
 * The evidence for a model. Throws `bundle/unfinished-run`, `bundle/other-run` when the three are not of one run, and `bundle/blocked` for a model that
 * the gate stopped, unless `blockedToo` asks for it all the same.
 */
export function modelEvidence(
  { record, comparison, verdict }: RunEvidence,
  { blockedToo = false, path }: { blockedToo?: boolean; path?: string } = {},
): ModelEvidence {
  requireFinished(record)
  requireOneRun(record, comparison, verdict)
  if (verdict.outcome === 'blocked' && !blockedToo) {
    throw new ModelgateError({
      code: 'bundle/blocked',
      kind: 'blocked',
      message: `The gate stopped run ${record.id}: ${verdict.reason.replace(/\.$/, '')}.`,
      help: 'Only what passed its gate is published. The report of the run says which rules stopped it.',
    })
  }
  const evaluated = comparison.evaluated.new ?? 0
  return {
    gate: gateSummary(comparison, verdict, path),
    baseline: baselineWords(comparison),
    otherBaselines: otherBaselinesOf(comparison).map(({ name, run }) => ({
      name,
      ...(run === undefined ? {} : { run }),
    })),
    changes: new Map(comparison.metrics.flatMap(changeOf)),
    ...(evaluated > 0 ? { rows: evaluated } : {}),
  }
}

/** What was judged, in the words of the registry. `path`: of the model, to say which one it was compared with. */
export function gateSummary(comparison: Comparison, verdict: Verdict, path?: string): GateSummary {
  const judged = new Set(verdict.rules.map(({ metric }) => metric))
  const first = [...comparison.metrics].sort((a, b) => Number(judged.has(b.name)) - Number(judged.has(a.name)))
  return {
    verdict: verdict.verdict,
    outcome: verdict.outcome,
    reason: verdict.reason,
    policy: verdict.policy.digest,
    comparedWith: comparedWith(comparison, path),
    rules: verdict.rules.map(({ id, verdict: found, expected, reason }) => ({ id, verdict: found, expected, reason })),
    waived: verdict.waivers
      .filter(({ state }) => state === 'in-force')
      .flatMap(({ waived, by, reason, until }) => waived.map((rule) => ({ rule, by, reason, until }))),
    metrics: [
      ...first.flatMap((metric) => measured(metric, comparison.evaluated.new)),
      ...comparison.slices.flatMap(({ column, value, rows, metrics }) =>
        metrics.flatMap((metric) =>
          measured(metric, rows.new).map((found) => ({ ...found, slice: `${column}=${value}` })),
        ),
      ),
    ],
  }
}

/** Which baseline it was, without the place that it was found in: the bundle goes to people who do not know that place. */
function baselineWords({ baseline, otherBaselines }: Comparison): string {
  const named = otherBaselines.find(({ explanation }) => explanation === baseline.explanation)?.name
  if (named !== undefined) return named.startsWith('file') ? 'a file' : named
  return {
    'base-run': 'the base of the change, run beside it',
    'stored-run': 'the base of the change, as an earlier workflow recorded it',
    record: 'a stored run',
    'past-run': 'an earlier run',
    none: '',
  }[baseline.kind]
}

/** A base that was run again has another id, but if it made the same model it was the same that was compared with. */
function comparedWith({ base }: Comparison, path: string | undefined): GateSummary['comparedWith'] {
  if (base === null) return null
  const plain = (name: string): string => name.replace(/\/+$/, '')
  const content = Object.entries(base.outs ?? {}).find(([out]) => path !== undefined && plain(out) === plain(path))?.[1]
  return {
    run: base.id,
    ...(base.commit === undefined ? {} : { commit: base.commit }),
    ...(content === undefined ? {} : { content }),
  }
}

function measured({ name, unit, new: estimate }: MetricComparison, rows: number | null): MeasuredMetric[] {
  const { value, origin, method, conflict } = estimate
  // Two sources that contradict one another measured nothing that could be published.
  if (value === null || conflict !== undefined) return []
  const interval = nearestInterval(estimate)
  return [
    {
      name,
      value,
      ...(interval === undefined ? {} : boundsOf(interval)),
      ...(interval === undefined || method === undefined ? {} : { method }),
      ...(origin === 'predictions' && rows !== null && rows > 0 ? { rows } : {}),
      ...(unit === undefined ? {} : { unit }),
    },
  ]
}

function boundsOf({ alpha, lower, upper }: Interval): Pick<MeasuredMetric, 'low' | 'high' | 'confidence'> {
  return { low: lower, high: upper, confidence: Number((1 - 2 * alpha).toFixed(9)) }
}

function changeOf(metric: MetricComparison): [string, MeasuredChange][] {
  const base: Estimate | null = metric.base
  if (base === null || base.value === null || base.conflict !== undefined) return []
  const interval = nearestInterval(metric)
  return [
    [
      metric.name,
      {
        base: base.value,
        ...(metric.difference === null ? {} : { difference: metric.difference }),
        ...(interval === undefined ? {} : { low: interval.lower, high: interval.upper }),
      },
    ],
  ]
}

/** Throws `bundle/unfinished-run` for a run that did not come to its end: it has no model, and nothing of it was judged. */
export function requireFinished(record: RunRecord): void {
  if (record.status !== 'succeeded' || record.stoppedAt !== undefined) {
    throw new ModelgateError({
      code: 'bundle/unfinished-run',
      message: `Run ${record.id} ${record.status === 'succeeded' ? 'was stopped by its data checks' : record.status === 'cancelled' ? 'was cancelled' : 'failed'}, so it has no model to publish.`,
      help: 'Run the whole pipeline again.',
    })
  }
}

function requireOneRun(record: RunRecord, comparison: Comparison, verdict: Verdict): void {
  const other =
    comparison.new.id !== record.id || comparison.project.name !== record.project.name
      ? 'comparison'
      : verdict.run !== record.id
        ? 'verdict'
        : undefined
  if (other === undefined) return
  throw new ModelgateError({
    code: 'bundle/other-run',
    message: `The ${other} beside run ${record.id} is not about that run.`,
    help: 'Judge the run again with `modelgate gate --run`: record, comparison and verdict belong together.',
  })
}
