import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { explainStoredBaseline } from '../compare/baseline.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Policy } from '../gate/judge.ts'
import { readApiError, unexpectedAnswer } from '../github/api-error.ts'
import { findStoredBaseline } from '../github/baseline-store.ts'
import type { Client } from '../github/client.ts'
import { type Evidence, fetchEvidence } from '../github/evidence.ts'
import { readRemoteConfig } from '../github/remote-config.ts'
import type { RepositoryName, StoredArtifact } from '../github/stored-artifact.ts'
import type { RunRecord } from '../record/run-record.ts'
import { type Judgement, type JudgementRequest, judgeRuns } from '../report/judgement.ts'
import { isPartial } from './partial.ts'
import { choosePolicy } from './policy.ts'
import { findFlaw } from './stored-baseline.ts'

export type HeadRequest = {
  client: Client
  where: RepositoryName
  /** The pull request as the API has it now: what the evidence says of itself is not asked. */
  pull: { headSha: string; baseRef: string }
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
}

export type HeadJudgement = {
  judgement: Judgement
  record: RunRecord
  /** That of the change, or of the base where the change has none. */
  config: LoadedConfig | undefined
  /** That of the base branch as it is now. */
  baseConfig: LoadedConfig | undefined
  /** The checkpoints that judged. */
  policy: Policy
}

/**
 * Judges what a run of a pull request's head left behind, without a checkout and without running any of it: for workflows whose token may write. The
 * checkpoints are those of the base branch, and the baseline is a stored run of the base branch where there is one. Throws the errors of
 * `fetchEvidence`, `evidence/other-commit`, `gate/other-project`, `gate/partial-run`, or Octokit's.
 */
export async function judgeHead(request: HeadRequest): Promise<HeadJudgement> {
  const { client, where, artifact } = request
  const evidence = await fetchEvidence(client, where, artifact)
  const removals = [evidence.remove]
  try {
    const { record } = evidence.fresh
    const commits = await findCommits(request, record)
    const { base, own } = request.configs ?? (await readConfigs(request))
    const config = own ?? base
    if (config !== undefined) requireWhole(record, config)
    const baseline = await chooseBaseline(request, evidence, commits, removals)
    const key = config?.config.data.eval?.key
    const judging = config === undefined ? { policy: noPolicy } : choosePolicy(config, base)
    const judgement = await judgeRuns({
      fresh: evidence.fresh,
      ...baseline,
      ...judging,
      ...(key === undefined ? {} : { key }),
    })
    return { judgement, record, config, baseConfig: base, policy: judging.policy }
  } finally {
    for (const remove of removals) await remove()
  }
}

const noPolicy: Policy = { checkpoints: {}, metrics: {}, digest: '', from: 'none' }

const commitSchema = z.object({ parents: z.array(z.object({ sha: z.string() })) })
const comparisonSchema = z.object({
  base_commit: z.object({ sha: z.string() }),
  merge_base_commit: z.object({ sha: z.string() }),
})

/** Commits whose stored run may be the baseline. The evidence must be of the head, or of GitHub's merge of the head into the base. */
async function findCommits(
  { client, where, pull, compareWith }: HeadRequest,
  record: RunRecord,
): Promise<readonly string[]> {
  const measured = record.source?.commit
  if (measured === undefined) throw otherCommit('no commit', pull.headSha)
  let mergedInto: string | undefined
  if (measured !== pull.headSha) {
    const [first, second] = await parentsOf(client, where, measured)
    if (second?.sha !== pull.headSha) throw otherCommit(`commit ${measured.slice(0, 7)}`, pull.headSha)
    mergedInto = first?.sha
  }
  if (compareWith !== undefined) return [compareWith]
  const { data } = await client.rest.repos.compareCommitsWithBasehead({
    ...where,
    // Octokit encodes it: done twice, GitHub would look for a branch with a percent sign in its name.
    basehead: `${pull.baseRef}...${pull.headSha}`,
    per_page: 1,
  })
  const parsed = comparisonSchema.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('compare two commits')
  const { base_commit: tip, merge_base_commit: mergeBase } = parsed.data
  // What the record says it was merged into counts only where that is the tip of the base.
  return tip.sha === mergedInto ? [tip.sha, mergeBase.sha] : [mergeBase.sha]
}

