import { asOptional, readInputs } from './inputs.ts'
import { logLine, runStep, setOutputs } from './step.ts'

/** The command action: `/modelgate ...` in comments on pull requests. */
export async function main(): Promise<void> {
  await runStep(async (signal) => {
    const inputs = readInputs('command')
    const [{ carryOut }, { readEvent }, { writeSummary }, { Patience }, { remoteConfigPath }] = await Promise.all([
      import('../pipeline/chat/carry-out.ts'),
      import('./base.ts'),
      import('./publish-report.ts'),
      import('../github/patience.ts'),
      import('../github/remote-config.ts'),
    ])
    const { command, outcome, answerUrl, markdown, failure } = await carryOut({
      context: await readEvent(),
      token: inputs.token,
      artifact: inputs.artifact,
      config: remoteConfigPath(inputs.config),
      log: logLine,
      patience: new Patience({ signal, tell: logLine }),
      signal,
    })
    setOutputs({ command, outcome, 'answer-url': answerUrl })
    if (asOptional(markdown) !== undefined) await writeSummary(() => markdown)
    if (failure !== undefined) throw failure
  })
}
