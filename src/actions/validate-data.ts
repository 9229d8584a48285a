import { asBoolean, asList, asNamedData, asOptional, readInputs } from './inputs.ts'
import { runStep } from './step.ts'

/** The validate-data action: data files against what is expected of them. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('validate-data')
    const { data, checks, reference, environment, name } = inputs
    const options = {
      data: asNamedData({ data, checks, reference, environment, name }),
      config: asOptional(inputs.config),
      stages: asList(inputs.stages),
      limits: { memory: inputs['memory-limit'], time: inputs['time-limit'] },
      enginePath: asOptional(inputs['engine-path']),
      registry: asOptional(inputs['engine-registry']),
      out: asOptional(inputs.out),
      summary: asBoolean('summary', inputs.summary),
      annotations: asBoolean('annotations', inputs.annotations),
      failOnBlock: asBoolean('fail-on-block', inputs['fail-on-block']),
    }
    const { validateData } = await import('./run-validate-data.ts')
    await validateData(options, signal)
  })
}
