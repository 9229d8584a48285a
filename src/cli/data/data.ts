import { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { dataCheckCommand } from './check.ts'

/** `data`: everything about data sets. */
export function dataCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('data').description('Check data, find drift, describe and compare data sets.')
  return command.addCommand(dataCheckCommand(io, signal, finish))
}
