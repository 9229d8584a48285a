import { isObject } from '../../base/json.ts'
import type { FileFormat } from '../format.ts'
import { type ReadMetric, rowsOf, shownName, standardErrorOf } from '../reading.ts'

const times = ['mean', 'median', 'min', 'max', 'q1', 'q3'] as const
const spreads = ['iqr', 'stddev'] as const

/** `--benchmark-json` of pytest-benchmark: `<test>.median` and so on, in seconds, and `<test>.ops` per second. */
export const pytestBenchmark: FileFormat = {
  name: 'pytest-benchmark',
  title: 'pytest-benchmark',
  of: 'file',
  fit: (input) => (benchmarksOf(input.peekJson()) === undefined ? 'no' : 'content'),
  read: (input) => {
    const benchmarks = benchmarksOf(input.json())
    if (benchmarks === undefined) {
      throw input.fault('not-pytest-benchmark', 'The metrics file holds no results of pytest-benchmark.')
    }
    const counts = new Map<string, number>()
    for (const { name } of benchmarks) counts.set(name, (counts.get(name) ?? 0) + 1)
    const metrics: ReadMetric[] = []
    const names = new Set<string>()
    for (const { name, fullname, stats } of benchmarks) {
      // Tests of one name in two files are told apart by the file.
      const shown = counts.get(name) === 1 ? name : fullname
      if (names.size === names.add(shown).size) {
        throw input.fault('repeated-key', `The benchmark "${shownName(shown)}" stands twice in the file.`)
      }
      metrics.push(...metricsOf(shown, stats))
    }
    return { metrics, notes: ['Times are in seconds.'] }
  },
}

type Benchmark = { name: string; fullname: string; stats: Record<string, unknown> }

function benchmarksOf(tree: unknown): Benchmark[] | undefined {
  if (!isObject(tree) || !isObject(tree.machine_info) || !Array.isArray(tree.benchmarks)) return undefined
  const benchmarks: Benchmark[] = []
  for (const one of tree.benchmarks) {
    if (!isObject(one) || typeof one.name !== 'string' || !isObject(one.stats)) return undefined
    const { name, fullname, stats } = one
    benchmarks.push({ name, fullname: typeof fullname === 'string' ? fullname : name, stats })
  }
  return benchmarks
}

function metricsOf(test: string, stats: Record<string, unknown>): ReadMetric[] {
  const { stddev, rounds, ops, data } = stats
  const count = rowsOf(rounds)
  const error =
    typeof stddev === 'number' && count.rows !== undefined && count.rows > 1
      ? standardErrorOf(stddev / Math.sqrt(count.rows))
      : {}
  const metrics: ReadMetric[] = []
  for (const statistic of [...times, ...spreads]) {
    const value = stats[statistic]
    if (typeof value !== 'number') continue
    metrics.push({
      name: `${test}.${statistic}`,
      value,
      ...(spreads.some((spread) => spread === statistic) ? {} : { direction: 'lower' }),
      ...(statistic === 'mean' ? error : {}),
      ...count,
    })
  }
  const single = Array.isArray(data) ? data.filter((time): time is number => typeof time === 'number') : []
  if (single.length > 0) {
    metrics.push({ name: `${test}.p95`, value: quantile(single, 0.95), direction: 'lower', rows: single.length })
  }
  if (typeof ops === 'number') metrics.push({ name: `${test}.ops`, value: ops, direction: 'higher', ...count })
  return metrics
}

/** Linear between the two nearest values (type 7 of Hyndman and Fan 1996), as numpy has it. */
function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return low + (high - low) * (place - Math.floor(place))
}
