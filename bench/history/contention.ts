import { parseArgs } from 'node:util'
import { contend } from '../../test/history/contend.ts'

/**
 * Many jobs that record a run at once, each a process with a repository of its own, over git's smart HTTP on this machine:
 *
 *   node bench/history/contention.ts [--writers 32] [--rounds 3]
 *
 * Ends with 1 when a run is lost or stored twice, or when writers push more often than the bar.
 */
const pushesPerWriter = 1.3
const { values } = parseArgs({
  options: { writers: { type: 'string', default: '32' }, rounds: { type: 'string', default: '3' } },
})
const [writers, rounds] = [Number(values.writers), Number(values.rounds)]
const expected = Array.from({ length: writers }, (_, at) => `run-${String(at).padStart(6, '0')}`).join()

const cases = [
  { name: 'elected compaction', killed: 0, replayed: 0, allCompact: false },
  { name: 'four killed, four replayed', killed: 4, replayed: 4, allCompact: false },
  { name: 'all compact at once', killed: 0, replayed: 2, allCompact: true },
]
let failed = false
console.log('added  case                         stored  pushes/writer  requests/writer  ledger commits  seconds')
for (const latency of [0, 150]) {
  for (const { name, ...more } of cases) {
    for (let round = 0; round < rounds; round += 1) {
      const result = await contend({ writers, latency, ...more })
      const pushes = result.pushes / writers
      // Those that were killed may have pushed before; and where all compact, all push twice.
      const bar = more.allCompact ? 2 + more.killed / writers : pushesPerWriter + more.killed / writers
      const isExact = result.found.join() === expected
      failed ||= !isExact || pushes > bar
      console.log(
        [
          `${String(latency).padStart(3)} ms`,
          name.padEnd(27),
          isExact ? 'once ' : 'WRONG',
          pushes.toFixed(2).padStart(14),
          (result.requests / writers).toFixed(1).padStart(16),
          String(result.compactions).padStart(15),
          (result.milliseconds / 1000).toFixed(1).padStart(8),
        ].join(' '),
      )
    }
  }
}
process.exit(failed ? 1 : 0)
