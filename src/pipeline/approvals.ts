import { type Approvers, type JudgeContext, neededApprovers, type Policy } from '../gate/judge.ts'
import type { KnownApprovals } from '../github/approvals.ts'
import { openRepository } from '../record/repository.ts'

/** Asks who approved the change that is judged. `isMeasured` says whether the run that is judged is one of a head. */
export type FindApprovals = (
  approvers: Approvers,
  isMeasured: (headSha: string) => Promise<boolean>,
) => Promise<KnownApprovals>

export type MeasuredSource = {
  /** A folder of the repository that was measured. */
  folder: string
  /** The commit that was measured, as the record has it. */
  commit: string | undefined
}

/** What a policy needs to be known beside the runs: approvals, asked for only when one of its rules wants them. */
export async function contextOf(
  policy: Policy,
  find: FindApprovals | undefined,
  source: MeasuredSource,
): Promise<{ context?: JudgeContext }> {
  const approvers = neededApprovers(policy)
  if (approvers === undefined || find === undefined) return {}
  return { context: await find(approvers, (headSha) => isOfHead(source, headSha)) }
}

/** True for the head of a pull request itself, and for a merge of it into something else, as GitHub checks it out: reviews are of the head. */
async function isOfHead({ folder, commit }: MeasuredSource, headSha: string): Promise<boolean> {
  if (commit === undefined || commit === headSha) return commit !== undefined
  // From the object itself: a shallow clone hides the parents of its last commit everywhere else.
  const repository = await openRepository(folder)
  const text = await repository?.git.raw(['cat-file', 'commit', commit]).catch(() => '')
  const [header = ''] = (text ?? '').split('\n\n')
  const parents = [...header.matchAll(/^parent ([\da-f]+)$/gm)].map(([, sha]) => sha)
  return parents.length === 2 && parents[1] === headSha
}
