import { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { dataCheckCommand } from './check.ts'
import { dataDiffCommand, dataDriftCommand } from './compare.ts'
import { dataProfileCommand, dataSuggestCommand } from './describe.ts'

/** `data`: everything about data sets. */
export function dataCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('data').description('Check data, find drift, describe and compare data sets.')
  for (const make of [dataCheckCommand, dataProfileCommand, dataSuggestCommand, dataDriftCommand, dataDiffCommand]) {
    command.addCommand(make(io, signal, finish))
  }
  return command
}
