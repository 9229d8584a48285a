import { ModelgateError } from '../base/error.ts'
import type { LoadedConfig } from '../config/load.ts'
import { neededApprovers, type Policy } from '../gate/judge.ts'
import { findApprovals } from '../github/approvals.ts'
import type { Client } from '../github/client.ts'
import { fetchEvidence } from '../github/evidence.ts'
import { readRemoteConfig } from '../github/remote-config.ts'
import type { RepositoryName, StoredArtifact } from '../github/stored-artifact.ts'
import type { RunRecord } from '../record/run-record.ts'
import { type Judgement, judgeRuns } from '../report/judgement.ts'
import { findHeadBaseline } from './head-baseline.ts'
import { gatherHeadBeside, type OpenHeadHistory } from './head-beside.ts'
import { findHeadBase } from './head-commits.ts'
import { isPartial } from './partial.ts'
import { choosePolicy } from './policy.ts'

export type HeadRequest = {
  client: Client
  where: RepositoryName
  /** The pull request as the API has it now: what the evidence says of itself is not asked. */
  pull: { number: number; headSha: string; baseRef: string }
  /** What a run of the head kept. */
  artifact: StoredArtifact
  /** Path of modelgate.yaml in the repository. */
  config: string
  /** What stands there, if `readConfigs` has read it already. */
  configs?: Configs
  /** Name under which runs of the base branch kept theirs. */
  baselineArtifact: string
  /** Compare with the stored run of this commit, instead of the base of the pull request. */
  compareWith?: string
  /** Where earlier runs come from, for rules that ask for them. */
  openHistory: OpenHeadHistory
}

export type HeadJudgement = {
  judgement: Judgement
  record: RunRecord
  /** That of the change. */
  config: LoadedConfig
  /** That of the base branch as it is now. */
  baseConfig: LoadedConfig | undefined
  /** The checkpoints that judged. */
  policy: Policy
}

/**
 * Judges what a run of a pull request's head left behind, without a checkout and without running any of it: for workflows whose token may write. The
 * checkpoints are those of the base branch, and the baseline is a stored run of the base branch where there is one. Throws the errors of
 * `fetchEvidence` and `gatherHeadBeside`, `evidence/other-commit`, `gate/other-project`, `gate/partial-run`, or Octokit's.
 */
export async function judgeHead(request: HeadRequest): Promise<HeadJudgement> {
  const { client, where, artifact } = request
  const evidence = await fetchEvidence(client, where, artifact)
  const removals = [evidence.remove]
  try {
    const { record } = evidence.fresh
    const { pull, compareWith } = request
    const commit = await findHeadBase(client, where, pull, record.source?.commit)
    const { base, own } = request.configs ?? (await readConfigs(request))
    requireWhole(record, own)
    const baseline = await findHeadBaseline({
      client,
      where,
      config: request.config,
      artifact: request.baselineArtifact,
      branch: compareWith === undefined ? pull.baseRef : undefined,
      commit: compareWith ?? commit,
      evidence,
      removals,
    })
    const key = own.config.data.eval?.key
    const judging = choosePolicy(own, base)
    // Asked anew each time: who approved since the run is seen when it is judged again.
    const approvers = neededApprovers(judging.policy)
    const { number, headSha } = pull
    const context =
      approvers === undefined ? undefined : await findApprovals({ client, where, pull: number, headSha, approvers })
    const beside = await gatherHeadBeside({
      client,
      where,
      pull,
      config: request.config,
      commit,
      policies: judging,
      configs: { own, base },
      fresh: record,
      openHistory: request.openHistory,
      removals,
    })
    const judgement = await judgeRuns({
      fresh: evidence.fresh,
      ...baseline,
      ...judging,
      ...beside,
      ...(context === undefined ? {} : { context }),
      ...(key === undefined ? {} : { key }),
    })
    return { judgement, record, config: own, baseConfig: base, policy: judging.policy }
  } finally {
    for (const remove of removals) await remove()
  }
}

/** The configuration of the base branch, whose checkpoints judge, and that of the change. */
export type Configs = { base: LoadedConfig | undefined; own: LoadedConfig }

/**
 * Both configurations, over the API. A change that has none, or one that cannot be read, is not judged: merged, it would leave no gate behind.
 * Throws `evidence/no-config`, or what is wrong with that of the base.
 */
export async function readConfigs({
  client,
  where,
  pull,
  config,
}: Pick<HeadRequest, 'client' | 'where' | 'pull' | 'config'>): Promise<Configs> {
  const base = await readRemoteConfig(client, where, config, pull.baseRef)
  const own = await readRemoteConfig(client, where, config, pull.headSha)
  if (own !== undefined) return { base, own }
  throw new ModelgateError({
    code: 'evidence/no-config',
    message:
      base === undefined
        ? `There is no ${config}, neither at the head of this pull request nor on ${pull.baseRef}.`
        : `This pull request removes ${config}: without it nothing would judge what comes next.`,
    help:
      base === undefined
        ? 'Name the file with the input `config`.'
        : 'Keep it, or remove the gate in a change that somebody merges knowingly.',
  })
}

/** The name of the pipeline, by which its comment is known: that of the base, or else of the change. Undefined when neither can be read. */
export async function readPipelineName({
  client,
  where,
  pull,
  config,
}: Pick<HeadRequest, 'client' | 'where' | 'pull' | 'config'>): Promise<string | undefined> {
  for (const ref of [pull.baseRef, pull.headSha]) {
    try {
      const loaded = await readRemoteConfig(client, where, config, ref)
      if (loaded !== undefined) return loaded.config.name
    } catch (error) {
      if (!(error instanceof ModelgateError)) throw error
    }
  }
  return undefined
}

function requireWhole(record: RunRecord, { config, file }: LoadedConfig): void {
  if (record.project.name !== config.name || record.project.task !== config.task) {
    throw new ModelgateError({
      code: 'gate/other-project',
      message: `The run is of "${record.project.name}" (${record.project.task}), but ${file} is of "${config.name}" (${config.task}).`,
      help: 'Name the configuration of this pipeline with the input `config`.',
    })
  }
  if (record.status === 'succeeded' && isPartial(config, record)) {
    throw new ModelgateError({
      code: 'gate/partial-run',
      message: `The run has not run every stage of ${file}, so it is not judged.`,
      help: 'Run the whole pipeline before its record is kept.',
    })
  }
}
