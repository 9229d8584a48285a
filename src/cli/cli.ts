import { Command, CommanderError } from 'commander'
import { exitCodeOf, exitCodes, ModelgateError } from '../base/error.ts'
import { closeInspector } from '../base/process.ts'
import { version } from '../base/version.ts'
import { bundleCommand } from './bundle.ts'
import { dataCommand } from './data/data.ts'
import { evaluateCommand } from './evaluate.ts'
import { historyCommand } from './history.ts'
import { printError, printErrorJson, processIo, tolerateClosedPipes } from './io.ts'
import { compareCommand, gateCommand } from './judge.ts'
import { modelsCommand } from './models.ts'
import { previewCommand } from './preview.ts'
import { deprecateCommand, promoteCommand, rollbackCommand, unassignCommand } from './promote.ts'
import { publishCommand } from './publish.ts'
import { readCommand } from './read.ts'
import { runCommand } from './run.ts'
import { scanCommand } from './scan.ts'
import { verifyCommand } from './verify.ts'

/** The command line. Sets the exit code of the process; never throws. */
export async function main(): Promise<void> {
  closeInspector()
  tolerateClosedPipes()
  const io = processIo()
  const cancellation = new AbortController()
  const cancel = (): void => cancellation.abort()
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  const finish = (exitCode: number): void => {
    process.exitCode = exitCode
  }
  const asked = process.argv.includes('--json')
  const program = new Command('modelgate')
    .description('Honest model gates: run a pipeline, compare it with its base, and judge the change.')
    .version(version)
    .showSuggestionAfterError()
  for (const command of [
    runCommand(io, cancellation.signal, finish),
    compareCommand(io, finish),
    gateCommand(io, finish),
    dataCommand(io, cancellation.signal, finish),
    evaluateCommand(io, finish),
    historyCommand(io, cancellation.signal, finish),
    readCommand(io, finish),
    previewCommand(io, finish),
    scanCommand(io, cancellation.signal, finish),
    bundleCommand(io, cancellation.signal, finish),
    publishCommand(io, cancellation.signal, finish),
    verifyCommand(io, finish),
    modelsCommand(io, cancellation.signal, finish),
    promoteCommand(io, cancellation.signal, finish),
    rollbackCommand(io, cancellation.signal, finish),
    unassignCommand(io, cancellation.signal, finish),
    deprecateCommand(io, cancellation.signal, finish),
  ]) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride()
  }
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no errors; anything else was printed by commander already, and is the user's to mend.
      finish(error.exitCode === 0 ? exitCodes.pass : exitCodes.user)
      if (error.exitCode !== 0 && asked) printErrorJson(io, wrongUse(error), exitCodes.user)
      return
    }
    finish(exitCodeOf(error))
    printError(io, error, asked, exitCodeOf(error))
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

/** What commander says of a command line, as an error of ours: its hints stand in lines below. */
function wrongUse({ code, message }: CommanderError): ModelgateError {
  const [first = '', ...hints] = message.replace(/^error: /, '').split('\n')
  return new ModelgateError({
    code: 'cli/usage',
    message: code === 'commander.help' ? 'A command is missing.' : first,
    help: hints.length === 0 ? 'See --help.' : hints.join(' ').replace(/^\((.*)\)$/, '$1'),
  })
}
