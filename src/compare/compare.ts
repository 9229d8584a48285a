import { digestOfJson } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { formatNumber, plural } from '../base/number-text.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import type { MetricRecord, RunRecord } from '../record/run-record.ts'
import { evaluationSet, findChanges, findMismatches, isSameModel } from './changes.ts'
import type { Comparison, Estimate, MetricComparison, Mismatch, RunSummary } from './comparison.ts'
import { compareData } from './data.ts'
import { directionOf, findDefinition, type MetricDefinitions, type StatedDirections } from './definitions.ts'
import { countFlips, type Measured, type Measurement, measure } from './measure.ts'
import { haveSameOutputs, isComplete, orderById, type Pairing, pairRows, reorder } from './pairing.ts'
import type { Need } from './resample.ts'

/** One side: what was recorded, and its predictions if there are any. */
export type Evidence = { record: RunRecord; predictions: Predictions | null }

export type ComparisonRequest = {
  fresh: Evidence
  base: Evidence | null
  baseline: Comparison['baseline']
  /** Set when there should be a baseline, but it cannot be used: then nothing is comparable. */
  unusable?: Mismatch
  metrics: MetricDefinitions
  /** One-sided errors at which the rules decide, and about which metrics. */
  alphas: readonly Need[]
}

/**
 * Puts two runs side by side. Pure: the same records and predictions give the same comparison.
 * Throws `compare/other-task` or `compare/other-project` for runs that have nothing to do with one another, and
 * `compare/unfinished` for a new run that did not succeed.
 */
export function compareRuns(given: ComparisonRequest): Comparison {
  const request = { ...given, fresh: inOrder(given.fresh) }
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
  const measured = measureSides(request, alignedBase, mismatches.length === 0)
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
    data: compareData(fresh.record, base?.record ?? null),
    stoppedAt: fresh.record.stoppedAt ?? null,
    metrics:
      fresh.record.stoppedAt !== undefined
        ? []
        : compareMetrics(request, measured, whySame(request, changes, alignedBase)),
    slices: [],
    sliceColumns: [],
    golden: [],
    history: null,
    reruns: [],
    mismatches,
    warnings: findWarnings(request, pairing),
    changes,
  }
}

