import { asBoolean, asOptional, readInputs } from './inputs.ts'
import { logLine, runStep } from './step.ts'

/** The gate action: judges a recorded run. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('gate')
    const failOnBlock = asBoolean('fail-on-block', inputs['fail-on-block'])
    const [summary, config, baseline] = [
      asBoolean('summary', inputs.summary),
      asOptional(inputs.config),
      asOptional(inputs['baseline-file']),
    ]
    // What follows is loaded only now, so that a wrong input is told at once.
    const [
      { judgeStored },
      { findBase, folderOf, readEvent },
      { announceVerdict },
      { writeSummary },
      { approvalsFinder },
      { Patience },
    ] = await Promise.all([
      import('../pipeline/judge-stored.ts'),
      import('./base.ts'),
      import('./verdict.ts'),
      import('./publish-report.ts'),
      import('./approvals.ts'),
      import('../github/patience.ts'),
    ])
    const workingDirectory = process.cwd()
    const context = await readEvent()
    const base = await findBase(inputs.base, context, folderOf(config))
    const findApprovals = approvalsFinder(context, inputs.token, new Patience({ signal, tell: logLine }))
    const { judgement, files, loaded } = await judgeStored({
      workingDirectory,
      run: inputs['run-file'],
      ...(baseline === undefined ? {} : { baseline }),
      ...(config === undefined ? {} : { config }),
      ...(findApprovals === undefined ? {} : { findApprovals }),
      ...(base === undefined ? {} : { baseCommit: base.tip, mustCompare: true }),
    })
    if (summary) {
      const { renderMarkdown } = await import('../report/markdown.ts')
      await writeSummary((room) => renderMarkdown(judgement.comparison, judgement.verdict, judgement.plots, room))
    }
    announceVerdict(judgement, files, loaded?.file, failOnBlock)
  })
}
