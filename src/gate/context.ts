import type { Comparison } from '../compare/comparison.ts'
import type { Config } from '../config/schema.ts'
import type { Waiver } from '../config/waivers.ts'
import type { Verdict } from './verdict.ts'

/** What judges: the checkpoints of one revision. */
export type Policy = {
  checkpoints: Config['checkpoints']
  metrics: Config['metrics']
  digest: string
  from: Verdict['policy']['from']
  /** Exceptions from its rules. */
  waivers?: readonly Waiver[]
  /** Data that the base checks: a change must not go on without. */
  dataChecks?: readonly { stage: string; dataset: string }[]
  /** Line of a rule in modelgate.yaml as it is in the change; undefined when it is not there. */
  lineOf?: (checkpoint: string, index: number) => number | undefined
}

/** Somebody approved a commit. Who may do so at all is for the layer to say that knows GitHub. */
export type Approval = {
  by: string
  /** Teams that they belong to. */
  teams: readonly string[]
  /** When, as an ISO timestamp. */
  at: string
  sha: string
}

/** Who may approve, as rules write it. */
export type Approvers = { users: readonly string[]; teams: readonly string[] }

/** What is known beside the comparison. What is not given is not known, and never in favour of the change. */
export type JudgeContext = {
  /** The time of day: without it no waiver is in force, and no approval that expires counts. */
  now?: Date
  approvals?: readonly Approval[]
  /** The commit that approvals are given for, where the run is of its merge into the base; without it the commit of the run. */
  headSha?: string
  /** Why there may be approvals that are not known here, in sentences. They hold foreign words. */
  approvalNotes?: readonly string[]
  /** Who wrote the change: without it nobody is known not to be its author. */
  authors?: readonly string[]
  /**
   * Comparisons with other baselines than the one that is judged, by `formatBaselineSpec`. A rule whose baseline is not among them is
   * incomparable.
   */
  baselines?: Readonly<Record<string, Comparison>>
}
