import { ModelgateError } from '../base/error.ts'
import type { LoadedConfig } from '../config/load.ts'
import { neededEvidence } from '../gate/judge.ts'
import type { RunRecord } from '../record/run-record.ts'
import { type Beside, gatherBeside } from './beside.ts'
import type { OpenHistory } from './open-history.ts'
import type { Policies } from './policy.ts'
import { type RemoteLineageRequest, remoteLineage } from './remote-lineage.ts'

/** Opens the history of the repository. */
export type OpenHeadHistory = () => Promise<OpenHistory>

export type HeadBesideRequest = RemoteLineageRequest & {
  policies: Pick<Policies, 'policy' | 'proposed'>
  /** The configuration of the change, and that of the base. */
  configs: { own: LoadedConfig; base: LoadedConfig | undefined }
  fresh: RunRecord
  openHistory: OpenHeadHistory
  /** Gets what has to be closed in the end. */
  removals: (() => Promise<void>)[]
}

/** Each costs requests, and the change may name as many as it likes. */
const mostNamed = 50

/**
 * Golden rows, baselines of the history and earlier runs, for rules of a pull request of which nothing is checked out. The history is opened only
 * where a rule asks for it. Throws `gate/too-many-files`, the errors of `readGoldenRows` and of the history.
 */
export async function gatherHeadBeside(request: HeadBesideRequest): Promise<Beside> {
  const { policies, configs, fresh, openHistory, removals } = request
  const { own, base } = configs
  const { policy, proposed } = policies
  const needs = neededEvidence(proposed === undefined ? [policy] : [policy, proposed])
  if (needs.golden.length + needs.baselines.length > mostNamed) {
    throw new ModelgateError({
      code: 'gate/too-many-files',
      message: `The rules name more than ${mostNamed} files of golden rows and baselines.`,
      help: 'Put golden rows into one file, and let rules share baselines.',
    })
  }
  const asks = needs.baselines.length > 0 || needs.history > 0
  const past = asks ? await openHistory() : undefined
  if (past !== undefined) removals.push(past.close)
  const lineage = remoteLineage(request)
  return await gatherBeside({ loaded: own, base, ...policies, fresh, lineage, source: past?.source })
}
