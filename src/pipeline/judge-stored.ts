import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import { explainStoredBaseline } from '../compare/baseline.ts'
import type { Mismatch } from '../compare/comparison.ts'
import { configFileName, type LoadedConfig, loadConfig, locateConfig, shownPath } from '../config/load.ts'
import { neededEvidence, type Policy } from '../gate/judge.ts'
import type { PastRuns } from '../history/past-runs.ts'
import { openRepository, type Repository, requireSameRepository } from '../record/repository.ts'
import { readRecord, recordFileName } from '../record/store.ts'
import { manifestFileName } from '../registry/bundle/manifest.ts'
import type { Judgement, JudgementFiles, StoredRun } from '../report/judgement.ts'
import { contextOf, type FindApprovals } from './approvals.ts'
import { findBaseCommit } from './base-run.ts'
import { type Baseline, readStoredBaseline } from './baseline.ts'
import { gatherBeside } from './beside.ts'
import { type Checkout, checkoutLineage } from './checkout-lineage.ts'
import { judgeInto } from './judge-into.ts'
import { type HistoryAccess, openHistory } from './open-history.ts'
import { isPartial } from './partial.ts'
import { findPastBaseline, historyNames, type PastBaselineRequest } from './past-baseline.ts'
import { choosePolicy, readConfigAt } from './policy.ts'
import { latestRun } from './state-folder.ts'

export type StoredRequest = {
  workingDirectory: string
  config?: string
  /** Record to judge; the newest run of the project without it. */
  run?: string
  /** Record to compare with; without it the base that lies beside the run, if one was measured. */
  baseline?: string
  /** True when that record stands for every baseline that is named, unless a history gives those. */
  baselineForAll?: boolean
  /** A commit, branch or tag whose checkpoints judge. */
  base?: string
  /** The same, found already. */
  baseCommit?: string
  /** True when rules about the change must not be skipped for want of a baseline. */
  mustCompare?: boolean
  /** True when a project without modelgate.yaml is fine: then nothing is judged, only compared. */
  configOptional?: boolean
  /** Asks who approved the change, where a rule wants that. */
  findApprovals?: FindApprovals
  /** Where earlier runs are recorded (see `openHistory`), for baselines other than the base branch and for rules about history. */
  history?: string
  historyAccess?: HistoryAccess
  /** Ends the talk with the history. */
  signal?: AbortSignal
  /** Where the judgement is written; the folder of the run without it. */
  out?: string
}

export type StoredResult = {
  loaded: LoadedConfig | undefined
  judgement: Judgement
  files: JudgementFiles
  folder: string
  runFile: string
}

/** Judges records that exist already. */
export async function judgeStored(request: StoredRequest): Promise<StoredResult> {
  const { workingDirectory } = request
  const loaded = await findConfig(request)
  const run = request.run ?? (await latestRun(loaded?.root ?? workingDirectory))
  if (run === undefined) {
    throw new ModelgateError({
      code: 'gate/no-run',
      message: 'There is no run to judge.',
      help: 'Run the pipeline first with `modelgate run`, or name a record.',
    })
  }
  const fresh = await readRecord(resolve(workingDirectory, run))
  requireOutsideBundle(outOf(request, fresh), loaded?.root)
  const { repository, base, policy: basePolicy } = await findRevision(request, loaded)
  const { history, historyAccess: access, signal = new AbortController().signal } = request
  const past = await openHistory({ workingDirectory, history, access, repository, signal })
  try {
    return await judge(request, { fresh, loaded, repository, base, basePolicy, source: past.source })
  } finally {
    await past.close()
  }
}

type Prepared = Pick<Checkout, 'repository' | 'base'> & {
  source: PastRuns | undefined
  fresh: StoredRun
  loaded: LoadedConfig | undefined
  basePolicy: LoadedConfig | undefined
}

async function judge(
  request: StoredRequest,
  { fresh, loaded, repository, base, basePolicy, source }: Prepared,
): Promise<StoredResult> {
  const { workingDirectory } = request
  const lineage = checkoutLineage({ root: loaded?.root ?? workingDirectory, repository, base })
  const past =
    loaded === undefined || source === undefined
      ? undefined
      : { lineage, source, names: historyNames(loaded, basePolicy) }
  const baseline = await findStoredBaseline(request, fresh, past)
  if (loaded !== undefined && loaded.config.name !== fresh.record.project.name) {
    throw new ModelgateError({
      code: 'gate/other-project',
      message: `The run is of "${fresh.record.project.name}", but ${loaded.file} is of "${loaded.config.name}".`,
      help: `Judge it with the ${configFileName} that it was run with (--config).`,
    })
  }
  if (loaded !== undefined && fresh.record.status === 'succeeded' && isPartial(loaded.config, fresh.record)) {
    throw new ModelgateError({
      code: 'gate/partial-run',
      message: `Run ${fresh.record.id} has not run every stage of ${loaded.file}, so it is not judged.`,
      help: 'Run the stages that are left, with `modelgate run --continue` or the evaluate action, and judge then.',
    })
  }
  const key = loaded?.config.data.eval?.key
  const policies = loaded === undefined ? { policy: noPolicy } : choosePolicy(loaded, basePolicy)
  const stated = request.baseline !== undefined && request.baselineForAll === true
  if (stated && source !== undefined) requireUseOfBaseline(policies.policy)
  const stands = stated && source === undefined ? { stated: baseline } : {}
  const folder = outOf(request, fresh)
  const judged = await judgeInto(folder, {
    fresh,
    base: baseline.run,
    baseline: baseline.explanation,
    ...(baseline.unusable === undefined ? {} : { unusable: baseline.unusable }),
    ...(loaded === undefined ? {} : { ownFile: (path) => shownPath(loaded, path) }),
    ...policies,
    ...(loaded === undefined
      ? {}
      : await gatherBeside({ loaded, base: basePolicy, ...policies, fresh: fresh.record, lineage, source, ...stands })),
    ...(await contextOf(policies.policy, request.findApprovals, {
      folder: loaded?.root ?? workingDirectory,
      commit: fresh.record.source?.commit,
    })),
    ...(base === undefined ? {} : { tip: base.tip }),
    ...(key === undefined ? {} : { key }),
  })
  return { loaded, ...judged, folder, runFile: fresh.file }
}

