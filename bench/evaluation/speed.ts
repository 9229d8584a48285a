import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measure } from '../../src/compare/measure.ts'
import { cellBootstrap } from '../../src/stats/cell-bootstrap.ts'
import { median } from '../median.ts'
import { binaryPair, type Pair } from './models.ts'
import { parquetPair } from './read-parquet.ts'

/**
 * What the full set of metrics with intervals costs on a million paired predictions, beside a bootstrap over rows in numpy, and what the cell
 * bootstrap costs by the number of rows. Ends with 1 when a bar is missed.
 *
 *     node bench/evaluation/speed.ts --python .venv/bin/python
 */

const replicates = 10_000
const rows = 1_000_000
/** Times faster than numpy at least; times the reading at most; dearest over cheapest cell bootstrap at most. */
const [leastFaster, mostOfReading, mostGrowth] = [50, 2, 2]

const recallAt = 'recall_at_specificity@0.95'

function timeOf(work: () => unknown): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

/** Seconds of everything that a comparison of two sides measures. */
export function measuring(pair: Pair): number {
  const alphas = [{ alpha: 0.05, metrics: ['f1', 'roc_auc', recallAt] }]
  const run = (): unknown => measure({ ...pair, binary: true, alphas, seed: 'speed' })
  run()
  return median([0, 1, 2].map(() => timeOf(run)))
}

/** Seconds of one numpy replicate of the same metrics, from a few. */
function numpyReplicate(python: string, of: number): number {
  const script = join(import.meta.dirname, 'row_bootstrap.py')
  const run = spawnSync(python, [script, String(of), '5'], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  return Number(run.stdout)
}

/** Seconds of the cell bootstrap of F1 on both sides with so many rows in its eight cells. */
function cells(of: number): number {
  const counts = [0.5, 0.05, 0.04, 0.11, 0.06, 0.02, 0.02, 0.2].map((share) => Math.round(share * of))
  const statistic = (drawn: Float64Array, out: Float64Array): void => {
    const [, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = drawn
    out[0] = (2 * h) / (2 * h + b + d + e + f)
    out[1] = (2 * (g + h)) / (2 * (g + h) + c + d + e + f)
  }
  const run = (): unknown => cellBootstrap({ counts, outputs: 2, statistic, replicates, seed: 'speed' })
  run()
  return median([0, 1, 2, 3, 4].map(() => timeOf(run)))
}

/** Prints the figures and gives the bars that were missed. */
export async function speed(python: string | undefined): Promise<string[]> {
  const missed: string[] = []
  const own = measuring(binaryPair({ rows, prevalence: 0.3 }, 'speed'))
  console.log(`measure, ${rows.toLocaleString('en-US')} rows: ${own.toFixed(2)} s`)
  if (python !== undefined) {
    const numpy = numpyReplicate(python, rows) * replicates
    console.log(
      `numpy, 5 of ${replicates.toLocaleString('en-US')} replicates timed and scaled: ${numpy.toFixed(0)} s, ${(numpy / own).toFixed(0)} times as long`,
    )
    if (numpy < leastFaster * own)
      missed.push(`${(numpy / own).toFixed(0)} times faster than numpy, not ${leastFaster}`)
  }
  const files = await parquetPair(rows)
  const readings: number[] = []
  for (let time = 0; time < 4; time++) {
    const start = performance.now()
    await files.read()
    readings.push((performance.now() - start) / 1000)
  }
  await files.remove()
  // The first one starts the engine.
  const reading = median(readings.slice(1))
  console.log(`reading both files: ${reading.toFixed(2)} s; measuring takes ${(own / reading).toFixed(2)} of that`)
  if (own > mostOfReading * reading)
    missed.push(`${(own / reading).toFixed(1)} times the reading, not ${mostOfReading}`)
  const costs = [1e4, 1e5, 1e6, 1e7].map((of) => ({ of, seconds: cells(of) }))
  for (const { of, seconds } of costs) {
    console.log(`cell bootstrap, ${of.toLocaleString('en-US')} rows: ${(1000 * seconds).toFixed(1)} ms`)
  }
  const seconds = costs.map((cost) => cost.seconds)
  const growth = Math.max(...seconds) / Math.min(...seconds)
  if (growth > mostGrowth) missed.push(`the cell bootstrap grows ${growth.toFixed(1)} times with the rows`)
  return missed
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { python: { type: 'string' } } })
  const missed = await speed(values.python)
  for (const bar of missed) console.log(`MISSED: ${bar}`)
  process.exitCode = missed.length === 0 ? 0 : 1
}
