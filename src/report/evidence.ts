import { dirname } from 'node:path'
import type { Place } from '../base/error.ts'
import { fileIn } from '../base/files.ts'
import type { Evidence } from '../compare/compare.ts'
import type { CustomMeasurement } from '../compare/custom.ts'
import { loadAllPredictions, loadPredictions, type PredictionsOptions } from '../evaluation/load-predictions.ts'
import type { RunRecord } from '../record/run-record.ts'

/** A record and the file that it was read from or written to: predictions lie beside it. */
export type StoredRun = { record: RunRecord; file: string }

/** A record with its predictions. The engine that reads Parquet files is loaded only where there is one. */
export async function loadEvidence(
  { record, file }: StoredRun,
  options: Omit<PredictionsOptions, 'readColumns'> = {},
): Promise<Evidence> {
  const all: PredictionsOptions = {
    ...options,
    readColumns: async (path) => {
      const { readColumns } = await import('../data/read-columns.ts')
      return await readColumns({ file: path, name: `the predictions of run ${record.id}` })
    },
  }
  const [first] = record.predictions
  // Files of one stage are of several seeds; another stage measures something else.
  const entries = record.predictions.filter(({ stage }) => stage === first?.stage)
  if (entries.length < 2) return { record, predictions: await loadPredictions(record, file, all) }
  const seeds = await loadAllPredictions({ ...record, predictions: entries }, file, all)
  return { record, predictions: seeds[0] ?? null, seeds }
}

/** A metric of the user's own: an SQL aggregate, and where it stands. */
export type OwnMetric = { name: string; sql: string; place: Place }

/** Metrics of the user's own on both sides; none where a side has no table of predictions. The predictions were read before, and are whole. */
export async function measureOwnMetrics(
  metrics: readonly OwnMetric[],
  fresh: StoredRun,
  base: StoredRun | null,
  key = 'id',
): Promise<CustomMeasurement[]> {
  const now = tableOf(fresh)
  if (metrics.length === 0 || now === undefined) return []
  const { measureCustom } = await import('../data/custom-metrics.ts')
  const before = base === null ? undefined : tableOf(base)
  return await measureCustom({ metrics, fresh: now, base: before ?? null, key })
}

function tableOf({ record, file }: StoredRun): { name: string; path: string; anywhere: true } | undefined {
  const [entry] = record.predictions
  if (entry === undefined || !/\.(?:csv|tsv|jsonl|ndjson|parquet)$/i.test(entry.path)) return undefined
  return { name: `the predictions of run ${record.id}`, path: fileIn(dirname(file), entry.path), anywhere: true }
}
