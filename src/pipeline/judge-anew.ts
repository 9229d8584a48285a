import { dirname } from 'node:path'
import { digestOfWritten } from '../base/digest.ts'
import { type Difference, firstDifference } from '../base/first-difference.ts'
import type { Comparison } from '../compare/comparison.ts'
import { type LoadedConfig, shownPath } from '../config/load.ts'
import type { EvidenceNeeds } from '../gate/evidence.ts'
import { type JudgeContext, judge, neededEvidence } from '../gate/judge.ts'
import { type JudgedOn, type Verdict, verdictSchema } from '../gate/verdict.ts'
import { openRepository, type Repository } from '../record/repository.ts'
import { type BaselineOfRules, type Compared, compareStored, type StoredRun } from '../report/judgement.ts'
import { checkoutLineage } from './checkout-lineage.ts'
import { requireDataReports } from './data-reports.ts'
import { describeDifference, evidenceError, stoppedError, verdictDifference } from './evidence-error.ts'
import { readGoldenRows } from './golden-rows.ts'
import { type KeptRuns, readKeptRuns } from './kept-runs.ts'
import { isPartial } from './partial.ts'
import { choosePolicy, type Policies, policiesAt } from './policy.ts'
import { notCheckedOf } from './unchecked.ts'

export type JudgeAnewRequest = {
  /** Where comparison and verdict lie, and with them the runs that were compared. */
  folder: string
  loaded: LoadedConfig
  now: Date
  /** True when it does not matter whether the gate stopped it. */
  blockedToo: boolean
}

type Judged = { comparison: Comparison; verdict: Verdict }
type Bound = Judged & { judgedOn: JudgedOn }

/**
 * Measures the run and its baselines again, judges again, and holds comparison and verdict against what came of it: who edits them, or the record, in
 * one place or in all, gets past only where nothing measures (see `notCheckedOf`, whose sentences it gives). Throws `evidence/…` and
 * `predictions/…`, and as a block what checkpoints or waivers do not allow any more.
 */
export async function judgeAnew(given: Judged, request: JudgeAnewRequest): Promise<string[]> {
  const { folder, loaded } = request
  const judged = requireBound(given, folder)
  const { comparison, verdict } = judged
  const runs = await readKeptRuns(folder)
  const fresh = runs.all.get(comparison.new.record ?? '')
  if (fresh === undefined) throw evidenceError('record', folder, 'run.json', 'is not the record that was judged')
  if (isPartial(loaded.config, fresh.record))
    throw evidenceError('record', folder, 'run.json', `has not run every stage of ${loaded.file}`)
  const repository = await openRepository(loaded.root)
  const policies = await policiesAt(repository, judged.judgedOn.base, loaded, verdict.policy)
  const isProposed = policies.proposed !== undefined
  if (policies.policy.digest !== verdict.policy.digest || isProposed !== (verdict.policy.proposed !== undefined)) {
    const problem = `was given by other checkpoints than ${loaded.file} has${policies.tip === undefined ? '' : ' here and at its base'}`
    throw evidenceError('policy', folder, 'verdict.json', problem)
  }
  await requireDataReports(fresh.record, dirname(fresh.file))
  requireCompared(comparison, policies, runs, folder)
  const measured = await measureAnew(judged, { ...request, runs, fresh, policies, repository })
  const differs = firstDifference(inOrder(comparison), inOrder(measured.comparison))
  if (differs !== undefined)
    throw evidenceError('comparison', folder, 'comparison.json', describeDifference(differs, comparison))
  const context = { ...contextOf(judged.judgedOn), baselines: measured.baselines }
  requireVerdict(judged, policies, context, folder)
  if (!request.blockedToo) requireStillGood(judged, policies, context, request)
  return [...policies.notes, ...notCheckedOf(comparison, verdict)]
}

/** Throws unless the verdict is about this comparison, and the comparison says of which records it is. */
function requireBound(judged: Judged, folder: string): Bound {
  const { comparison, verdict } = judged
  const { judgedOn } = verdict
  if (judgedOn === undefined || comparison.new.record === undefined)
    throw evidenceError(
      'unbound',
      folder,
      'verdict.json',
      'does not say what it was given on, so it cannot be given again',
    )
  if (digestOfWritten(comparison) !== judgedOn.comparison)
    throw evidenceError('comparison', folder, 'comparison.json', 'is not the comparison that the verdict was given on')
  return { ...judged, judgedOn }
}

/** Who takes a baseline out of a comparison has rules about the change skipped: what the gate compared with lies here, and must be in it. */
function requireCompared(comparison: Comparison, policies: Policies, runs: KeptRuns, folder: string): void {
  const { new: fresh, base, otherBaselines } = comparison
  const named = new Set([fresh.record, base?.record, ...otherBaselines.map(({ run }) => run?.record)])
  const [left] = [...runs.compared].filter(([digest]) => !named.has(digest)).map(([, { record }]) => record.id)
  const wantsBase = base === null && needsOf(policies).usesBaseBranch
  const unused = wantsBase && runs.base?.record.status === 'succeeded' ? runs.base.record.id : left
  if (unused !== undefined)
    throw evidenceError(
      'baseline',
      folder,
      'comparison.json',
      `does not compare with run ${unused}, which lies beside it as a baseline`,
    )
}

