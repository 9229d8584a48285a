import type { Mismatch } from '../compare/comparison.ts'
import { directionOf, type MetricDefinitions } from '../compare/definitions.ts'
import { type BaselineSpec, formatBaselineSpec } from '../config/baseline-spec.ts'
import type { LoadedConfig } from '../config/load.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { type Circumstances, chooseBaseline } from '../history/choose-baseline.ts'
import type { PastRun, PastRuns } from '../history/past-runs.ts'
import { rollingRecord } from '../history/rolling-record.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { Baseline } from './baseline.ts'
import type { Lineage } from './lineage.ts'

/** Under which names the history has the pipeline and its model. */
export type HistoryNames = { pipeline: string; model: string }

/**
 * Those of the base, where there is one: a change that calls itself something else would find no earlier run there, as if it were the first.
 */
export function historyNames(
  { config }: Pick<LoadedConfig, 'config'>,
  base?: Pick<LoadedConfig, 'config'>,
): HistoryNames {
  const { name, model } = base?.config ?? config
  return { pipeline: name, model: model?.name ?? name }
}

export type PastBaselineRequest = {
  spec: BaselineSpec
  /** Where earlier runs come from; undefined where nobody named a source. */
  source: PastRuns | undefined
  names: HistoryNames
  /** The run that is judged. */
  fresh: RunRecord
  lineage: Lineage
  metrics: MetricDefinitions
  /** The metric that `best` goes by where it names none. */
  judged: string | undefined
}

/**
 * Only runs of what the base branch has: a folder that lies in the working tree may hold what the change itself measured. Where no base is known
 * all count.
 */
export function trustedRuns(source: PastRuns, { ofBase }: Lineage): PastRuns {
  const listed = new Map<string, Promise<PastRun[]>>()
  const list = async (pipeline: string): Promise<PastRun[]> => {
    const runs = await source.list(pipeline)
    const commits = await ofBase(runs.flatMap(({ commit }) => commit ?? []))
    if (commits === undefined) return runs
    return runs.filter(({ commit, dirty }) => commit !== undefined && !dirty && commits.has(commit))
  }
  return {
    ...source,
    // Once, however many baselines a change names: each time costs a list of all commits, or as many requests as there are pages of them.
    list: async (pipeline) => {
      const found = listed.get(pipeline) ?? list(pipeline)
      listed.set(pipeline, found)
      return await found
    },
  }
}

/** The stage of a model whose run is the champion. */
export const championStage = 'production'

/**
 * The baseline that a checkpoint names, among records of earlier runs. What should be there and is not leaves the rules about the change
 * undecided; only where there cannot be one yet, such as before the first promotion, there is none without a fault.
 */
export async function findPastBaseline(request: PastBaselineRequest): Promise<Omit<Baseline, 'policy'>> {
  const { spec, source, names } = request
  if (spec.kind === 'file') return await request.lineage.recordOfBase(spec.path)
  const name = formatBaselineSpec(spec)
  if (source === undefined) {
    return unusable(
      `The baseline is ${name}, but it is not known where earlier runs are recorded.`,
      'Name it with --history (or the input `history`): `refs`, or the folder of their records.',
    )
  }
  const runs = await source.list(names.pipeline)
  const choice = chooseBaseline(spec, { name: source.name, runs }, await circumstancesOf(request, source))
  if (choice.runs === null) {
    const message = `There is no baseline ${name}: ${choice.explanation}.`
    if (choice.expected) return { run: null, explanation: { kind: 'none', explanation: message } }
    return unusable(
      message,
      spec.kind === 'base-branch' && !request.lineage.hasBase
        ? 'Name the base with --base, such as `--base main` (or the input `base`), in a clone that has its history: `git fetch --unshallow`, or `fetch-depth: 0`.'
        : 'Record runs of the base branch there, or choose another baseline on the base branch.',
    )
  }
  const [first] = choice.runs
  const { record, file, note } = await source.read(first.id)
  const rolling = spec.kind === 'rolling' ? rollingRecord(record, choice.runs) : record
  const missing = note === undefined || spec.kind === 'rolling' ? '' : `; ${note}`
  const explanation = `${choice.explanation}${missing}`
  return { run: { record: rolling, file }, explanation: { kind: 'past-run', explanation } }
}

/** No baseline, although there should be one. */
export function unusable(message: string, remedy: string): Omit<Baseline, 'policy'> {
  const mismatch: Mismatch = { what: 'baseline', message, remedy }
  return { run: null, explanation: { kind: 'none', explanation: message }, unusable: mismatch }
}

async function circumstancesOf(
  { spec, fresh, names, lineage, metrics, judged }: PastBaselineRequest,
  source: PastRuns,
): Promise<Circumstances> {
  const digest = fresh.factors.data.eval?.digest
  const common = { own: fresh.id, ancestors: [], ...(digest === undefined ? {} : { evaluationSet: digest }) }
  switch (spec.kind) {
    case 'base-branch':
      return { ...common, ancestors: await lineage.ancestors(fresh.source?.commit) }
    case 'champion': {
      const champion = await source.promoted(names.model, championStage)
      return { ...common, ...(champion === undefined ? {} : { champion }) }
    }
    case 'pinned': {
      const pinned = await lineage.resolve(spec.ref)
      return { ...common, ...(pinned === undefined ? {} : { pinned }) }
    }
    case 'best': {
      const metric = spec.metric ?? judged
      const direction = metric === undefined ? 'unknown' : directionOf(metrics, metric)
      if (metric === undefined || direction === 'unknown') return common
      return { ...common, best: { metric, direction, measured: (run) => measuredBy(run, metric) } }
    }
    default:
      return common
  }
}

/** The value of a metric under its own name, or another one for the same metric. */
function measuredBy({ metrics }: PastRun, metric: string): number | undefined {
  if (Object.hasOwn(metrics, metric)) return metrics[metric]
  const canonical = canonicalMetric(metric)
  return Object.entries(metrics).find(([name]) => canonicalMetric(name) === canonical)?.[1]
}
