import { ModelgateError } from '../base/error.ts'
import { formatNumber, plural } from '../base/number-text.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import type { MetricRecord, RunRecord } from '../record/run-record.ts'
import { evaluationSet, findChanges, findMismatches, isSameModel } from './changes.ts'
import type { Comparison, Estimate, MetricComparison, Mismatch, RunSummary } from './comparison.ts'
import { directionOf, findDefinition, type MetricDefinitions } from './definitions.ts'
import { countFlips, type Measured, type Measurement, measure } from './measure.ts'
import { haveSameOutputs, isComplete, type Pairing, pairRows, reorder } from './pairing.ts'

/** One side: what was recorded, and its predictions if there are any. */
export type Evidence = { record: RunRecord; predictions: Predictions | null }

export type ComparisonRequest = {
  fresh: Evidence
  base: Evidence | null
  baseline: Comparison['baseline']
  /** Set when there should be a baseline, but it cannot be used: then nothing is comparable. */
  unusable?: Mismatch
  metrics: MetricDefinitions
  /** One-sided errors at which the rules decide. */
  alphas: readonly number[]
}

/**
 * Puts two runs side by side. Pure: the same records and predictions give the same comparison.
 * Throws `compare/other-task` or `compare/other-project` for runs that have nothing to do with one another, and
 * `compare/unfinished` for a new run that did not succeed.
 */
export function compareRuns(request: ComparisonRequest): Comparison {
  const { fresh, base } = request
  checkFinished(fresh.record)
  if (base !== null) checkSameProject(base.record, fresh.record)
  const pairing =
    base === null || base.predictions === null || fresh.predictions === null
      ? null
      : pairRows(base.predictions, fresh.predictions)
  const mismatches = [
    ...(request.unusable === undefined ? [] : [request.unusable]),
    ...(base === null ? [] : findMismatches(base.record, fresh.record)),
    ...(pairing === null ? [] : rowMismatches(pairing)),
  ]
  const alignedBase =
    base?.predictions != null && pairing !== null && isComplete(pairing)
      ? reorder(base.predictions, pairing.positions)
      : null
  const changes =
    base === null ? { code: [], data: [], params: [], environment: [] } : findChanges(base.record, fresh.record)
  const measured = measureSides(request, alignedBase)
  return {
    schema: 'modelgate/comparison@1',
    project: fresh.record.project,
    new: summarise(fresh.record),
    base: base === null ? null : summarise(base.record),
    baseline: request.baseline,
    evaluated: { base: base?.predictions?.ids.length ?? null, new: fresh.predictions?.ids.length ?? null },
    rows:
      pairing === null
        ? null
        : {
            paired: pairing.paired,
            onlyBase: pairing.onlyBase,
            onlyNew: pairing.onlyNew,
            labelsDiffer: pairing.labelsDiffer,
          },
    flips:
      alignedBase?.kind === 'classes' && fresh.predictions?.kind === 'classes'
        ? countFlips(alignedBase, fresh.predictions)
        : null,
    metrics: compareMetrics(request, measured, whySame(request, changes, alignedBase)),
    mismatches,
    warnings: findWarnings(request, pairing),
    changes,
  }
}

function checkFinished(record: RunRecord): void {
  if (record.status === 'succeeded') return
  const stage = record.stages.find((candidate) => candidate.status === record.status)
  const where = stage === undefined ? '' : ` in stage "${stage.name}"`
  throw new ModelgateError({
    code: 'compare/unfinished',
    message: `Run ${record.id} ${record.status === 'failed' ? 'failed' : 'was cancelled'}${where}: a run that did not finish is not judged.`,
    help: 'Run the pipeline again and judge that run.',
  })
}

function checkSameProject(base: RunRecord, fresh: RunRecord): void {
  for (const what of ['task', 'name'] as const) {
    if (base.project[what] === fresh.project[what]) continue
    throw new ModelgateError({
      code: what === 'task' ? 'compare/other-task' : 'compare/other-project',
      message: `The baseline is of another ${what === 'task' ? 'task' : 'pipeline'}: "${base.project[what]}" instead of "${fresh.project[what]}".`,
      help: 'Give a record that this same pipeline wrote as the baseline.',
    })
  }
}

function rowMismatches(pairing: Pairing): Mismatch[] {
  if (isComplete(pairing)) return []
  const parts = [
    ...(pairing.onlyBase > 0 ? [`${plural(pairing.onlyBase, 'row')} only in the base`] : []),
    ...(pairing.onlyNew > 0 ? [`${plural(pairing.onlyNew, 'row')} only in the new run`] : []),
    ...(pairing.labelsDiffer > 0 ? [`${plural(pairing.labelsDiffer, 'row')} with another true value`] : []),
  ]
  return [
    {
      what: 'rows',
      message: `The predictions are not for the same rows: ${parts.join(', ')} (${plural(pairing.paired, 'row')} in common).`,
      remedy: 'Let both sides predict the same evaluation set, with the same id for the same example.',
    },
  ]
}

type Sides = { fresh: Map<string, Measured>; base: Map<string, Measured>; differences: Map<string, Measured> }

/** Paired when it can be; else each side by itself, without differences. */
function measureSides({ fresh, base, alphas }: ComparisonRequest, alignedBase: Predictions | null): Sides {
  const binary = fresh.record.project.task === 'binary-classification'
  const seed = [fresh.record, base?.record].map((record) => record?.predictions[0]?.digest ?? '').join(' ')
  const alone = (predictions: Predictions): Measurement =>
    measure({ fresh: predictions, base: null, binary, alphas, seed })
  const together: Sides =
    fresh.predictions === null
      ? { fresh: new Map(), base: new Map(), differences: new Map() }
      : measure({ fresh: fresh.predictions, base: alignedBase, binary, alphas, seed })
  if (alignedBase === null && base?.predictions != null) together.base = alone(base.predictions).fresh
  return together
}

