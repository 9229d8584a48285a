import type { Command } from 'commander'
import { dataFormats } from '../../config/checks/data-formats.ts'

/** Options that commands on data share. What they mean is in requests.ts, which loads more. */

export type EngineFlags = { enginePath?: string; memoryLimit?: string; timeLimit?: string }
export type ReadFlags = { format?: string; delimiter?: string; missing?: string[] }

/** Options of every command that reads data. */
export function withEngine(command: Command): Command {
  return command
    .option(
      '--memory-limit <size>',
      'most memory of the engine, such as 4GB; the rest goes to disk (default: half of the machine)',
    )
    .option('--time-limit <time>', 'stop after this time, such as 10m (default: none)')
    .option('--engine-path <path>', 'where the DuckDB engine is kept, for machines without a registry')
    .hook('preAction', async () => (await import('../../data/engine/duckdb-client.ts')).startAhead())
}

/** How a file is read, where no checks file says it. */
export function withReading(command: Command): Command {
  return command
    .option('--format <format>', `format of the data: ${dataFormats.join(', ')} (default: told by the file)`)
    .option('--delimiter <character>', 'between the cells of CSV (default: told by the header)')
    .option(
      '--missing <text>',
      'what stands in CSV for a missing value, once for each (default: "", an empty cell, and nothing else)',
      (text: string, before: string[] = []) => [...before, text],
    )
}

export type NamedFlags = EngineFlags & ReadFlags & { checks?: string; sensitive?: string }

/** What a checks file can say of the columns also where nothing is checked. */
export function withNames(command: Command): Command {
  return command
    .option('--checks <file>', 'take types of columns, how files are read and what is sensitive from this checks file')
    .option('--sensitive <columns>', 'columns whose values must not appear in the result, separated by commas')
}
