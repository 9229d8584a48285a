import { canonicalMetric } from '../evaluation/metrics.ts'
import type { RunRecord } from '../record/run-record.ts'
import { unpairedDifference } from './aggregates.ts'
import type { Estimate, MetricComparison } from './comparison.ts'
import { directionOf, findDefinition, type MetricDefinitions } from './definitions.ts'
import { byCanonicalName, estimate, statedDirections } from './estimates.ts'
import type { Measured, Measurement } from './measure.ts'
import { runFacts } from './run-facts.ts'

export type MetricRowsRequest = {
  fresh: RunRecord
  base: RunRecord | null
  /** What was computed from predictions. */
  measured: Measurement
  /** Why both sides are one and the same model; undefined when that is not known. */
  sameBecause: string | undefined
  definitions: MetricDefinitions
  /** One-sided errors for which intervals are wanted. */
  alphas: readonly number[]
  /** Canonical names of metrics that rules judge: facts of the run are shown only where one asks. */
  wanted: readonly string[]
  /** Why metrics of the user's own do not ask both sides the same, by name. */
  conflicts?: ReadonlyMap<string, string>
  /** How many seeds each side has, where there are several. */
  seeds: MetricComparison['seeds']
}

/** Every metric of two runs side by side: what was computed from predictions, and what their files state. */
export function metricRows(request: MetricRowsRequest): MetricComparison[] {
  const { fresh, base, measured, definitions, alphas, seeds } = request
  const computed = new Set([...measured.fresh.keys(), ...measured.base.keys()])
  const [freshFile, baseFile] = [byCanonicalName(fresh), byCanonicalName(base ?? undefined)]
  const names = new Set([...freshFile.keys(), ...baseFile.keys(), ...computed])
  const rows = [...names].map((name): MetricComparison => {
    const conflict = request.conflicts?.get(name)
    const now = {
      ...estimate(measured.fresh.get(name), freshFile.get(name), alphas),
      ...(conflict === undefined ? {} : { conflict }),
    }
    const before = base === null ? null : estimate(measured.base.get(name), baseFile.get(name), alphas)
    const stated = statedDirections(baseFile.get(name), freshFile.get(name))
    const isOfSeeds = seeds !== undefined && measured.fresh.has(name)
    return {
      ...described(definitions, name, stated),
      base: before,
      new: now,
      ...differenceOf(request, before, now, measured.differences.get(name)),
      ...(isOfSeeds ? { seeds } : {}),
    }
  })
  return [...rows, ...factRows(request, names)]
}

function described(
  definitions: MetricDefinitions,
  name: string,
  stated: ReturnType<typeof statedDirections>,
): Pick<MetricComparison, 'name' | 'direction' | 'stated' | 'unit'> {
  const unit = findDefinition(definitions, name)?.unit
  return {
    name,
    direction: directionOf(definitions, name, stated),
    ...(stated.base === undefined && stated.new === undefined ? {} : { stated }),
    ...(unit === undefined ? {} : { unit }),
  }
}

type DifferencePart = Pick<MetricComparison, 'difference' | 'intervals' | 'method' | 'pValue'>

function differenceOf(
  { sameBecause, alphas }: MetricRowsRequest,
  before: Estimate | null,
  now: Estimate,
  paired: Measured | undefined,
): DifferencePart {
  const difference = before === null || now.value === null || before.value === null ? null : now.value - before.value
  if (before === null || difference === null) return { difference, intervals: [] }
  if (sameBecause !== undefined && difference === 0 && paired !== undefined)
    return { difference, intervals: alphas.map((alpha) => ({ alpha, lower: 0, upper: 0 })), method: sameBecause }
  if (paired === undefined) {
    const unpaired = unpairedDifference(before, now, alphas)
    return { difference, ...(unpaired ?? { intervals: [], method: 'point comparison: no uncertainty available' }) }
  }
  const { intervals, method, pValue } = paired
  return { difference, intervals, method, ...(pValue === undefined ? {} : { pValue }) }
}

/** Time, memory and sizes of the runs, of which only those are shown that a rule judges and no file states. */
function factRows(
  { fresh, base, definitions, wanted }: MetricRowsRequest,
  stated: ReadonlySet<string>,
): MetricComparison[] {
  const [now, before] = [runFacts(fresh), base === null ? undefined : runFacts(base)]
  const asked = wanted.filter((name) => !stated.has(name) && (now.has(name) || before?.has(name) === true))
  return [...new Set(asked.map(canonicalMetric))].map((name): MetricComparison => {
    const [value, other] = [now.get(name), before?.get(name)]
    return {
      ...described(definitions, name, {}),
      base: before === undefined ? null : factOf(other),
      new: factOf(value),
      difference: value === undefined || other === undefined ? null : value - other,
      intervals: [],
      ...(before === undefined ? {} : { method: 'measured once on each side: no uncertainty available' }),
    }
  })
}

function factOf(value: number | undefined): Estimate {
  return value === undefined
    ? { value: null, problem: 'not measured by this run', origin: 'none', intervals: [] }
    : { value, origin: 'metrics-file', intervals: [] }
}
