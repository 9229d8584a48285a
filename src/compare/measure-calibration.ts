import type { CalibrationMetrics } from '../evaluation/measurable.ts'
import { type CalibrationEstimate, calibrationEstimate } from '../stats/calibration-estimate.ts'
import { emptyMeasurement, type Inquiry, type Measurement } from './inquiry.ts'
import { measureLinear } from './linear.ts'

const leastRows = 100

const described = 't interval with the bias of noise allowed for'

/**
 * Expected calibration error. It sums up distances, so that noise makes it larger, most of all for a model that is calibrated: a value
 * may be lower by that bias, and a difference lower by that of the new side and higher by that of the base.
 */
export function measureCalibration(
  fresh: CalibrationMetrics,
  base: CalibrationMetrics | null,
  inquiry: Inquiry,
): Measurement {
  const measurement = emptyMeasurement()
  const [name] = fresh.names
  if (name === undefined || !inquiry.isWanted(name)) return measurement
  const now = calibrationEstimate(fresh, inquiry.clusters)
  measurement.fresh.set(name, measureSide(now, inquiry))
  if (base === null || !base.names.includes(name)) return measurement
  const before = calibrationEstimate(base, inquiry.clusters)
  measurement.base.set(name, measureSide(before, inquiry))
  measurement.differences.set(
    name,
    measureLinear(
      {
        value: now.value - before.value,
        influence: now.influence.map((moved, row) => moved - (before.influence[row] as number)),
        positive: null,
        method: `paired ${described}`,
        shortage: shortage(now),
        size: 1,
        adjust: ({ alpha, lower, upper }) => ({ alpha, lower: lower - now.bias, upper: upper + before.bias }),
      },
      inquiry,
    ),
  )
  return measurement
}

function measureSide(estimate: CalibrationEstimate, inquiry: Inquiry): ReturnType<typeof measureLinear> {
  const { value, influence, bias } = estimate
  return measureLinear(
    {
      value,
      influence,
      positive: null,
      method: described,
      shortage: shortage(estimate),
      size: 1,
      adjust: ({ alpha, lower, upper }) => ({
        alpha,
        lower: Math.max(0, lower - bias),
        upper: Math.min(1, upper),
      }),
    },
    inquiry,
  )
}

function shortage({ influence }: CalibrationEstimate): string | undefined {
  return influence.length < leastRows
    ? `at least ${leastRows} rows are needed, and there are ${influence.length}`
    : undefined
}
