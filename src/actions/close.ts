import { getInput } from '@actions/core'
import { runStep } from './step.ts'

/** The post step of the root action: closes a check that was left open. */
export async function main(): Promise<void> {
  await runStep(async () => {
    const { closeLeftOpen } = await import('./check.ts')
    await closeLeftOpen(getInput('token'))
  })
}