function needsOf({ policy, proposed }: Policies): EvidenceNeeds {
  return neededEvidence(proposed === undefined ? [policy] : [policy, proposed])
}

type Measuring = JudgeAnewRequest & {
  runs: KeptRuns
  fresh: StoredRun
  policies: Policies
  repository: Repository | undefined
}

/** The comparison as these records and predictions give it. What lies outside of them is taken from the comparison that is there. */
async function measureAnew({ comparison }: Judged, measuring: Measuring): Promise<Compared> {
  const { loaded, policies, repository, fresh } = measuring
  const { policy, proposed, tip } = policies
  const key = loaded.config.data.eval?.key
  const base = tip === undefined ? undefined : { commit: tip, tip }
  const lineage = checkoutLineage({ root: loaded.root, repository, base })
  const needs = needsOf(policies)
  const others = comparison.otherBaselines.map(({ name, explanation, run, unusable }): [string, BaselineOfRules] => [
    name,
    {
      base: run === undefined ? null : baselineOf(run, measuring),
      // As a baseline among others it has no kind; only the one that the report is about has.
      baseline:
        explanation === comparison.baseline.explanation
          ? comparison.baseline
          : { kind: run === undefined ? 'none' : 'past-run', explanation },
      ...(unusable === undefined ? {} : { unusable }),
    },
  ])
  const unusable = comparison.mismatches.find(({ what }) => !measuredMismatches.includes(what))
  return await compareStored({
    fresh,
    base: comparison.base === null ? null : baselineOf(comparison.base, measuring),
    baseline: comparison.baseline,
    ...(unusable === undefined ? {} : { unusable }),
    others: Object.fromEntries(others),
    golden: await readGoldenRows(needs.golden, lineage, key),
    ...(comparison.history === null ? {} : { history: comparison.history }),
    policy,
    ...(proposed === undefined ? {} : { proposed }),
    ownFile: (path) => shownPath(loaded, path),
    ...(key === undefined ? {} : { key }),
  })
}

/** What `compareRuns` finds itself. Every other reason came from where the baseline was looked for. */
const measuredMismatches = ['evaluation set', 'environment', 'rows']

function baselineOf(
  { id, record }: { id: string; record?: string | undefined },
  { runs, folder }: Measuring,
): StoredRun {
  const found = runs.all.get(record ?? '')
  if (found !== undefined) return found
  throw evidenceError(
    'baseline',
    folder,
    'comparison.json',
    `compares with run ${id}, whose record is not there as it was compared`,
  )
}

/** What is about numbers of metrics first: it says most. */
function inOrder({ metrics, slices, new: fresh, base, ...rest }: Comparison): unknown {
  return JSON.parse(JSON.stringify({ metrics, slices, new: fresh, base, ...rest }))
}

function contextOf({ at, approvals }: JudgedOn): JudgeContext {
  return {
    ...(at === undefined ? {} : { now: new Date(at) }),
    ...(JSON.parse(JSON.stringify(approvals ?? {})) as JudgeContext),
  }
}

function requireVerdict(
  { comparison, verdict, judgedOn }: Bound,
  policies: Policies,
  context: JudgeContext,
  folder: string,
): void {
  const anew = { ...judge(comparison, policies.policy, policies.proposed, context), judgedOn }
  const [stored, given] = [verdict, verdictSchema.parse(JSON.parse(JSON.stringify(anew)))].map(withoutLines)
  const differs: Difference | undefined = firstDifference(stored, given)
  if (differs !== undefined) throw evidenceError('verdict', folder, 'verdict.json', verdictDifference(differs, verdict))
}

/** Lines of modelgate.yaml are for annotations; what is above a rule may have grown since. */
function withoutLines({ rules, ...rest }: Verdict): unknown {
  return JSON.parse(JSON.stringify({ ...rest, rules: rules.map(({ line: _line, ...rule }) => rule) }))
}

/**
 * What was allowed when it was judged has to be allowed now: a verdict that stands on checkpoints of another commit must hold under those of the
 * working tree too, and waivers end.
 */
function requireStillGood(
  { comparison, verdict }: Judged,
  policies: Policies,
  context: JudgeContext,
  { loaded, now }: JudgeAnewRequest,
): void {
  if (policies.isBase) {
    const own = choosePolicy(loaded, undefined).policy
    const { proposed } = judge(comparison, policies.policy, own, context).policy
    if (proposed?.outcome === 'blocked')
      throw stoppedError(verdict, `The checkpoints of ${loaded.file} as they are now stop it: ${proposed.reason}`)
  }
  const today = now.toISOString().slice(0, 10)
  const ended = verdict.waivers.find(({ waived, until }) => waived.length > 0 && until < today)
  if (ended !== undefined)
    throw stoppedError(verdict, `The verdict stands on a waiver of ${ended.rule} that ended on ${ended.until}.`)
}
