import { asBoolean, asChoice, asList, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The publish action: the model of a run, to the channels of modelgate.yaml. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('publish')
    const { runPublish } = await import('./run-publish.ts')
    await runPublish(
      {
        run: asOptional(inputs['run-file']),
        version: asOptional(inputs.version),
        bump: inputs.bump === '' ? undefined : asChoice('bump', inputs.bump, ['patch', 'minor', 'major'] as const),
        channels: asList(inputs.channels),
        remote: asOptional(inputs.remote),
        config: asOptional(inputs.config),
        token: inputs.token,
        summary: asBoolean('summary', inputs.summary),
      },
      signal,
    )
  })
}
