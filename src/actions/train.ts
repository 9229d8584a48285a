import { asList, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The train action: runs stages up to the training. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('train')
    const { recordStages } = await import('./record.ts')
    await recordStages(
      {
        config: asOptional(inputs.config),
        stages: asList(inputs.stages),
        out: asOptional(inputs.out),
        continued: undefined,
        base: 'none',
      },
      signal,
    )
  })
}
