import type { UnitMetrics } from '../evaluation/measurable.ts'
import { emptyMeasurement, type Inquiry, type Measured, type Measurement, wantedOf } from './inquiry.ts'
import { measureLinear } from './linear.ts'

const described = 't interval with skewness minded'

/**
 * Means over units, such as queries, that are independent of one another though their rows are not. On two sides, the difference
 * of the units of the same name. A unit that does not define the metric does not count.
 */
export function measureUnits(fresh: UnitMetrics, base: UnitMetrics | null, inquiry: Inquiry): Measurement {
  // Units are what is independent, whatever else the rows belong to.
  const question = { ...inquiry, clusters: null }
  const measurement = emptyMeasurement()
  const place = base === null ? null : placesIn(base.units, fresh.units)
  for (const { name, place: index } of wantedOf(fresh.names, inquiry)) {
    const now = meanOf(fresh.values[index] ?? new Float64Array())
    measurement.fresh.set(name, measureMean(now, question))
    const baseIndex = base?.names.indexOf(name) ?? -1
    if (base === null || place === null || baseIndex < 0) continue
    const before = meanOf(base.values[baseIndex] ?? new Float64Array())
    measurement.base.set(name, measureMean(before, question))
    measurement.differences.set(name, measureDifference(now, before, place, question))
  }
  return measurement
}

type UnitMean = { value: number; influence: Float64Array; units: number }

function meanOf(values: Float64Array): UnitMean {
  let [sum, units] = [0, 0]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    units++
  }
  const mean = sum / units
  return {
    value: mean,
    units,
    influence: values.map((value) => (Number.isNaN(value) ? Number.NaN : (value - mean) / units)),
  }
}

function measureMean({ value, influence }: UnitMean, inquiry: Inquiry): Measured {
  const defined = influence.filter((moved) => !Number.isNaN(moved))
  const question = { value, influence: defined, positive: null, method: described, unit: 'unit', size: Math.abs(value) }
  return measureLinear(question, inquiry)
}

function measureDifference(now: UnitMean, before: UnitMean, place: Int32Array, inquiry: Inquiry): Measured {
  const moved: number[] = []
  const seen = new Uint8Array(before.influence.length)
  for (const [unit, own] of now.influence.entries()) {
    const at = place[unit] as number
    const other = at < 0 ? Number.NaN : (before.influence[at] as number)
    if (at >= 0) seen[at] = 1
    if (Number.isNaN(own) && Number.isNaN(other)) continue
    moved.push((Number.isNaN(own) ? 0 : own) - (Number.isNaN(other) ? 0 : other))
  }
  for (const [unit, other] of before.influence.entries()) {
    if (seen[unit] === 0 && !Number.isNaN(other)) moved.push(-other)
  }
  return measureLinear(
    {
      value: now.value - before.value,
      influence: Float64Array.from(moved),
      positive: null,
      method: `paired ${described}`,
      unit: 'unit',
      size: Math.max(Math.abs(now.value), Math.abs(before.value)),
    },
    inquiry,
  )
}

/** Where each of `units` stands among `all`; -1 where it does not. */
function placesIn(all: readonly string[], units: readonly string[]): Int32Array {
  const places = new Map(all.map((name, place) => [name, place]))
  return Int32Array.from(units, (name) => places.get(name) ?? -1)
}
