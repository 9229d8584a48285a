import { parseArgs } from 'node:util'
import { newestIds, readNewest } from '../../test/history/reading.ts'

/**
 * The newest 100 of many runs, read over git's smart HTTP by a runner that has nothing of the repository:
 *
 *   node bench/history/reading.ts [--runs 100000]
 *
 * Ends with 1 above the bars.
 */
const bars = { requests: 10, bytes: 1_000_000 }
const { values } = parseArgs({ options: { runs: { type: 'string', default: '100000' } } })
const runs = Number(values.runs)
// Three years of runs: twelve minutes apart they are spread over 28 months.
const minutesApart = 12
let failed = false
for (const [name, perBatch] of [
  ['batches of 200, as tidied up', 200],
  ['batches of 100, the smallest that stay', 100],
] as const) {
  const { ids, requests, bytes, milliseconds } = await readNewest(runs, perBatch, minutesApart)
  const isRight = ids.join() === newestIds(runs, minutesApart).join()
  failed ||= !isRight || requests >= bars.requests || bytes >= bars.bytes
  console.log(
    `${runs} runs, ${name}: ${isRight ? 'the newest 100' : 'WRONG RUNS'}, ${requests} requests, ${(bytes / 1e6).toFixed(3)} MB, ${Math.round(milliseconds)} ms`,
  )
}
process.exit(failed ? 1 : 0)