function outOf({ out, workingDirectory }: StoredRequest, { file }: StoredRun): string {
  return out === undefined ? dirname(file) : resolve(workingDirectory, out)
}

/** A new verdict within a bundle would be a file that its manifest does not know. `root`: of the project, above which nobody looks. */
function requireOutsideBundle(folder: string, root: string | undefined): void {
  for (let at = folder; at !== root && at !== dirname(at); at = dirname(at)) {
    if (!existsSync(fileIn(at, manifestFileName))) continue
    throw new ModelgateError({
      code: 'gate/in-bundle',
      message: 'The judgement would be written into a bundle, which would then be another than the one that was made.',
      place: { file: folder },
      help: 'Name another folder for it with --out.',
    })
  }
}

/** With a history the record that was named stands for the base branch only. */
function requireUseOfBaseline(policy: Policy): void {
  const { usesBaseBranch, baselines } = neededEvidence([policy])
  if (usesBaseBranch || baselines.length === 0) return
  throw new ModelgateError({
    code: 'gate/unused-baseline',
    message: `No rule would be judged against the record of --baseline-run: they compare with ${baselines.join(', ')}, which --history gives.`,
    help: 'Leave out --history, so that the record stands for it; or leave out --baseline-run.',
  })
}

/** The record that was named; else the base that was measured together with the run, which lies beside it; else one of earlier runs. */
async function findStoredBaseline(
  request: StoredRequest,
  { record, file }: StoredRun,
  past: Pick<PastBaselineRequest, 'lineage' | 'source' | 'names'> | undefined,
): Promise<Omit<Baseline, 'policy'>> {
  const beside = join(dirname(file), 'base', recordFileName)
  if (request.baseline !== undefined) {
    const stated = await readStoredBaseline(resolve(request.workingDirectory, request.baseline))
    if (stated.run?.record.id === record.id) throw ownBaseline(record.id)
    return stated
  }
  if (existsSync(beside)) return await readStoredBaseline(beside)
  if (past !== undefined) {
    const spec = { kind: 'base-branch' as const }
    return await findPastBaseline({ spec, fresh: record, metrics: {}, judged: undefined, ...past })
  }
  const none = { run: null, explanation: explainStoredBaseline(undefined) }
  return request.mustCompare === true ? { ...none, unusable: missingBaseline } : none
}

/** What is compared with itself differs by nothing, so that every rule about the change would pass. */
function ownBaseline(id: string): ModelgateError {
  return new ModelgateError({
    code: 'gate/own-baseline',
    message: `Run ${id} is compared with itself: the record of the baseline is that of the run.`,
    help: 'Name the record of another run as the baseline, or leave it out.',
  })
}

const missingBaseline: Mismatch = {
  what: 'baseline',
  message: 'No baseline record was given, although this change has a base to compare with.',
  remedy:
    'Give `baseline-file`, such as the output `baseline-run-file` of the evaluate action; `base: none` judges without one.',
}

const noPolicy: Policy = { checkpoints: {}, metrics: {}, digest: '', from: 'none' }

async function findConfig({
  workingDirectory,
  config,
  configOptional,
}: StoredRequest): Promise<LoadedConfig | undefined> {
  try {
    return await loadConfig(locateConfig(workingDirectory, config), workingDirectory)
  } catch (error) {
    if (configOptional === true && error instanceof ModelgateError && error.code === 'config/not-found')
      return undefined
    throw error
  }
}

type Revision = {
  repository: Repository | undefined
  base: { commit: string; tip: string } | undefined
  /** The configuration at that revision, whose checkpoints judge; undefined when none is asked for. */
  policy: LoadedConfig | undefined
}

async function findRevision(
  { base, baseCommit, history, workingDirectory }: StoredRequest,
  loaded: LoadedConfig | undefined,
): Promise<Revision> {
  const asksNothing = base === undefined && baseCommit === undefined
  if (loaded === undefined || (asksNothing && history === undefined))
    return { repository: undefined, base: undefined, policy: undefined }
  const repository = await openRepository(loaded.root)
  if (repository === undefined || asksNothing) return { repository, base: undefined, policy: undefined }
  await requireSameRepository(workingDirectory, loaded.root, repository)
  const found =
    baseCommit === undefined ? await findBaseCommit(repository, base ?? '') : { commit: baseCommit, tip: baseCommit }
  return { repository, base: found, policy: await readConfigAt(repository, found.tip, loaded) }
}
