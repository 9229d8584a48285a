import { asBoolean, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The gate action: judges a recorded run. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('gate')
    const options = {
      run: inputs['run-file'],
      baseline: asOptional(inputs['baseline-file']),
      history: asOptional(inputs.history),
      config: asOptional(inputs.config),
      base: inputs.base,
      token: inputs.token,
      failOnBlock: asBoolean('fail-on-block', inputs['fail-on-block']),
      summary: asBoolean('summary', inputs.summary),
    }
    // What follows is loaded only now, so that a wrong input is told at once.
    const { runGate } = await import('./run-gate.ts')
    await runGate(options, signal)
  })
}
