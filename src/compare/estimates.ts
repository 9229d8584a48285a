import { oneLine, truncate } from '../base/escape.ts'
import { formatNumber } from '../base/number-text.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { MetricRecord, RunRecord } from '../record/run-record.ts'
import { aggregateIntervals, aggregateMethod } from './aggregates.ts'
import type { Estimate } from './comparison.ts'
import type { StatedDirections } from './definitions.ts'
import type { Measured } from './measure.ts'
import { isRunFact } from './run-facts.ts'

/**
 * The metrics of the user's files. All names of a metric stand for it: two that say different things are a conflict, or a change could say one
 * thing under the name that is judged and another beside it.
 */
export function byCanonicalName(record: RunRecord | undefined): Map<string, MetricRecord[]> {
  const named = new Map<string, MetricRecord[]>()
  for (const metric of record?.metrics ?? []) {
    // What modelgate measures itself nobody else states.
    if (isRunFact(metric.name)) continue
    const name = canonicalMetric(metric.name)
    named.set(name, [...(named.get(name) ?? []), metric])
  }
  return named
}

/** The value that counts: computed from predictions if possible, because only then its uncertainty is known. */
export function estimate(
  measured: Measured | undefined,
  stated: readonly MetricRecord[] | undefined,
  alphas: readonly number[],
): Estimate {
  if (measured === undefined) return statedEstimate(stated ?? [], alphas)
  const conflict = (stated ?? []).map((file) => findConflict(measured.value, file)).find((found) => found !== undefined)
  const common = {
    origin: 'predictions' as const,
    intervals: measured.intervals,
    method: measured.method,
    ...(conflict === undefined ? {} : { conflict }),
  }
  if (!Number.isFinite(measured.value))
    return { ...common, value: null, problem: 'not defined for these rows', intervals: [] }
  return { ...common, value: measured.value }
}

/** The directions that the files of each side state. */
export function statedDirections(
  base: readonly MetricRecord[] = [],
  fresh: readonly MetricRecord[] = [],
): StatedDirections {
  const [before, now] = [base, fresh].map((side) => side.find(({ direction }) => direction !== undefined)?.direction)
  return { ...(before === undefined ? {} : { base: before }), ...(now === undefined ? {} : { new: now }) }
}

/** What the files say under one name or several for the same. */
function statedEstimate([file, ...others]: readonly MetricRecord[], alphas: readonly number[]): Estimate {
  if (file === undefined) return { value: null, problem: 'missing', origin: 'none', intervals: [] }
  const other = others.find(({ value }) => value === null || file.value === null || !agree(value, file.value))
  const common = {
    origin: 'metrics-file' as const,
    intervals: [],
    ...(other === undefined ? {} : { conflict: `${claim(file)}, ${claim(other)}` }),
  }
  if (file.value === null)
    return { ...common, value: null, problem: `${file.nonFinite ?? 'not a number'} in ${file.file}` }
  const { value, standardError } = file
  // An error of zero says that nothing was averaged, not that the number is certain.
  if (standardError === undefined || standardError === 0) return { ...common, value }
  return {
    ...common,
    value,
    standardError,
    intervals: aggregateIntervals(value, standardError, alphas),
    method: aggregateMethod,
  }
}

/** Metrics files are often rounded; more than that is another number under the same name. */
const roundingTolerance = 0.001

function agree(stated: number, value: number): boolean {
  return Math.abs(stated - value) <= roundingTolerance * Math.max(1, Math.abs(value))
}

/** `metrics.json says 0.9900`, with the name where it is another one. */
function claim({ name, file, value, nonFinite }: MetricRecord): string {
  const as = name === canonicalMetric(name) ? '' : ` as ${truncate(oneLine(name), 60)}`
  return `${file} says ${value === null ? (nonFinite ?? 'not a number') : formatNumber(value)}${as}`
}

function findConflict(computed: number, stated: MetricRecord): string | undefined {
  if (stated.value !== null && (!Number.isFinite(computed) || agree(stated.value, computed))) return undefined
  return `${claim(stated)}, the predictions give ${formatNumber(computed)}`
}
