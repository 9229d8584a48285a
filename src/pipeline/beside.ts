import type { Comparison } from '../compare/comparison.ts'
import { parseBaselineSpec } from '../config/baseline-spec.ts'
import type { LoadedConfig } from '../config/load.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { judgedMetrics, neededEvidence, type Policy } from '../gate/judge.ts'
import type { PastRun, PastRuns } from '../history/past-runs.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { BaselineOfRules, JudgementRequest } from '../report/judgement.ts'
import type { Baseline } from './baseline.ts'
import { readGoldenRows } from './golden-rows.ts'
import type { Lineage } from './lineage.ts'
import { findPastBaseline, historyNames, trustedRuns } from './past-baseline.ts'

export type BesideRequest = {
  loaded: Pick<LoadedConfig, 'config'>
  /** The configuration of the base, where there is one. */
  base: Pick<LoadedConfig, 'config'> | undefined
  policy: Policy
  proposed?: Policy
  fresh: RunRecord
  lineage: Lineage
  /** Records of earlier runs, where somebody named them. */
  source: PastRuns | undefined
  /** Stands for every baseline that a checkpoint or a rule names. */
  stated?: Omit<Baseline, 'policy'>
}

export type Beside = Pick<JudgementRequest, 'others' | 'golden' | 'history'>

/** What the rules need beside the run and the base: other baselines, golden rows and history. Reads only what a rule asks for. */
export async function gatherBeside(request: BesideRequest): Promise<Beside> {
  const { loaded, policy, proposed, fresh, lineage } = request
  const names = historyNames(loaded, request.base)
  const source = request.source === undefined ? undefined : trustedRuns(request.source, lineage)
  const needs = neededEvidence(proposed === undefined ? [policy] : [policy, proposed])
  const [judged] = judgedMetrics(policy)
  const others: Record<string, BaselineOfRules> = {}
  for (const name of needs.baselines) {
    const spec = parseBaselineSpec(name)
    if (spec === undefined) continue
    const found =
      request.stated ??
      (await findPastBaseline({
        spec,
        source,
        names,
        fresh,
        lineage,
        metrics: policy.metrics,
        judged,
      }))
    const { run, explanation, unusable } = found
    others[name] = { base: run, baseline: explanation, ...(unusable === undefined ? {} : { unusable }) }
  }
  const golden = await readGoldenRows(needs.golden, lineage, loaded.config.data.eval?.key)
  return {
    others,
    golden,
    ...(source === undefined || needs.history === 0
      ? {}
      : { history: await historyOf(source, names.pipeline, fresh, needs.history) }),
  }
}

/** The last runs on the same evaluation set: values on other rows are those of another question. Oldest first. */
async function historyOf(
  source: PastRuns,
  pipeline: string,
  fresh: RunRecord,
  most: number,
): Promise<NonNullable<Comparison['history']>> {
  const all = (await source.list(pipeline)).filter(({ id }) => id !== fresh.id)
  const same = all.filter(({ evaluationSet }) => evaluationSet === fresh.factors.data.eval?.digest)
  const left = all.length - same.length
  const note = left === 0 ? '' : ` (${left} on other evaluation sets left out)`
  return { source: `${source.name}${note}`, runs: same.slice(0, most).reverse().map(pointOf) }
}

function pointOf({ id, commit, finishedAt, metrics }: PastRun): NonNullable<Comparison['history']>['runs'][number] {
  const named = Object.entries(metrics)
  // A value under its canonical name goes before one under another name for it.
  const ordered = [
    ...named.filter(([name]) => canonicalMetric(name) !== name),
    ...named.filter(([name]) => canonicalMetric(name) === name),
  ]
  return {
    id,
    ...(commit === undefined ? {} : { commit }),
    finishedAt,
    metrics: Object.fromEntries(ordered.map(([name, value]) => [canonicalMetric(name), value])),
  }
}
