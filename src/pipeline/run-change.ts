import { resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { ModelgateError } from '../base/error.ts'
import { type LoadedConfig, loadConfig, locateConfig, shownPath } from '../config/load.ts'
import { neededEvidence } from '../gate/judge.ts'
import { openRepository, type Repository, requireSameRepository } from '../record/repository.ts'
import type { RunRecord } from '../record/run-record.ts'
import { readRecord } from '../record/store.ts'
import { definitionsOf, type Judgement, type JudgementFiles, ownMetrics, type StoredRun } from '../report/judgement.ts'
import { contextOf, type FindApprovals } from './approvals.ts'
import { readBaseChecks } from './base-checks.ts'
import { type BaseCommit, findBaseCommit } from './base-run.ts'
import { findBaseline } from './baseline.ts'
import { gatherBeside } from './beside.ts'
import { checkoutLineage } from './checkout-lineage.ts'
import { historyFinder } from './history-finder.ts'
import { judgeInto } from './judge-into.ts'
import type { RunObserver } from './observer.ts'
import { type HistoryAccess, type OpenHistory, openHistory } from './open-history.ts'
import { isPartial } from './partial.ts'
import { choosePolicy } from './policy.ts'
import { rerunPipeline } from './reruns.ts'
import { newRunId, type PipelineRun, runPipeline } from './run-pipeline.ts'
import { prepareStateFolder, requireFolder, runFolder } from './state-folder.ts'
import type { FindStored } from './stored-baseline.ts'

export type ChangeRequest = {
  workingDirectory: string
  /** modelgate.yaml or its folder; found from the working directory upwards without it. */
  config?: string
  /** A commit, branch or tag: the pipeline is also run at its merge base with HEAD. */
  base?: string
  /** Like `base`, but the exact commit to compare with: no merge base is sought. */
  baseCommit?: BaseCommit
  /** Looks for a stored run of the base, before it is run here. */
  findStored?: FindStored
  /** Asks who approved the change, where a rule wants that. */
  findApprovals?: FindApprovals
  /** A stored record to compare with, instead of running the base. */
  baseline?: string
  /** Where earlier runs are recorded (see `openHistory`), for baselines other than the base branch and for rules about history. */
  history?: string
  historyAccess?: HistoryAccess
  /** Folder for the record, the judgement and the copies of predictions; `.modelgate/runs/<id>` without it. */
  out?: string
  /** Only these stages and what they need. A run that leaves stages out is recorded, but not judged. */
  stages?: readonly string[]
  /** A record of the same sources to go on from. */
  continued?: string
  /** Record only; judge nothing. */
  recordOnly?: boolean
  env: NodeJS.ProcessEnv
  clock: Clock
  signal: AbortSignal
  observer: RunObserver
}

export type ChangeResult = {
  loaded: LoadedConfig
  fresh: StoredRun
  base: StoredRun | null
  /** Folder with everything that was written. */
  folder: string
  repository: Repository | undefined
  /** Null for a run of some stages only. */
  judged: { judgement: Judgement; files: JudgementFiles } | null
}

/** Runs a change, and before it its base if asked, on this machine, and judges the one against the other. */
export async function runChange(request: ChangeRequest): Promise<ChangeResult> {
  const { workingDirectory, clock } = request
  const loaded = await loadConfig(locateConfig(workingDirectory, request.config), workingDirectory)
  const repository = await openRepository(loaded.root)
  const target = await findTarget(request, loaded, repository)
  if (request.baseline !== undefined && request.base !== undefined) {
    throw new ModelgateError({
      code: 'run/two-baselines',
      message: 'A run is compared either with its base or with a stored record, not with both.',
      help: 'Give --base or --baseline.',
    })
  }
  const continued =
    request.continued === undefined
      ? undefined
      : await readRecord(resolve(workingDirectory, request.continued), 'The record to continue')
  const id = continued?.record.id ?? newRunId(clock)
  const folder =
    continued !== undefined
      ? resolve(continued.file, '..')
      : request.out === undefined
        ? runFolder(loaded.root, id)
        : resolve(workingDirectory, request.out)

  await prepareStateFolder(loaded.root)
  await requireFolder(folder)
  const { history, historyAccess: access } = request
  const past = await openHistory({ workingDirectory, history, access, repository, signal: request.signal })
  try {
    return await runAndJudge(request, { loaded, repository, target, continued: continued?.record, id, folder, past })
  } finally {
    await past.close()
  }
}

type Prepared = {
  loaded: LoadedConfig
  repository: Repository | undefined
  target: BaseCommit | undefined
  continued: RunRecord | undefined
  id: string
  folder: string
  past: OpenHistory
}

async function runAndJudge(
  request: ChangeRequest,
  { loaded, repository, target, continued, id, folder, past: { source } }: Prepared,
): Promise<ChangeResult> {
  const { workingDirectory, clock, observer } = request
  const common = { env: request.env, clock, signal: request.signal, observer }
  const stored = request.baseline === undefined ? undefined : resolve(workingDirectory, request.baseline)
  const findStored =
    request.findStored ?? (source === undefined ? undefined : historyFinder(source, loaded.config.name))
  const baseline = await findBaseline({ ...common, loaded, repository, target, stored, folder, findStored })
  if (target !== undefined || stored !== undefined) observer.note(`Baseline: ${baseline.explanation.explanation}`)
  const policies = choosePolicy(loaded, baseline.policy)
  const run = {
    ...common,
    loaded,
    repository,
    folder,
    side: 'new' as const,
    notes: [],
    ...baseChecksOf(loaded, repository, target, baseline.policy),
  }
  const own = ownMetrics(definitionsOf(policies.policy, policies.proposed))
  // A run of some stages cannot be repeated: what it builds on may be another one's.
  const isWhole = request.stages === undefined && continued === undefined
  const reruns = isWhole ? await rerunPipeline(run, neededEvidence(Object.values(policies)), own) : []
  const fresh = await runPipeline({
    ...run,
    id,
    reruns,
    ...(request.stages === undefined ? {} : { stages: request.stages }),
    ...(continued === undefined ? {} : { continued }),
  })
  const result = { loaded, fresh, base: baseline.run, folder, repository }
  if (request.recordOnly === true || isPartial(loaded.config, fresh.record)) return { ...result, judged: null }
  const lineage = checkoutLineage({ root: loaded.root, repository, base: target })
  const beside = { loaded, base: baseline.policy, ...policies, fresh: fresh.record, lineage, source }

  const key = loaded.config.data.eval?.key
  const judged = await judgeInto(folder, {
    fresh,
    base: baseline.run,
    baseline: baseline.explanation,
    ...(baseline.unusable === undefined ? {} : { unusable: baseline.unusable }),
    ...policies,
    ...(await gatherBeside(beside)),
    ...(await contextOf(policies.policy, request.findApprovals, {
      folder: loaded.root,
      commit: fresh.record.source?.commit,
    })),
    ownFile: (path) => shownPath(loaded, path),
    ...(target === undefined ? {} : { tip: target.tip }),
    ...(key === undefined ? {} : { key }),
  })
  return { ...result, judged }
}

/** Who checks the data: the checks of the base, when there is one that has any. */
function baseChecksOf(
  loaded: LoadedConfig,
  repository: Repository | undefined,
  target: BaseCommit | undefined,
  base: LoadedConfig | undefined,
): Pick<PipelineRun, 'baseChecks'> {
  if (repository === undefined || target === undefined || base === undefined) return {}
  return {
    baseChecks: async (stage) => {
      return await readBaseChecks(repository, target.tip, base, stage, loaded.config.stages)
    },
  }
}

/** The base commit, found before anything runs: a wrong name must not cost a training. */
async function findTarget(
  request: ChangeRequest,
  loaded: LoadedConfig,
  repository: Repository | undefined,
): Promise<BaseCommit | undefined> {
  if (request.base === undefined && request.baseCommit === undefined) return undefined
  if (repository === undefined) {
    throw new ModelgateError({
      code: 'base/no-repository',
      message: 'A base can be compared with only inside a git repository.',
      help: 'Run inside the repository, or give a stored record with --baseline.',
    })
  }
  await requireSameRepository(request.workingDirectory, loaded.root, repository)
  return request.baseCommit ?? (await findBaseCommit(repository, request.base ?? ''))
}
