import type { RunRecord } from '../record/run-record.ts'
import type { PastRun } from './past-runs.ts'

/**
 * A record that stands for several: each metric that all of them have is their mean, with its standard error from run to run. It has no
 * predictions, because rows of several models cannot be paired with those of one. `newest` gives what it was made of.
 */
export function rollingRecord(newest: RunRecord, runs: readonly PastRun[]): RunRecord {
  const names = Object.keys(runs[0]?.metrics ?? {}).filter((name) =>
    runs.every(({ metrics }) => Object.hasOwn(metrics, name)),
  )
  const { predictions: _predictions, ...rest } = newest
  return {
    ...rest,
    id: `mean-of-${runs.length}-runs`,
    predictions: [],
    metrics: names.map((name) => {
      const values = runs.map(({ metrics }) => metrics[name] as number)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
      return {
        name,
        value: mean,
        // Of one run nothing is known about how runs vary.
        ...(values.length < 2 ? {} : { standardError: Math.sqrt(squares / (values.length - 1) / values.length) }),
        rows: values.length,
        file: 'the last runs',
        stage: 'history',
      }
    }),
  }
}
