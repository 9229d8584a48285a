import { commentModes, planComment } from '../github/comment-mode.ts'
import { asBoolean, asChoice, readInputs } from './inputs.ts'
import { logLine, runStep, setOutputs } from './step.ts'

/** The comment action: a report into the job summary and onto the pull request. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('comment')
    const wanted = asBoolean('summary', inputs.summary)
    const mode = asChoice('mode', inputs.mode, commentModes)
    const [
      { readTextFile },
      { readResult },
      { readEvent },
      { publishComment, writeSummary },
      { Patience },
      { Refusals },
    ] = await Promise.all([
      import('../base/files.ts'),
      import('./result-files.ts'),
      import('./base.ts'),
      import('./publish-report.ts'),
      import('../github/patience.ts'),
      import('./refusals.ts'),
    ])
    const report = await readTextFile(inputs['report-file'], {
      what: 'The report',
      help: 'Give the output `report-file` of the gate action.',
    })
    if (wanted) await writeSummary(() => report)
    const context = await readEvent()
    const plan = planComment(mode, await readResult(inputs['report-file'], mode))
    const dealings = { patience: new Patience({ signal, tell: logLine }), refusals: new Refusals(context) }
    const url = await publishComment(context, inputs.token, inputs['comment-key'], report, plan, undefined, dealings)
    setOutputs({ 'comment-url': url })
    dealings.refusals.tell()
  })
}
