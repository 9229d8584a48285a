import { oneLine, truncate } from '../base/escape.ts'
import type { Interval } from './comparison.ts'
import type { Need } from './need.ts'

/** A value with its intervals, or the reason why it has none. */
export type Measured = { value: number; intervals: Interval[]; method: string; pValue?: number }

/** Every metric of one or two sides. With a paired base the differences (new minus base) are measured on common resamples. */
export type Measurement = {
  fresh: Map<string, Measured>
  base: Map<string, Measured>
  differences: Map<string, Measured>
}

/** What is asked of every family of metrics alike. */
export type Inquiry = {
  needs: readonly Need[]
  seed: string
  rows: number
  /** Rows that belong together; null where rows are independent of one another. */
  clusters: Clusters | null
  /** The names of the classes of each side, which need not be the same. */
  labels: { fresh: readonly string[]; base: readonly string[] }
  /** Rows of each true class of the new side, in the order of its labels; empty where rows have no classes. */
  classRows: readonly number[]
  /** Metrics that are measured; others of the same family are left out. */
  isWanted(name: string): boolean
}

export type Clusters = { count: number; of: Int32Array }

/** With fewer clusters no interval is given: what varies between them is not known then. */
export const leastClusters = 20

/** Clusters from the names of groups: only those that have rows count. */
export function clustersFrom(codes: Int32Array): Clusters {
  const numbers = new Map<number, number>()
  // In the order of the codes, so that the order of rows does not matter.
  for (const code of [...new Set(codes)].sort((a, b) => a - b)) numbers.set(code, numbers.size)
  return { count: numbers.size, of: codes.map((code) => numbers.get(code) ?? -1) }
}

/** Why there is no interval for clustered rows; undefined when there can be one. */
export function fewClusters({ clusters }: Inquiry): string | undefined {
  if (clusters === null || clusters.count >= leastClusters) return undefined
  return `rows of one group are not independent, and there are ${clusters.count} groups where ${leastClusters} are needed`
}

/** Rows of each of two true classes, and of each of several that occur, without which nothing is known of what may befall them. */
export const [leastOfTwoClasses, leastOfSeveralClasses] = [30, 10]

/** The class that has too few rows, by its name and how many it has; undefined when there is none. `isConcerned` leaves out others. */
export function scarceClass(
  { labels }: Inquiry,
  rows: ArrayLike<number>,
  isConcerned: (label: number) => boolean = () => true,
): { least: number; name: string; rows: number } | undefined {
  const binary = rows.length === 2
  const least = binary ? leastOfTwoClasses : leastOfSeveralClasses
  for (let label = 0; label < rows.length; label++) {
    const own = rows[label] as number
    // Of several classes, some may occur in predictions only.
    if (own >= least || (own === 0 && !binary) || !isConcerned(label)) continue
    return { least, name: truncate(oneLine(labels.fresh[label] ?? String(label)), 40), rows: own }
  }
  return undefined
}

/** All alphas that any rule asks for, each once. */
export function alphasOf({ needs }: Inquiry): number[] {
  return [...new Set(needs.map(({ alpha }) => alpha))]
}

/** Alphas of the rules of the policy that judges, about any of these metrics: only they say how many resamples there are. */
export function decidingAlphas({ needs }: Inquiry, names: readonly string[]): number[] {
  return needs
    .filter(({ metrics, decided = metrics }) => names.some((name) => decided.includes(name)))
    .map(({ alpha }) => alpha)
}

/** The wanted metrics of a family and where their values stand in its output. */
export function wantedOf(names: readonly string[], inquiry: Inquiry): { name: string; place: number }[] {
  return names.flatMap((name, place) => (inquiry.isWanted(name) ? [{ name, place }] : []))
}

export function emptyMeasurement(): Measurement {
  return { fresh: new Map(), base: new Map(), differences: new Map() }
}

export function without(value: number, reason: string): Measured {
  return { value, intervals: [], method: `no interval: ${reason}` }
}

export const noneAsked = 'none asked for'
export const notDefined = 'these rows do not define it'
