import { Patience } from '../github/patience.ts'
import { judgeStored } from '../pipeline/judge-stored.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { approvalsFinder } from './approvals.ts'
import { findBase, folderOf, readEvent } from './base.ts'
import { historyAccess } from './history.ts'
import { writeSummary } from './publish-report.ts'
import { logLine } from './step.ts'
import { announceVerdict } from './verdict.ts'

export type GateOptions = {
  run: string
  baseline: string | undefined
  /** Where earlier runs are recorded. */
  history: string | undefined
  config: string | undefined
  /** What the input `base` says. */
  base: string
  token: string
  failOnBlock: boolean
  summary: boolean
}

/** Judges a record by the checkpoints of the base, and announces the verdict. GitHub is asked only where a rule wants an approval. */
export async function runGate(options: GateOptions, signal: AbortSignal): Promise<void> {
  const { run, baseline, history, config, token } = options
  const context = await readEvent()
  const base = await findBase(options.base, context, folderOf(config))
  const patience = new Patience({ signal, tell: logLine })
  const findApprovals = approvalsFinder(context, token, patience)
  const access = historyAccess(context, token, patience, signal)
  const { judgement, files, loaded } = await judgeStored({
    workingDirectory: process.cwd(),
    run,
    ...(baseline === undefined ? {} : { baseline }),
    signal,
    ...(history === undefined ? {} : { history }),
    ...(access === undefined ? {} : { historyAccess: access }),
    ...(config === undefined ? {} : { config }),
    ...(findApprovals === undefined ? {} : { findApprovals }),
    ...(base === undefined ? {} : { baseCommit: base.tip, mustCompare: true }),
  })
  const { comparison, verdict, plots } = judgement
  if (options.summary) await writeSummary((room) => renderMarkdown(comparison, verdict, plots, room))
  announceVerdict(judgement, files, loaded?.file, options.failOnBlock)
}
