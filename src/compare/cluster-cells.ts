import { bootstrapReplicates } from '../stats/bootstrap.ts'
import { type RandomSource, seededRandom } from '../stats/random.ts'
import type { Clusters } from './inquiry.ts'
import { cheapReplicates } from './percentiles.ts'

export type ClusterCellsRequest = {
  clusters: Clusters
  /** The cell of each row, and how many cells there are. */
  pairOf: Int32Array
  counts: readonly number[]
  outputs: number
  statistic: (counts: Float64Array, out: Float64Array, random: RandomSource) => void
  seed: string
  /** Alphas of the rules that judge. */
  deciding: readonly number[]
}

/** Steps that the resamples of clusters may take in all. */
const budget = 200_000_000

/** As `cellBootstrap`, but whole clusters of rows are drawn. */
export function clusterCells(request: ClusterCellsRequest): Float64Array[] {
  const { clusters, outputs, statistic, seed, deciding } = request
  const { starts, cells, rows } = countsByCluster(request)
  const drawn = new Float64Array(request.counts.length)
  const random = seededRandom(`${seed} made-up rows`)
  return bootstrapReplicates({
    rows: clusters.count,
    outputs,
    replicates: cheapReplicates(deciding, 4 * (clusters.count + cells.length + drawn.length), budget),
    seed,
    statistic: (weights, out) => {
      drawn.fill(0)
      for (let cluster = 0; cluster < weights.length; cluster++) {
        const weight = weights[cluster] as number
        if (weight === 0) continue
        for (let at = starts[cluster] as number; at < (starts[cluster + 1] as number); at++) {
          const cell = cells[at] as number
          drawn[cell] = (drawn[cell] as number) + weight * (rows[at] as number)
        }
      }
      statistic(drawn, out, random)
    },
  })
}

/** The cells that each cluster has rows in, one cluster after the other. */
function countsByCluster({ clusters, pairOf, counts }: ClusterCellsRequest) {
  const found = new Map<number, number>()
  for (let row = 0; row < pairOf.length; row++) {
    const key = (clusters.of[row] as number) * counts.length + (pairOf[row] as number)
    found.set(key, (found.get(key) ?? 0) + 1)
  }
  const keys = [...found.keys()].sort((a, b) => a - b)
  const starts = new Uint32Array(clusters.count + 1)
  for (const key of keys) {
    const next = Math.floor(key / counts.length) + 1
    starts[next] = (starts[next] as number) + 1
  }
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    starts[cluster + 1] = (starts[cluster + 1] as number) + (starts[cluster] as number)
  }
  return {
    starts,
    cells: Uint32Array.from(keys, (key) => key % counts.length),
    rows: Float64Array.from(keys, (key) => found.get(key) ?? 0),
  }
}
