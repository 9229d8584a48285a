import { commentModes } from '../github/comment-mode.ts'
import { asBoolean, asChoice, asOptional, readInputs } from './inputs.ts'
import { recordModes } from './record-mode.ts'
import { runStep } from './step.ts'

/** The whole pipeline in one step: run, compare, judge, explain. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('pipeline')
    const options = {
      comment: asChoice('comment', inputs.comment, commentModes),
      failOnBlock: asBoolean('fail-on-block', inputs['fail-on-block']),
      config: asOptional(inputs.config),
      baselineFile: asOptional(inputs['baseline-file']),
      history: asOptional(inputs.history),
      record: asChoice('record', inputs.record, recordModes),
      baseline: inputs.baseline,
      artifact: inputs.artifact === 'none' ? undefined : inputs.artifact,
      base: inputs.base,
      commentKey: inputs['comment-key'],
      check: inputs.check,
      token: inputs.token,
    }
    const { runWholePipeline } = await import('./whole-pipeline.ts')
    await runWholePipeline(options, signal)
  })
}
