import type { Evidence } from '../compare/compare.ts'
import { loadPredictions, type PredictionsOptions } from '../evaluation/load-predictions.ts'
import type { RunRecord } from '../record/run-record.ts'

/** A record and the file that it was read from or written to: predictions lie beside it. */
export type StoredRun = { record: RunRecord; file: string }

/** A record with its predictions. The engine that reads Parquet files is loaded only where there is one. */
export async function loadEvidence(
  { record, file }: StoredRun,
  options: Omit<PredictionsOptions, 'readColumns'> = {},
): Promise<Evidence> {
  const predictions = await loadPredictions(record, file, {
    ...options,
    readColumns: async (path) => {
      const { readColumns } = await import('../data/read-columns.ts')
      return await readColumns({ file: path, name: `the predictions of run ${record.id}` })
    },
  })
  return { record, predictions }
}
