import { digestOfWritten } from '../base/digest.ts'
import { fileIn, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { compareRuns, type Evidence } from '../compare/compare.ts'
import type { Comparison, Mismatch } from '../compare/comparison.ts'
import { configFileName } from '../config/load.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { type Plots, plotsOf } from '../evaluation/plots/plots.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import type { EvidenceNeeds } from '../gate/evidence.ts'
import { type JudgeContext, judge, judgedMetrics, neededApprovers, neededEvidence, type Policy } from '../gate/judge.ts'
import type { JudgedOn, Verdict } from '../gate/verdict.ts'
import { loadEvidence, measureOwnMetrics, type OwnMetric, type StoredRun } from './evidence.ts'
import { renderMarkdown } from './markdown.ts'

export type { StoredRun } from './evidence.ts'

/** What rules compare with: a run, or why there is none. */
export type BaselineOfRules = {
  base: StoredRun | null
  baseline: Comparison['baseline']
  unusable?: Mismatch
}

export type JudgementRequest = BaselineOfRules & {
  fresh: StoredRun
  /** Baselines of single checkpoints or rules, by `formatBaselineSpec`. */
  others?: Readonly<Record<string, BaselineOfRules>>
  /** Ids of rows that must stay right, by the file that lists them. */
  golden?: readonly { file: string; ids: readonly string[] }[]
  /** Metrics of earlier runs. */
  history?: Comparison['history']
  /** Checkpoints that judge. */
  policy: Policy
  /** Checkpoints of the change, when it edits those that judge. */
  proposed?: Policy
  /** What is known beside the two runs; the time is now unless it says otherwise. */
  context?: JudgeContext
  /** Tip of the base, whose checkpoints and golden rows count; the verdict names it. */
  tip?: string
  /** Column that identifies a row, where it is not called `id`. */
  key?: string
  /**
   * Names the user's own file for a path in the record of the change: an error in it belongs there, not into our copy. Without it both records
   * are taken for foreign ones, and errors in their predictions are about no file of this machine.
   */
  ownFile?: (path: string) => string
}

/** Everything that follows from two runs: the comparison, the verdict on it, what can be drawn, and the report of all. */
export type Judgement = { comparison: Comparison; verdict: Verdict; plots: Plots | null; markdown: string }

/** The comparisons that rules are judged on. `baselines`: one for each of `others`. */
export type Compared = {
  comparison: Comparison
  baselines: Record<string, Comparison>
  predictions: { fresh: Predictions | null; base: Predictions | null }
}

/** From stored runs to what can be judged. Reads the predictions; writes nothing. */
export async function compareStored(request: Omit<JudgementRequest, 'context' | 'tip'>): Promise<Compared> {
  const { fresh, policy, proposed, others = {} } = request
  const needs = neededEvidence(proposed === undefined ? [policy] : [policy, proposed])
  const compared = comparing(request, needs)
  const named = Object.entries(others)
  const now = await compared.load(fresh, true)
  // Where no rule compares with the base branch, the report is about what the rules compare with.
  const [first] = named
  const shown = await compared.compare(now, needs.usesBaseBranch || first === undefined ? request : first[1])
  const baselines: Record<string, Comparison> = {}
  for (const [spec, baseline] of named) baselines[spec] = (await compared.compare(now, baseline)).comparison
  const comparison: Comparison = {
    ...shown.comparison,
    otherBaselines: named.map(([name, { unusable }]) => otherBaseline(name, baselines[name], unusable)),
  }
  return { comparison, baselines, predictions: { fresh: now.predictions, base: shown.base } }
}

function otherBaseline(
  name: string,
  comparison: Comparison | undefined,
  unusable: Mismatch | undefined,
): Comparison['otherBaselines'][number] {
  const { baseline, base = null } = comparison ?? {}
  return {
    name,
    explanation: baseline?.explanation ?? '',
    ...(base === null
      ? {}
      : { run: { id: base.id, record: base.record, ...(base.commit === undefined ? {} : { commit: base.commit }) } }),
    ...(unusable === undefined ? {} : { unusable }),
  }
}

/** From stored runs to a verdict. Reads the predictions; writes nothing. */
export async function judgeRuns(request: JudgementRequest): Promise<Judgement> {
  const { policy, proposed } = request
  const { comparison, baselines, predictions } = await compareStored(request)
  const context = { now: new Date(), ...request.context }
  const verdict = {
    ...judge(comparison, policy, proposed, { ...context, baselines }),
    judgedOn: judgedOn(comparison, request, context),
  }
  const plots = plotsOf(predictions, comparison.project.task === 'binary-classification')
  return { comparison, verdict, plots, markdown: renderMarkdown(comparison, verdict, plots) }
}

/** What the same verdict can be given on again. A time that nothing depends on would make each verdict another one. */
function judgedOn(
  comparison: Comparison,
  { policy, proposed, tip }: JudgementRequest,
  { now, ...known }: JudgeContext & { now: Date },
): JudgedOn {
  const policies = proposed === undefined ? [policy] : [policy, proposed]
  const asksPeople = policies.some((one) => neededApprovers(one) !== undefined)
  const waives = policies.some(({ waivers = [] }) => waivers.length > 0)
  const { baselines: _baselines, ...approvals } = known
  return {
    comparison: digestOfWritten(comparison),
    ...(tip === undefined ? {} : { base: tip }),
    ...(asksPeople
      ? { at: now.toISOString() }
      : waives
        ? { at: `${now.toISOString().slice(0, 10)}T00:00:00.000Z` }
        : {}),
    ...(asksPeople ? { approvals: JSON.parse(JSON.stringify(approvals)) as NonNullable<JudgedOn['approvals']> } : {}),
  }
}

type Comparing = {
  load(run: StoredRun, isOwn: boolean): Promise<Evidence>
  compare(now: Evidence, baseline: BaselineOfRules): Promise<{ comparison: Comparison; base: Predictions | null }>
}

/** Compares one run with one baseline after another, all with what the rules need. */
function comparing(request: JudgementRequest, needs: EvidenceNeeds): Comparing {
  const { fresh, policy, proposed, key, ownFile, golden, history } = request
  const options = { ...(key === undefined ? {} : { key }), foreign: ownFile === undefined }
  const load: Comparing['load'] = async (run, isOwn) =>
    await loadEvidence(run, { ...options, ...(isOwn && ownFile !== undefined ? { ownFile } : {}) })
  const definitions = definitionsOf(policy, proposed)
  const own = ownMetrics(definitions)
  const isMeasured = fresh.record.status === 'succeeded' && fresh.record.stoppedAt === undefined
  return {
    load,
    compare: async (now, { base, baseline, unusable }) => {
      const before = base === null ? null : await load(base, false)
      const comparison = compareRuns({
        fresh: now,
        base: before,
        baseline,
        ...(unusable === undefined ? {} : { unusable }),
        metrics: definitions,
        alphas: needs.alphas,
        wanted: needs.metrics,
        slices: needs.slices,
        custom: isMeasured ? await measureOwnMetrics(own, fresh, base, key) : [],
        ...(golden === undefined ? {} : { golden }),
        ...(history === undefined ? {} : { history }),
      })
      return { comparison, base: before?.predictions ?? null }
    },
  }
}

/** Metrics that the definitions compute by SQL. */
export function ownMetrics(definitions: Policy['metrics']): OwnMetric[] {
  return Object.entries(definitions).flatMap(([name, { sql }]) =>
    sql === undefined ? [] : [{ name, sql, place: { file: configFileName } }],
  )
}

/**
 * The definitions that hold. The change may describe metrics that nothing judges; for the judged ones only the policy
 * speaks, or a change could turn its own loss into a gain by saying that lower is better.
 */
export function definitionsOf(policy: Policy, proposed: Policy | undefined): Policy['metrics'] {
  const judged = new Set(judgedMetrics(policy).map(canonicalMetric))
  const added = Object.entries(proposed?.metrics ?? {}).filter(([name]) => !judged.has(canonicalMetric(name)))
  return { ...Object.fromEntries(added), ...policy.metrics }
}

/** Where the files of a judgement lie. */
export type JudgementFiles = { comparison: string; verdict: string; report: string; page: string }

/** Writes comparison, verdict and report, the last as Markdown and as a page, into a folder. */
export async function writeJudgement(folder: string, judgement: Judgement): Promise<JudgementFiles> {
  const files = {
    comparison: fileIn(folder, 'comparison.json'),
    verdict: fileIn(folder, 'verdict.json'),
    report: fileIn(folder, 'report.md'),
    page: fileIn(folder, 'report.html'),
  }
  await writeFileAtomic(files.comparison, prettyJson(judgement.comparison))
  await writeFileAtomic(files.verdict, prettyJson(judgement.verdict))
  await writeFileAtomic(files.report, judgement.markdown)
  // Loaded only now, with all that draws: nothing before this line needs it.
  const { renderPage } = await import('./page/page.ts')
  await writeFileAtomic(files.page, renderPage(judgement.comparison, judgement.verdict, judgement.plots))
  return files
}
