import { readdirSync, readFileSync } from 'node:fs'
import { formatError, ModelgateError } from '../../../src/base/error.ts'
import { bindingSource } from '../../../src/data/engine/binding.ts'
import { openDuckDb } from '../../../src/data/engine/duckdb.ts'
import type { BindingPins } from '../../../src/data/engine/platform.ts'

/** A program that opens the engine and asks it something: run from source, and as a bundle, by the tests beside it. */
export type ProbeInput = {
  pins?: BindingPins
  /** node_modules folders that count as modelgate's own; none unless told, so that the cache is used. */
  installed?: string[]
  enginePath?: string
  registry?: string
}

export type ProbeOutput = {
  rows: unknown
  progress: number
  installed: readonly string[]
  /** Paths of DuckDB's native files in the process of the database, on Linux. */
  loaded: string[]
  /** Those in this process. */
  own: string[]
}

/** Native files of DuckDB that a process has mapped. */
function mappedBy(process: string): string[] {
  const maps = readFileSync(`/proc/${process}/maps`, 'utf8')
  const paths = maps.split('\n').map((line) => line.slice(line.indexOf('/')))
  return [...new Set(paths.filter((path) => /duckdb\.(?:node|so|dylib|dll)$/.test(path)))]
}

const { pins, installed = [], ...options } = JSON.parse(process.argv[2] ?? '{}') as ProbeInput
const own = bindingSource()
let progress = 0
const onProgress = ({ bytes }: { bytes: number }): void => {
  progress = bytes
}
try {
  const engine = await openDuckDb(
    { ...options, allowedPaths: [], onProgress },
    { ...own, ...(pins === undefined ? {} : { pins }), installed, retryPause: 1 },
  )
  const rows = await engine.query('SELECT sum(i)::INTEGER AS total, version() AS version FROM range(10) t(i)')
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const output: ProbeOutput = {
    rows,
    progress,
    installed: own.installed,
    loaded: children.flatMap(mappedBy),
    own: mappedBy('self'),
  }
  await engine.close()
  process.stdout.write(JSON.stringify(output))
} catch (error) {
  process.stderr.write(formatError(error))
  process.exitCode = error instanceof ModelgateError ? 2 : 1
}
