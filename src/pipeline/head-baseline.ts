import { posix } from 'node:path'
import { explainStoredBaseline } from '../compare/baseline.ts'
import type { LoadedConfig } from '../config/load.ts'
import { findStoredBaseline, type StoredBaseline } from '../github/baseline-store.ts'
import type { Client } from '../github/client.ts'
import type { Evidence } from '../github/evidence.ts'
import { readRemoteConfig } from '../github/remote-config.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'
import type { JudgementRequest } from '../report/judgement.ts'
import { filesSince } from './head-commits.ts'
import { findFlaw, isSource } from './stored-baseline.ts'

export type HeadBaselineRequest = {
  client: Client
  where: RepositoryName
  /** Path of modelgate.yaml in the repository. */
  config: string
  /** Name under which runs of the base branch kept their record. */
  artifact: string
  /** Branch whose runs count; any of the repository without it. */
  branch: string | undefined
  /** The commit to compare with. */
  commit: string
  evidence: Evidence
  /** Gets what has to be removed in the end. */
  removals: (() => Promise<void>)[]
}

export type HeadBaseline = Pick<JudgementRequest, 'base' | 'baseline' | 'unusable'>

type Found = Extract<StoredBaseline, { commit: string }>

/**
 * What a run of a pull request is compared with, without a checkout: a run that the base branch itself kept, of the commit or of an earlier one
 * since which nothing changed that the pipeline reads. Only where there is none, what the pull request's own workflow measured of that very
 * commit, which the report then says. Nothing that the record says of itself can put a stored run aside.
 */
export async function findHeadBaseline(request: HeadBaselineRequest): Promise<HeadBaseline> {
  const stored = await findTrusted(request)
  if (typeof stored !== 'string') {
    const { evidence, commit, runId, event } = stored
    const explanation = `stored run ${runId} (${event}) of commit ${commit.slice(0, 7)}`
    return { base: evidence.fresh, baseline: { kind: 'stored-run', explanation } }
  }
  return (await ownBaseline(request, stored)) ?? noBaseline(stored)
}

/** The run that the base branch kept; or why there is none. */
async function findTrusted(request: HeadBaselineRequest): Promise<Found | string> {
  const exact = await findAt(request, request.commit)
  if (typeof exact !== 'string') return exact
  // The workflow of the pull request may have taken an earlier run. Its word is only a hint at which one to look for.
  const hinted = request.evidence.base?.record.source?.commit
  if (hinted === undefined || hinted === request.commit || request.branch === undefined) return exact
  const { client, where, config } = request
  const [base, changed] = [
    await readRemoteConfig(client, where, config, request.commit),
    await filesSince(client, where, hinted, request.commit),
  ]
  if (base === undefined || changed === undefined) return exact
  if (changed.some((path) => isSource(path, base, posix.dirname(config)))) return exact
  const earlier = await findAt(request, hinted)
  return typeof earlier === 'string' ? exact : earlier
}

async function findAt(request: HeadBaselineRequest, commit: string): Promise<Found | string> {
  const { client, where, artifact, branch, config, removals } = request
  const found = await findStoredBaseline(client, { ...where, artifact, branch, history: [commit] })
  if (found.evidence === undefined) return found.reason
  removals.push(found.evidence.remove)
  const base = await readRemoteConfig(client, where, config, commit)
  // The machines are compared with everything else: another one makes the runs incomparable.
  const { record } = found.evidence.fresh
  const flaw = base === undefined ? `has no ${config}` : findFlaw(record, base, commit, machineOf(record))
  if (flaw === undefined) return found
  return `run ${found.runId} of commit ${commit.slice(0, 7)} ${flaw}`
}

function machineOf(record: Evidence['fresh']['record']): { os: string; arch: string } {
  return record.factors.environment.machine
}

/** What the pull request's own workflow measured of the base, if it is whole and of the commit. */
async function ownBaseline(
  { client, where, config, commit, branch, evidence }: HeadBaselineRequest,
  reason: string,
): Promise<HeadBaseline | undefined> {
  if (evidence.base === undefined || branch === undefined) return undefined
  const { record } = evidence.base
  const base: LoadedConfig | undefined = await readRemoteConfig(client, where, config, commit)
  // The tree of a base run holds data that was copied into it, so that it may differ from its commit.
  const clean = record.source === null ? record : { ...record, source: { ...record.source, dirty: false } }
  if (base === undefined || findFlaw(clean, base, commit, machineOf(record)) !== undefined) return undefined
  const { explanation } = explainStoredBaseline(record)
  const own = `${explanation}, measured by the workflow of this pull request itself, because ${reason}`
  return { base: evidence.base, baseline: { kind: 'record', explanation: own } }
}

function noBaseline(reason: string): HeadBaseline {
  return {
    base: null,
    baseline: { kind: 'none', explanation: `${reason}.` },
    unusable: {
      what: 'baseline',
      message: `There is no baseline: ${reason}.`,
      remedy:
        'Run the pipeline on the base branch with the same name of artifact, or let the workflow measure the base.',
    },
  }
}
