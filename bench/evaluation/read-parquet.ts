import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { readColumns } from '../../src/data/read-columns.ts'
import { interpretColumns } from '../../src/evaluation/interpret.ts'

/** Two files of predictions of so many rows, and a function that reads both as an evaluation does: into memory, checked and encoded. */
export async function parquetPair(rows: number): Promise<{ read(): Promise<void>; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'modelgate-speed-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const files = [join(folder, 'base.parquet'), join(folder, 'new.parquet')]
  for (const [side, file] of files.entries()) {
    const score = `(hash(i * 2 + ${side}) % 1000003) / 1000003.0`
    await connection.run(
      `COPY (SELECT i AS id, (hash(i) % 10 < 3)::INTEGER AS y_true, (${score} > 0.5)::INTEGER AS y_pred, (${score})::DOUBLE AS y_score FROM range(${rows}) AS r(i)) TO '${file}' (FORMAT parquet)`,
    )
  }
  connection.closeSync()
  instance.closeSync()
  return {
    read: async () => {
      for (const file of files) {
        const columns = await readColumns({ file, name: 'the predictions' })
        interpretColumns(columns, 'binary-classification', file)
      }
    },
    remove: async () => await rm(folder, { recursive: true }),
  }
}
