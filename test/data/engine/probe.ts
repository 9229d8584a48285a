import { formatError, ModelgateError } from '../../../src/base/error.ts'
import { bindingSource } from '../../../src/data/engine/binding.ts'
import { loadDuckDb } from '../../../src/data/engine/duckdb-api.ts'
import type { BindingPins } from '../../../src/data/engine/platform.ts'

/** A program that loads the engine and asks it something: run from source, and as a bundle, by the tests beside it. */
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
  /** Paths of DuckDB's native files in this process. */
  loaded: string[]
}

const { pins, installed = [], ...options } = JSON.parse(process.argv[2] ?? '{}') as ProbeInput
const own = bindingSource()
let progress = 0
const onProgress = ({ bytes }: { bytes: number }): void => {
  progress = bytes
}
try {
  const { DuckDBInstance } = await loadDuckDb(
    { ...options, onProgress },
    { ...own, ...(pins === undefined ? {} : { pins }), installed, retryPause: 1 },
  )
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const reader = await connection.runAndReadAll(
    'SELECT sum(i)::INTEGER AS total, version() AS version FROM range(10) t(i)',
  )
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
  const loaded = sharedObjects.filter((path) => /duckdb\.(?:node|so|dylib|dll)$/.test(path))
  const output: ProbeOutput = { rows: reader.getRowObjects(), progress, installed: own.installed, loaded }
  process.stdout.write(JSON.stringify(output))
} catch (error) {
  process.stderr.write(formatError(error))
  process.exitCode = error instanceof ModelgateError ? 2 : 1
}
