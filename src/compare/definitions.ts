import { type Direction, knownDirection } from '../config/directions.ts'
import { canonicalMetric } from '../evaluation/metrics.ts'
import type { Comparison } from './comparison.ts'

/** Metrics that the project describes itself. */
export type MetricDefinitions = Record<string, { direction?: Direction | undefined; unit?: string | undefined }>

/** The definition of a metric, under its own name or another one for the same metric. */
export function findDefinition(definitions: MetricDefinitions, name: string): MetricDefinitions[string] | undefined {
  if (Object.hasOwn(definitions, name)) return definitions[name]
  return Object.entries(definitions).find(([other]) => canonicalMetric(other) === name)?.[1]
}

/** Which way is better: as the project says, else as everybody knows. */
export function directionOf(definitions: MetricDefinitions, name: string): Direction | 'unknown' {
  return findDefinition(definitions, name)?.direction ?? knownDirection(name) ?? 'unknown'
}

/** The same comparison with the directions that other definitions give, over all rows and in every slice. */
export function redirect(comparison: Comparison, definitions: MetricDefinitions): Comparison {
  const turned = <Part extends Pick<Comparison, 'metrics'>>(part: Part): Part => ({
    ...part,
    metrics: part.metrics.map((metric) => ({ ...metric, direction: directionOf(definitions, metric.name) })),
  })
  return { ...turned(comparison), slices: comparison.slices.map(turned) }
}
