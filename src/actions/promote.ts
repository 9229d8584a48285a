import { asBoolean, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The promote action: changes what a stage of a model stands for. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('promote')
    const options = {
      model: asOptional(inputs.model),
      stage: inputs.stage,
      version: asOptional(inputs.version),
      why: inputs.because,
      rollback: asBoolean('rollback', inputs.rollback),
      verdict: asOptional(inputs.verdict),
      environment: asOptional(inputs.environment),
      tags: asBoolean('tags', inputs.tags),
      token: inputs.token,
      failOnRefusal: asBoolean('fail-on-block', inputs['fail-on-block']),
    }
    const { runPromote } = await import('./run-promote.ts')
    await runPromote(options, signal)
  })
}