/** The order of rows must not matter, neither to rounding nor to which rows a resample draws. */
function inOrder({ record, predictions }: Evidence): Evidence {
  return { record, predictions: predictions === null ? null : reorder(predictions, orderById(predictions)) }
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

/** Paired when it can be and the sides may be compared; else each side by itself, without differences. */
function measureSides(
  { fresh, base, alphas }: ComparisonRequest,
  alignedBase: Predictions | null,
  comparable: boolean,
): Sides {
  const binary = fresh.record.project.task === 'binary-classification'
  const paired = comparable ? alignedBase : null
  const seed = seedOf(fresh, paired)
  const alone = (predictions: Predictions): Measurement =>
    // Nothing asks for intervals of a base that nothing is compared with.
    measure({ fresh: predictions, base: null, binary, alphas: [], seed })
  const together: Sides =
    fresh.predictions === null
      ? { fresh: new Map(), base: new Map(), differences: new Map() }
      : measure({ fresh: fresh.predictions, base: paired, binary, alphas, seed })
  if (paired === null && base?.predictions != null) together.base = alone(base.predictions).fresh
  return together
}

/**
 * What the resamples are drawn from. Nothing of it is at the will of a change that keeps the evaluation set: who could pick the seed
 * would try until a close call comes out well.
 */
function seedOf({ record, predictions }: Evidence, paired: Predictions | null): string {
  const rows = predictions?.ids.length ?? 0
  return [record.project.name, rows, ...(paired === null ? [] : [digestOfJson(paired.ids)])].join(' ')
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
  const computed = new Set([...measured.fresh.keys(), ...measured.base.keys()])
  const [freshFile, baseFile] = [byCanonicalName(fresh, computed), byCanonicalName(base, computed)]
  const names = new Set([...freshFile.keys(), ...baseFile.keys(), ...measured.fresh.keys(), ...measured.base.keys()])
  return [...names].map((name): MetricComparison => {
    const now = estimate(measured.fresh.get(name), freshFile.get(name))
    const before = base === null ? null : estimate(measured.base.get(name), baseFile.get(name))
    const paired = measured.differences.get(name)
    const difference = before === null || now.value === null || before.value === null ? null : now.value - before.value
    const unit = findDefinition(metrics, name)?.unit
    const stated = statedDirections(baseFile.get(name), freshFile.get(name))
    return {
      name,
      direction: directionOf(metrics, name, stated),
      ...(stated.base === undefined && stated.new === undefined ? {} : { stated }),
      ...(unit === undefined ? {} : { unit }),
      base: before,
      new: now,
      difference,
      ...describeDifference(difference, paired, sameBecause, alphas, before === null),
    }
  })
}

/**
 * The metrics of the user's files. All names of a metric that is computed from predictions stand for that one. Where two names
 * mean the same metric that is only stated, one gets the canonical name; none is lost.
 */
function byCanonicalName(evidence: Evidence | null, computed: ReadonlySet<string>): Map<string, MetricRecord[]> {
  const metrics = evidence?.record.metrics ?? []
  const written = new Set(metrics.map((metric) => metric.name))
  const named = new Map<string, MetricRecord[]>()
  for (const metric of metrics) {
    const name = canonicalMetric(metric.name)
    if (computed.has(name)) named.set(name, [...(named.get(name) ?? []), metric])
    else named.set(named.has(name) || written.has(name) ? metric.name : name, [metric])
  }
  return named
}

type DifferencePart = Pick<MetricComparison, 'intervals' | 'method' | 'pValue'>

function describeDifference(
  difference: number | null,
  paired: Measured | undefined,
  sameBecause: string | undefined,
  alphas: readonly Need[],
  alone: boolean,
): DifferencePart {
  if (alone || difference === null) return { intervals: [] }
  if (sameBecause !== undefined && difference === 0 && paired !== undefined) {
    return { intervals: alphas.map(({ alpha }) => ({ alpha, lower: 0, upper: 0 })), method: sameBecause }
  }
  if (paired === undefined) return { intervals: [], method: 'point comparison: no uncertainty available' }
  return {
    intervals: paired.intervals,
    method: paired.method,
    ...(paired.pValue === undefined ? {} : { pValue: paired.pValue }),
  }
}

/** The value that counts: computed from predictions if possible, because only then its uncertainty is known. */
function estimate(measured: Measured | undefined, stated: readonly MetricRecord[] = []): Estimate {
  if (measured === undefined) return statedEstimate(stated)
  const conflict = stated.map((file) => findConflict(measured.value, file)).find((found) => found !== undefined)
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

function statedDirections(base: readonly MetricRecord[] = [], fresh: readonly MetricRecord[] = []): StatedDirections {
  const [before, now] = [base, fresh].map((side) => side.find(({ direction }) => direction !== undefined)?.direction)
  return { ...(before === undefined ? {} : { base: before }), ...(now === undefined ? {} : { new: now }) }
}

/** What the files say under one name or several for the same. */
function statedEstimate([file, ...others]: readonly MetricRecord[]): Estimate {
  if (file === undefined) return { value: null, problem: 'missing', origin: 'none', intervals: [] }
  const other = others.find(({ value }) => value === null || file.value === null || !agree(value, file.value))
  const common = {
    origin: 'metrics-file' as const,
    intervals: [],
    ...(other === undefined ? {} : { conflict: `${claim(file)}, ${claim(other)}` }),
  }
  if (file.value === null)
    return { ...common, value: null, problem: `${file.nonFinite ?? 'not a number'} in ${file.file}` }
  return { ...common, value: file.value }
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

function findWarnings({ fresh, base }: ComparisonRequest, pairing: Pairing | null): string[] {
  // Of a run that its data stopped there is nothing to compare: why, the verdict says.
  if (base === null || fresh.record.stoppedAt !== undefined) return []
  const warnings: string[] = []
  if (pairing === null) {
    const sides = fresh.predictions === null && base.predictions === null ? 'Neither side' : 'Only one side'
    warnings.push(`${sides} has predictions, so there is no uncertainty for any difference.`)
  }
  if (fresh.record.factors.data[evaluationSet] === undefined && base.record.factors.data[evaluationSet] === undefined) {
    const unseen =
      pairing === null
        ? 'it is not known whether both sides were measured on the same rows'
        : 'a change of what the rows hold would go unnoticed'
    warnings.push(`No data set is named "${evaluationSet}", so ${unseen}.`)
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
