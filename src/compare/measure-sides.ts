import { measurablesFor } from '../evaluation/measurables.ts'
import { pointValues } from '../evaluation/point-values.ts'
import type { Predictions } from '../evaluation/predictions.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { MetricComparison } from './comparison.ts'
import { type CustomMeasurement, measureCustomMetrics } from './custom.ts'
import { type Measurement, measure } from './measure.ts'
import type { Need } from './resample.ts'
import { measureSeeds } from './seeds.ts'

type Side = { record: RunRecord; predictions: Predictions | null; seeds?: readonly Predictions[] }

export type MeasureSidesRequest = {
  fresh: Side
  base: Side | null
  /** The base in the order of the new rows, where both can be paired and compared. */
  paired: Predictions | null
  alphas: readonly Need[]
  /** Canonical names of the metrics that rules judge. */
  wanted: readonly string[]
  custom?: readonly CustomMeasurement[]
  seed: string
}

export function isBinary(record: RunRecord): boolean {
  return record.project.task === 'binary-classification'
}

/** How many seeds each side has; undefined where neither has several. */
export function seedsOf(fresh: Side, base: Side | null): MetricComparison['seeds'] {
  const [now, before] = [fresh.seeds?.length ?? 0, base?.seeds?.length ?? 0]
  if (now < 2 && before < 2) return undefined
  return { new: Math.max(1, now), base: base === null ? null : Math.max(1, before) }
}

/**
 * What predictions give: over seeds where a side has several, else paired where that can be, else each side by itself, without differences;
 * then metrics of the user's own.
 */
export function measureSides(request: MeasureSidesRequest): Measurement {
  const { fresh, base, paired, alphas, custom = [] } = request
  const seeds = seedsOf(fresh, base)
  const measured = seeds === undefined ? measureRows(request) : measureEachSeed(request)
  const own = measureCustomMetrics(
    custom,
    paired !== null && seeds === undefined,
    alphas.map(({ alpha }) => alpha),
  )
  return {
    fresh: new Map([...measured.fresh, ...own.fresh]),
    base: new Map([...measured.base, ...own.base]),
    differences: new Map([...measured.differences, ...own.differences]),
  }
}

function measureRows({ fresh, base, paired, alphas, wanted, seed }: MeasureSidesRequest): Measurement {
  const none: Measurement = { fresh: new Map(), base: new Map(), differences: new Map() }
  const binary = isBinary(fresh.record)
  const together =
    fresh.predictions === null
      ? none
      : measure({ fresh: fresh.predictions, base: paired, binary, alphas, wanted, seed })
  if (paired !== null || base === null || base.predictions === null) return together
  // Nothing asks for intervals of a base that nothing is compared with.
  const alone = measure({ fresh: base.predictions, base: null, binary, alphas: [], wanted, seed })
  return { ...together, base: alone.fresh }
}

/** One value of each metric per seed. Without a comparable base each side is described by itself. */
function measureEachSeed({ fresh, base, paired, alphas, wanted }: MeasureSidesRequest): Measurement {
  const errors = alphas.map(({ alpha }) => alpha)
  const now = valuesOver(fresh, wanted)
  const before = base === null ? new Map<string, number[]>() : valuesOver(base, wanted)
  const measurement: Measurement = { fresh: new Map(), base: new Map(), differences: new Map() }
  for (const [name, values] of now) {
    const measured = measureSeeds(values, before.get(name) ?? null, errors)
    measurement.fresh.set(name, measured.fresh)
    if (measured.base !== null) measurement.base.set(name, measured.base)
    if (measured.difference !== null && paired !== null) measurement.differences.set(name, measured.difference)
  }
  // What the base has and the new side lacks: that it is gone must show.
  for (const [name, values] of before) {
    if (!now.has(name)) measurement.base.set(name, measureSeeds(values, null, errors).fresh)
  }
  return measurement
}

function valuesOver({ record, predictions, seeds }: Side, wanted: readonly string[]): Map<string, number[]> {
  const all = seeds ?? (predictions === null ? [] : [predictions])
  const values = new Map<string, number[]>()
  for (const one of all) {
    for (const [name, value] of pointValues(measurablesFor(one, isBinary(record), wanted), one.ids.length))
      values.set(name, [...(values.get(name) ?? []), value])
  }
  // A metric that only some seeds have is none over all of them.
  return new Map([...values].filter(([, each]) => each.length === all.length))
}
