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

/** Which way is better by the files that state the metric, on either side. */
export type StatedDirections = { base?: Direction | undefined; new?: Direction | undefined }

/**
 * Which way is better: as the project says, else as the base's files say, else as everybody knows. The files of the change come last: what is
 * judged must not turn round what it is judged by.
 */
export function directionOf(
  definitions: MetricDefinitions,
  name: string,
  stated: StatedDirections = {},
): Direction | 'unknown' {
  return findDefinition(definitions, name)?.direction ?? stated.base ?? knownDirection(name) ?? stated.new ?? 'unknown'
}

/** The same comparison with the directions that other definitions give, over all rows and in every slice. */
export function redirect(comparison: Comparison, definitions: MetricDefinitions): Comparison {
  const turned = <Part extends Pick<Comparison, 'metrics'>>(part: Part): Part => ({
    ...part,
    metrics: part.metrics.map((metric) => ({
      ...metric,
      direction: directionOf(definitions, metric.name, metric.stated),
    })),
  })
  return { ...turned(comparison), slices: comparison.slices.map(turned) }
}