/**
 * Why the two sides are one and the same model, so that a difference of 0 is exact and needs no interval; undefined when that is not
 * known. Equal labels alone do not show it: two models may agree on these rows and differ on others.
 */
function whySame(
  { base, fresh }: ComparisonRequest,
  changes: Comparison['changes'],
  alignedBase: Predictions | null,
): string | undefined {
  if (base === null || fresh.predictions === null) return undefined
  if (isSameModel(changes, base.record, fresh.record)) {
    return 'nothing that the model depends on changed, and the predictions are identical'
  }
  if (alignedBase !== null && haveSameOutputs(alignedBase, fresh.predictions)) {
    return 'the outputs of both sides are identical to the last digit'
  }
  return undefined
}

function compareMetrics(
  request: ComparisonRequest,
  measured: Sides,
  sameBecause: string | undefined,
): MetricComparison[] {
  const { fresh, base, metrics, alphas } = request
  const [freshFile, baseFile] = [byCanonicalName(fresh), byCanonicalName(base)]
  const names = new Set([...freshFile.keys(), ...baseFile.keys(), ...measured.fresh.keys(), ...measured.base.keys()])
  return [...names].map((name): MetricComparison => {
    const now = estimate(measured.fresh.get(name), freshFile.get(name))
    const before = base === null ? null : estimate(measured.base.get(name), baseFile.get(name))
    const paired = measured.differences.get(name)
    const difference = before === null || now.value === null || before.value === null ? null : now.value - before.value
    const unit = findDefinition(metrics, name)?.unit
    return {
      name,
      direction: directionOf(metrics, name),
      ...(unit === undefined ? {} : { unit }),
      base: before,
      new: now,
      difference,
      ...describeDifference(difference, paired, sameBecause, alphas, before === null),
    }
  })
}

/** The metrics of the user's files. Where two names mean the same metric, only one gets the canonical name; none is lost. */
function byCanonicalName(evidence: Evidence | null): Map<string, MetricRecord> {
  const metrics = evidence?.record.metrics ?? []
  const written = new Set(metrics.map((metric) => metric.name))
  const named = new Map<string, MetricRecord>()
  for (const metric of metrics) {
    const name = canonicalMetric(metric.name)
    named.set(named.has(name) || written.has(name) ? metric.name : name, metric)
  }
  return named
}

type DifferencePart = Pick<MetricComparison, 'intervals' | 'method' | 'pValue'>

function describeDifference(
  difference: number | null,
  paired: Measured | undefined,
  sameBecause: string | undefined,
  alphas: readonly number[],
  alone: boolean,
): DifferencePart {
  if (alone || difference === null) return { intervals: [] }
  if (sameBecause !== undefined && difference === 0 && paired !== undefined) {
    return { intervals: alphas.map((alpha) => ({ alpha, lower: 0, upper: 0 })), method: sameBecause }
  }
  if (paired === undefined) return { intervals: [], method: 'point comparison: no uncertainty available' }
  return {
    intervals: paired.intervals,
    method: paired.method,
    ...(paired.pValue === undefined ? {} : { pValue: paired.pValue }),
  }
}

/** The value that counts: computed from predictions if possible, because only then its uncertainty is known. */
function estimate(measured: Measured | undefined, file: MetricRecord | undefined): Estimate {
  if (measured === undefined) {
    if (file === undefined) return { value: null, problem: 'missing', origin: 'none', intervals: [] }
    if (file.value === null)
      return {
        value: null,
        problem: `${file.nonFinite ?? 'not a number'} in ${file.file}`,
        origin: 'metrics-file',
        intervals: [],
      }
    return { value: file.value, origin: 'metrics-file', intervals: [] }
  }
  const conflict = findConflict(measured.value, file)
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

/** Metrics files are often rounded; more than that is another number under the same name. */
const roundingTolerance = 0.001

function findConflict(computed: number, file: MetricRecord | undefined): string | undefined {
  if (file === undefined) return undefined
  if (file.value === null)
    return `${file.file} says ${file.nonFinite ?? 'not a number'}, the predictions give ${formatNumber(computed)}`
  if (!Number.isFinite(computed)) return undefined
  if (Math.abs(file.value - computed) <= roundingTolerance * Math.max(1, Math.abs(computed))) return undefined
  return `${file.file} says ${formatNumber(file.value)}, the predictions give ${formatNumber(computed)}`
}

function findWarnings({ fresh, base }: ComparisonRequest, pairing: Pairing | null): string[] {
  if (base === null) return []
  const warnings: string[] = []
  if (pairing === null) {
    const sides = fresh.predictions === null && base.predictions === null ? 'Neither side' : 'Only one side'
    warnings.push(`${sides} has predictions, so there is no uncertainty for any difference.`)
    if (fresh.record.factors.data[evaluationSet] === undefined) {
      warnings.push(
        `No data set is named "${evaluationSet}", so it is not known whether both sides were measured on the same rows.`,
      )
    }
  }
  return warnings
}

function summarise(record: RunRecord): RunSummary {
  const peaks = record.stages.flatMap((stage) => (stage.peakMemoryBytes === null ? [] : [stage.peakMemoryBytes]))
  return {
    id: record.id,
    ...(record.source === null ? {} : { commit: record.source.commit }),
    ...(record.source?.branch === undefined ? {} : { branch: record.source.branch }),
    dirty: record.source?.dirty ?? false,
    durationMs: record.durationMs,
    peakMemoryBytes: peaks.length === 0 ? null : Math.max(...peaks),
    notes: record.notes,
  }
}
