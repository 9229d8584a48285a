import { digestOfJson, digestOfWritten } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { plural } from '../base/number-text.ts'
import { checkGolden, countFlips, worstBroken } from '../evaluation/flips.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import type { RunRecord } from '../record/run-record.ts'
import { evaluationSet, findChanges, findMismatches, isSameModel } from './changes.ts'
import type { Comparison, MetricComparison, Mismatch, RunSummary } from './comparison.ts'
import type { CustomMeasurement } from './custom.ts'
import { compareData } from './data.ts'
import type { MetricDefinitions } from './definitions.ts'
import { isBinary, measureSides, seedsOf } from './measure-sides.ts'
import { metricRows } from './metric-rows.ts'
import { haveSameOutputs, inGroupsOf, isComplete, type Pairing, pairRows, reorder, sortedById } from './pairing.ts'
import type { Need } from './resample.ts'
import { compareSlices, type SliceNeed } from './slices.ts'

/** One side: what was recorded, and its predictions if there are any. */
export type Evidence = {
  record: RunRecord
  predictions: Predictions | null
  /** Predictions of every seed, `predictions` among them, where the pipeline ran with several. */
  seeds?: readonly Predictions[]
}

export type ComparisonRequest = {
  fresh: Evidence
  base: Evidence | null
  baseline: Comparison['baseline']
  /** Set when there should be a baseline, but it cannot be used: then nothing is comparable. */
  unusable?: Mismatch
  metrics: MetricDefinitions
  /** One-sided errors at which the rules decide, and about which metrics. */
  alphas: readonly Need[]
  /** Canonical names of the metrics that rules judge. */
  wanted?: readonly string[]
  slices?: readonly SliceNeed[]
  /** Ids of rows that must stay right, by the file that lists them. */
  golden?: readonly { file: string; ids: readonly string[] }[]
  /** Metrics of the user's own, measured already. */
  custom?: readonly CustomMeasurement[]
  history?: Comparison['history']
}

/** As many as somebody looks at. */
const mostBroken = 10

/**
 * Puts two runs side by side. Pure: the same records and predictions give the same comparison.
 * Throws `compare/other-task` or `compare/other-project` for runs that have nothing to do with one another, and
 * `compare/unfinished` for a new run that did not succeed.
 */
export function compareRuns(given: ComparisonRequest): Comparison {
  const sorted = { ...given, fresh: inOrder(given.fresh) }
  const { base } = sorted
  checkFinished(sorted.fresh.record)
  if (base !== null) checkSameProject(base.record, sorted.fresh.record)
  const pairing =
    base === null || base.predictions === null || sorted.fresh.predictions === null
      ? null
      : pairRows(base.predictions, sorted.fresh.predictions)
  const mismatches = [
    ...(given.unusable === undefined ? [] : [given.unusable]),
    ...(base === null ? [] : findMismatches(base.record, sorted.fresh.record)),
    ...(pairing === null ? [] : rowMismatches(pairing)),
  ]
  const alignedBase =
    base?.predictions != null && pairing !== null && isComplete(pairing)
      ? reorder(base.predictions, pairing.positions)
      : null
  const grouped = sorted.fresh.predictions === null ? null : inGroupsOf(sorted.fresh.predictions, alignedBase)
  const request = { ...sorted, fresh: { ...sorted.fresh, predictions: grouped?.predictions ?? null } }
  const { fresh } = request
  const changes =
    base === null ? { code: [], data: [], params: [], environment: [] } : findChanges(base.record, fresh.record)
  const sameBecause = whySame(request, changes, alignedBase)
  const comparable = mismatches.length === 0
  const isMeasured = fresh.record.stoppedAt === undefined
  const { slices, warnings } = isMeasured
    ? slicesOf(request, comparable ? alignedBase : null, sameBecause)
    : { slices: [], warnings: [] }
  return {
    schema: 'modelgate/comparison@1',
    project: fresh.record.project,
    new: summarise(fresh.record),
    base: base === null ? null : summarise(base.record),
    baseline: request.baseline,
    otherBaselines: [],
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
    ...(alignedBase === null || fresh.predictions === null
      ? { flips: null, broken: null }
      : {
          flips: countFlips(alignedBase, fresh.predictions),
          broken: worstBroken(alignedBase, fresh.predictions, mostBroken),
        }),
    data: compareData(fresh.record, base?.record ?? null),
    stoppedAt: fresh.record.stoppedAt ?? null,
    metrics: isMeasured ? metricsOf(request, comparable ? alignedBase : null, sameBecause) : [],
    slices,
    sliceColumns: [...(fresh.predictions?.columns?.keys() ?? [])],
    golden: goldenOf(request),
    history: request.history ?? null,
    reruns: fresh.record.reruns,
    mismatches,
    warnings: [...findWarnings(request, pairing), ...movedGroups(grouped?.moved ?? 0), ...warnings],
    changes,
  }
}

