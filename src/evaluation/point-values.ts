import { measurerOf } from './families/measurer-of.ts'
import type { Measurable, UnitMetrics } from './measurable.ts'
import { measureAll } from './measurer.ts'

/** The value of every metric over all rows, by name; NaN where the rows do not define it. */
export function pointValues(families: readonly Measurable[], rows: number): Map<string, number> {
  return new Map(
    families.flatMap((family) => [
      ...(family.kind === 'units' ? unitMeans(family) : measureAll(measurerOf(family, rows))),
    ]),
  )
}

/** Means over the units that define the metric. */
function unitMeans({ names, values }: UnitMetrics): [name: string, mean: number][] {
  return names.map((name, index) => {
    const defined = (values[index] ?? new Float64Array()).filter((value) => !Number.isNaN(value))
    return [name, defined.reduce((sum, value) => sum + value, 0) / defined.length]
  })
}

/** How many units do not define a metric: queries without a relevant item. */
export function undefinedUnits({ names, values }: UnitMetrics, name: string): number {
  const column = values[names.indexOf(name)] ?? new Float64Array()
  return column.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0)
}