/** None for a commit that is not there. */
async function parentsOf(client: Client, where: RepositoryName, commit: string): Promise<{ sha: string }[]> {
  try {
    const parsed = commitSchema.safeParse((await client.rest.git.getCommit({ ...where, commit_sha: commit })).data)
    if (!parsed.success) throw unexpectedAnswer('get a commit')
    return parsed.data.parents
  } catch (error) {
    if ([404, 409, 422].includes(readApiError(error)?.status ?? 0)) return []
    throw error
  }
}

function otherCommit(what: string, headSha: string): ModelgateError {
  return new ModelgateError({
    code: 'evidence/other-commit',
    message: `The record in the artifact is of ${what}, which is neither the head ${headSha.slice(0, 7)} of this pull request nor its merge into the base.`,
    help: 'Let the workflow check out the pull request itself, and leave the record as it was written.',
  })
}

/** The configuration of the base branch, whose checkpoints judge, and that of the change. */
export type Configs = { base: LoadedConfig | undefined; own: LoadedConfig | undefined }

/** Both configurations, over the API. One of the change that cannot be read judges nothing, and that of the base stands in for it. */
export async function readConfigs({
  client,
  where,
  pull,
  config,
}: Pick<HeadRequest, 'client' | 'where' | 'pull' | 'config'>): Promise<Configs> {
  const base = await readRemoteConfig(client, where, config, pull.baseRef)
  try {
    return { base, own: await readRemoteConfig(client, where, config, pull.headSha) }
  } catch (error) {
    if (error instanceof ModelgateError && error.kind === 'user') return { base, own: undefined }
    throw error
  }
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

type Baseline = Pick<JudgementRequest, 'base' | 'baseline' | 'unusable'>

/** A run that the base branch itself kept; else what the pull request's own workflow measured, which the report then says. */
async function chooseBaseline(
  { client, where, pull, config, baselineArtifact, compareWith }: HeadRequest,
  evidence: Evidence,
  history: readonly string[],
  removals: (() => Promise<void>)[],
): Promise<Baseline> {
  const branch = compareWith === undefined ? pull.baseRef : undefined
  const search = { ...where, artifact: baselineArtifact, branch, history }
  const found = await findStoredBaseline(client, search)
  let { reason } = found.evidence === undefined ? found : { reason: '' }
  if (found.evidence !== undefined) {
    const { commit, runId, event } = found
    removals.push(found.evidence.remove)
    const base = await readRemoteConfig(client, where, config, commit)
    const { record } = found.evidence.fresh
    const { machine } = evidence.fresh.record.factors.environment
    const flaw = base === undefined ? 'has no configuration there' : findFlaw(record, base, commit, machine)
    if (flaw === undefined) {
      const explanation = `stored run ${runId} (${event}) of commit ${commit.slice(0, 7)}`
      return { base: found.evidence.fresh, baseline: { kind: 'stored-run', explanation } }
    }
    reason = `run ${runId} of commit ${commit.slice(0, 7)} ${flaw}`
  }
  if (compareWith === undefined && evidence.base?.record.status === 'succeeded') {
    const { explanation } = explainStoredBaseline(evidence.base.record)
    const own = `${explanation}, measured by the workflow of this pull request itself, because ${reason}`
    return { base: evidence.base, baseline: { kind: 'record', explanation: own } }
  }
  const message = `There is no baseline: ${reason}.`
  return {
    base: null,
    baseline: { kind: 'none', explanation: `${reason}.` },
    unusable: {
      what: 'baseline',
      message,
      remedy:
        'Run the pipeline on the base branch with the same name of artifact, or let the workflow measure the base.',
    },
  }
}
