import { asList, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The evaluate action: runs the stages that are left. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('evaluate')
    const { recordStages } = await import('./record.ts')
    const continued = asOptional(inputs['run-file'])
    await recordStages(
      {
        config: asOptional(inputs.config),
        stages: asList(inputs.stages),
        out: asOptional(inputs.out),
        continued,
        base: inputs.base,
        stored: { mode: inputs.baseline, artifact: inputs.artifact, token: inputs.token },
      },
      signal,
    )
  })
}
