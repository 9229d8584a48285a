import type { UnitMetrics } from '../measurable.ts'
import { type MetricName, parametersOf, spellMetricName } from '../metric-names.ts'
import type { RankingPredictions } from '../predictions.ts'
import { tieGroups } from './score-order.ts'

/** One value of one query, given its items in groups of equal score, the highest first. `depth`: how many items count. */
type QueryMetric = (query: Query, depth: number) => number

/** The groups of a query: how many items each has, how many of them are relevant, and how much relevance in all. */
type Query = {
  groups: { items: number; relevant: number; gain: number }[]
  items: number
  relevant: number
  /** Relevance of the relevant items, the highest first. */
  ideal: Float64Array
}

const byName = new Map<string, QueryMetric>([
  ['ndcg', ndcg],
  ['map', averagePrecision],
  ['mrr', reciprocalRank],
  ['recall', (query, depth) => relevantWithin(query, depth) / query.relevant],
  // Also of queries that have fewer items than that.
  ['precision', (query, depth) => relevantWithin(query, depth) / depth],
])

/**
 * Metrics of a ranking, one value per query. Items of equal score stand in every possible order at once: the value is the mean over these
 * orders, so that the order of the file does not matter (McSherry & Najork 2008). A query without a relevant item defines none of them.
 */
export function queryMetrics(predictions: RankingPredictions, wanted: readonly MetricName[]): UnitMetrics {
  const metrics = [...byName].flatMap(([base, of]) =>
    (base === 'map' ? [null] : parametersOf(base, wanted))
      // The plain names belong to classification.
      .filter((depth) => depth !== null || (base !== 'recall' && base !== 'precision'))
      .map((depth) => ({
        name: spellMetricName(depth === null ? { base } : { base, parameter: depth }),
        of: (query: Query): number => of(query, depth ?? query.items),
      })),
  )
  const { units, rowsOf } = unitsOf(predictions)
  const values = metrics.map(() => new Float64Array(units.length).fill(Number.NaN))
  for (const [unit, rows] of rowsOf.entries()) {
    const query = queryOf(predictions, rows)
    if (query.relevant === 0) continue
    for (const [index, { of }] of metrics.entries()) (values[index] as Float64Array)[unit] = of(query)
  }
  return { kind: 'units', names: metrics.map(({ name }) => name), units, values }
}

/** The queries that have rows, and the rows of each. */
function unitsOf({ group: { names, codes } }: RankingPredictions): { units: string[]; rowsOf: Uint32Array[] } {
  const sizes = new Uint32Array(names.length)
  for (const code of codes) sizes[code] = (sizes[code] as number) + 1
  const lists = Array.from(sizes, (size) => new Uint32Array(size))
  const filled = new Uint32Array(names.length)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    const place = filled[code] as number
    ;(lists[code] as Uint32Array)[place] = row
    filled[code] = place + 1
  }
  const used = [...names.keys()].filter((code) => (sizes[code] as number) > 0)
  return { units: used.map((code) => names[code] as string), rowsOf: used.map((code) => lists[code] as Uint32Array) }
}

function queryOf({ relevance, scores }: RankingPredictions, rows: Uint32Array): Query {
  const { of, count } = tieGroups(Float64Array.from(rows, (row) => scores[row] as number))
  const groups = Array.from({ length: count }, () => ({ items: 0, relevant: 0, gain: 0 }))
  const gains: number[] = []
  for (const [place, row] of rows.entries()) {
    const gain = relevance[row] as number
    const group = groups[of[place] as number] as Query['groups'][number]
    group.items++
    group.gain += gain
    if (gain === 0) continue
    group.relevant++
    gains.push(gain)
  }
  return { groups, items: rows.length, relevant: gains.length, ideal: Float64Array.from(gains).sort().reverse() }
}

/** Normalised discounted cumulative gain with the relevance itself as gain (Järvelin & Kekäläinen 2002), as in scikit-learn. */
function ndcg({ groups, ideal }: Query, depth: number): number {
  let [place, gained, best] = [0, 0, 0]
  for (const { items, gain } of groups) {
    for (let item = 0; item < items && place < depth; item++) gained += (gain / items) * discount(place + item, depth)
    place += items
  }
  for (let item = 0; item < ideal.length; item++) best += (ideal[item] as number) * discount(item, depth)
  return gained / best
}

function discount(place: number, depth: number): number {
  return place < depth ? 1 / Math.log2(place + 2) : 0
}

/** The mean, over the relevant items, of the share of relevant items down to their places. */
function averagePrecision({ groups, relevant }: Query): number {
  let [place, found, sum] = [0, 0, 0]
  for (const group of groups) {
    // An item of the group is relevant with this probability, and then so are the others before it with that one.
    const share = group.relevant / group.items
    const others = group.items > 1 ? (group.relevant - 1) / (group.items - 1) : 0
    for (let item = 0; item < group.items && share > 0; item++) {
      sum += (share * (found + 1 + item * others)) / (place + item + 1)
    }
    place += group.items
    found += group.relevant
  }
  return sum / relevant
}

/** One by the place of the first relevant item; 0 when it stands below the depth. */
function reciprocalRank({ groups }: Query, depth: number): number {
  let place = 0
  for (const group of groups) {
    if (group.relevant === 0) {
      place += group.items
      continue
    }
    let [sum, unfound] = [0, 1]
    for (let item = 0; item <= group.items - group.relevant; item++) {
      const share = group.relevant / (group.items - item)
      if (place + item < depth) sum += (unfound * share) / (place + item + 1)
      unfound *= 1 - share
    }
    return sum
  }
  return Number.NaN
}

function relevantWithin({ groups }: Query, depth: number): number {
  let [place, found] = [0, 0]
  for (const { items, relevant } of groups) {
    found += relevant * Math.min(1, Math.max(0, depth - place) / items)
    place += items
  }
  return found
}
