import { fileIn, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import { compareRuns } from '../compare/compare.ts'
import type { Comparison, Mismatch } from '../compare/comparison.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import { type Plots, plotsOf } from '../evaluation/plots/plots.ts'
import { type JudgeContext, judge, judgedMetrics, neededAlphas, type Policy } from '../gate/judge.ts'
import type { Verdict } from '../gate/verdict.ts'
import { loadEvidence, type StoredRun } from './evidence.ts'
import { renderMarkdown } from './markdown.ts'

export type { StoredRun } from './evidence.ts'

export type JudgementRequest = {
  fresh: StoredRun
  base: StoredRun | null
  baseline: Comparison['baseline']
  unusable?: Mismatch
  /** Checkpoints that judge. */
  policy: Policy
  /** Checkpoints of the change, when it edits those that judge. */
  proposed?: Policy
  /** What is known beside the two runs; the time is now unless it says otherwise. */
  context?: JudgeContext
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

/** From two stored runs to a verdict. Reads the predictions; writes nothing. */
export async function judgeRuns(request: JudgementRequest): Promise<Judgement> {
  const { fresh, base, policy, proposed } = request
  const options = {
    ...(request.key === undefined ? {} : { key: request.key }),
    foreign: request.ownFile === undefined,
  }
  const own = request.ownFile === undefined ? {} : { ownFile: request.ownFile }
  const sides = {
    fresh: await loadEvidence(fresh, { ...options, ...own }),
    base: base === null ? null : await loadEvidence(base, options),
  }
  const comparison = compareRuns({
    ...sides,
    baseline: request.baseline,
    ...(request.unusable === undefined ? {} : { unusable: request.unusable }),
    metrics: definitionsOf(policy, proposed),
    alphas: neededAlphas(proposed === undefined ? [policy] : [policy, proposed]),
  })
  const verdict = judge(comparison, policy, proposed, { now: new Date(), ...request.context })
  const plots = plotsOf(
    { fresh: sides.fresh.predictions, base: sides.base?.predictions ?? null },
    comparison.project.task === 'binary-classification',
  )
  return { comparison, verdict, plots, markdown: renderMarkdown(comparison, verdict, plots) }
}

/**
 * The definitions that hold. The change may describe metrics that nothing judges; for the judged ones only the policy
 * speaks, or a change could turn its own loss into a gain by saying that lower is better.
 */
function definitionsOf(policy: Policy, proposed: Policy | undefined): Policy['metrics'] {
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
