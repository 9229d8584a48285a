import { plural } from '../base/number-text.ts'
import { measurerOf } from '../evaluation/families/measurer-of.ts'
import type { CalibrationMetrics } from '../evaluation/measurable.ts'
import { calibrationBootstrap, errorOf, residualSums } from '../stats/calibration-bootstrap.ts'
import {
  alphasOf,
  decidingAlphas,
  emptyMeasurement,
  type Inquiry,
  type Measurement,
  noneAsked,
  without,
} from './inquiry.ts'
import { cheapReplicates, measurePercentiles } from './percentiles.ts'
import { resampleFamilies } from './resample.ts'

const leastRows = 100
/** Steps that the resamples may take in all: pairs of bins are many, and each costs several random numbers. */
const budget = 40_000_000

/**
 * Expected calibration error by resampling bins. It sums up distances, so noise makes it larger, in the sample and once more in
 * each resample: the lower bound is reflected to make up for that, and the upper one is left on the safe side.
 */
export function measureCalibration(
  fresh: CalibrationMetrics,
  base: CalibrationMetrics | null,
  inquiry: Inquiry,
): Measurement {
  const measurement = emptyMeasurement()
  const [name] = fresh.names
  if (name === undefined || !inquiry.isWanted(name)) return measurement
  const rows = fresh.bin.length
  const value = errorOf(residualSums(fresh), rows)
  const baseValue = base === null ? Number.NaN : errorOf(residualSums(base), rows)
  const reason =
    alphasOf(inquiry).length === 0
      ? noneAsked
      : rows < leastRows
        ? `at least ${leastRows} rows are needed, and there are ${rows}`
        : undefined
  if (reason !== undefined) {
    measurement.fresh.set(name, without(value, reason))
    if (base === null) return measurement
    measurement.base.set(name, without(baseValue, reason))
    measurement.differences.set(name, without(value - baseValue, reason))
    return measurement
  }
  if (inquiry.clusters !== null) {
    return resampleFamilies(measurerOf(fresh, rows), base === null ? null : measurerOf(base, rows), inquiry, {
      reflected: true,
    })
  }
  const replicates = cheapReplicates(decidingAlphas(inquiry, fresh.names), 50 * fresh.bins * (base?.bins ?? 1), budget)
  const draws = calibrationBootstrap(fresh, base ?? fresh, replicates, `${inquiry.seed} ${name}`)
  const method = `bootstrap over bins, ${plural(rows, 'row')}`
  const measured = (of: number, values: Float64Array, paired = ''): ReturnType<typeof measurePercentiles> =>
    measurePercentiles(of, values, `${paired}${method}`, inquiry, { reflected: true })
  const positive = ({ intervals, ...rest }: ReturnType<typeof measurePercentiles>) => ({
    ...rest,
    intervals: intervals.map((interval) => ({ ...interval, lower: Math.max(0, interval.lower) })),
  })
  measurement.fresh.set(name, positive(measured(value, draws.first)))
  if (base === null) return measurement
  measurement.base.set(name, positive(measured(baseValue, draws.second)))
  measurement.differences.set(name, measured(value - baseValue, draws.difference, 'paired '))
  return measurement
}