/** Said when the sides do not agree about which rows belong together. */
function movedGroups(moved: number): string[] {
  if (moved === 0) return []
  return [
    `${plural(moved, 'row')} ${moved === 1 ? 'is' : 'are'} in another group than in the base: the groups of the base count.`,
  ]
}

function metricsOf(
  request: ComparisonRequest,
  paired: Predictions | null,
  sameBecause: string | undefined,
): MetricComparison[] {
  const { fresh, base, metrics: definitions, alphas, wanted = [] } = request
  const seeds = seedsOf(fresh, base)
  const seed = seedOf(fresh, paired)
  return metricRows({
    fresh: fresh.record,
    base: base?.record ?? null,
    measured: measureSides({ ...request, wanted, paired, seed }),
    conflicts: new Map(
      (request.custom ?? []).flatMap(({ name, conflict }) => (conflict === undefined ? [] : [[name, conflict]])),
    ),
    // Over seeds nothing is exact: another seed gives another model.
    sameBecause: seeds === undefined ? sameBecause : undefined,
    definitions,
    alphas: alphas.map(({ alpha }) => alpha),
    wanted,
    seeds,
  })
}

function slicesOf(
  { fresh, base, slices = [], metrics: definitions }: ComparisonRequest,
  paired: Predictions | null,
  sameBecause: string | undefined,
): ReturnType<typeof compareSlices> {
  if (fresh.predictions === null || slices.length === 0) return { slices: [], warnings: [] }
  return compareSlices({
    needs: slices,
    fresh: fresh.predictions,
    base: paired,
    binary: isBinary(fresh.record),
    seed: seedOf(fresh, paired),
    definitions,
    records: { fresh: fresh.record, base: base?.record ?? null },
    sameBecause,
  })
}

function goldenOf({ fresh, base, golden = [] }: ComparisonRequest): Comparison['golden'] {
  const { predictions } = fresh
  if (predictions === null) return []
  return golden.flatMap(({ file, ids }) => checkGolden(file, ids, predictions, base?.predictions ?? null) ?? [])
}

function inOrder({ predictions, ...others }: Evidence): Evidence {
  return { ...others, predictions: predictions === null ? null : sortedById(predictions) }
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
  const outs = record.stages.flatMap((stage) => Object.values(stage.outs).map(({ path, digest }) => [path, digest]))
  const peaks = record.stages.flatMap((stage) => (stage.peakMemoryBytes === null ? [] : [stage.peakMemoryBytes]))
  return {
    id: record.id,
    record: digestOfWritten(record),
    ...(record.source === null ? {} : { commit: record.source.commit }),
    ...(record.source?.branch === undefined ? {} : { branch: record.source.branch }),
    dirty: record.source?.dirty ?? false,
    durationMs: record.durationMs,
    peakMemoryBytes: peaks.length === 0 ? null : Math.max(...peaks),
    ...(outs.length === 0 ? {} : { outs: Object.fromEntries(outs) }),
    notes: record.notes,
  }
}
