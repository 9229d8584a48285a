import { jackknifeInterval } from '../stats/jackknife.ts'
import type { Measured, Measurement } from './measure.ts'

/** A metric of the user's own as it was measured: its value over all rows, and over all but one group of rows in turn. */
export type CustomValue = { value: number; leftOut: Float64Array }
export type CustomMeasurement = {
  name: string
  fresh: CustomValue
  base: CustomValue | null
  grouping: string
  conflict?: string
}

/** Values, differences and intervals of metrics of the user's own. `paired`: both sides left out the same rows. */
export function measureCustomMetrics(
  measured: readonly CustomMeasurement[],
  paired: boolean,
  alphas: readonly number[],
): Measurement {
  const measurement: Measurement = { fresh: new Map(), base: new Map(), differences: new Map() }
  for (const { name, fresh, base, grouping } of measured) {
    const describe = (value: number, leftOut: readonly number[]): Measured =>
      withInterval(value, leftOut, alphas, grouping)
    measurement.fresh.set(name, describe(fresh.value, [...fresh.leftOut]))
    if (base === null) continue
    measurement.base.set(name, describe(base.value, [...base.leftOut]))
    if (!paired || fresh.leftOut.length !== base.leftOut.length) continue
    const differences = [...fresh.leftOut].map((value, group) => value - (base.leftOut[group] as number))
    measurement.differences.set(name, describe(fresh.value - base.value, differences))
  }
  return measurement
}

function withInterval(
  value: number,
  leftOut: readonly number[],
  alphas: readonly number[],
  grouping: string,
): Measured {
  if (leftOut.length === 0) return { value, intervals: [], method: `no interval: ${grouping}` }
  if (!Number.isFinite(value) || !leftOut.every(Number.isFinite))
    return { value, intervals: [], method: 'no interval: not defined without some of the rows' }
  // The same without any of the groups: the rows do not vary, which is no certainty.
  if (leftOut.every((one) => one === leftOut[0]))
    return { value, intervals: [], method: 'no interval: every group of rows gives the same value' }
  return {
    value,
    intervals: alphas.map((alpha) => jackknifeInterval(value, leftOut, alpha)),
    method: `delete-a-group jackknife, ${grouping}`,
  }
}
