import { commentModes } from '../github/comment-mode.ts'
import { remoteConfigPath } from '../github/remote-config.ts'
import { asBoolean, asChoice, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The report action: what the run of a pull request kept, judged where the token may write. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('report')
    const options = {
      token: inputs.token,
      artifact: inputs.artifact,
      config: remoteConfigPath(inputs.config),
      history: inputs.history,
      comment: asChoice('comment', inputs.comment, commentModes),
      check: inputs.check,
      failOnBlock: asBoolean('fail-on-block', inputs['fail-on-block']),
    }
    const { reportRun } = await import('./report-run.ts')
    await reportRun(options, signal)
  })
}
