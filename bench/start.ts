import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './median.ts'

/**
 * How much CPU the start of an action takes, beside the start of another action on the same machine in the same minute:
 *
 *   node bench/start.ts --peer PATH/TO/actions-github-script-v8/dist/index.js
 *
 * Each runs to its first "input required" failure. The peer's bundle is not part of this repository: check it out at its v8
 * tag and name its dist/index.js. Runs alternate; the ratio of each pair counts, so that a machine whose speed drifts does
 * not matter. Ends with 1 when a median ratio is above the bar.
 */
const bar = 0.5
const entries: { name: string; env?: Record<string, string> }[] = [
  { name: 'gate' },
  { name: 'comment' },
  // Data without checks: of its inputs none alone is required.
  { name: 'validate-data', env: { INPUT_DATA: 'data.csv' } },
]
const { values } = parseArgs({ options: { peer: { type: 'string' }, runs: { type: 'string', default: '21' } } })
const dist = resolve(import.meta.dirname, '..', 'dist')
const runs = Number(values.runs)

if (values.peer === undefined || !existsSync(values.peer)) {
  console.error('Name the bundle to compare with: --peer PATH/TO/dist/index.js')
  process.exit(2)
}

/** User and system CPU of the whole process, in milliseconds, as it tells itself on its way out. */
function cpuOf(script: string, given: Record<string, string> = {}): number {
  const hook = `data:text/javascript,process.on('exit',()=>{const u=process.cpuUsage();process._rawDebug('cpu='+(u.user+u.system)/1000)})`
  const result = spawnSync(process.execPath, ['--import', hook, script], {
    env: { PATH: process.env.PATH ?? '', ...given },
    encoding: 'utf8',
  })
  const cpu = /cpu=([\d.]+)/.exec(result.stderr)?.[1]
  if (cpu === undefined || result.status === 0)
    throw new Error(`${script} did not fail on its missing input:\n${result.stdout}${result.stderr}`)
  return Number(cpu)
}

let missed = false
console.log(
  'CPU to the first "input required" failure, milliseconds (median), and ratio to the peer (median of pairs, min to max)',
)
for (const { name, env } of entries) {
  const own = join(dist, name, 'index.js')
  cpuOf(own, env)
  cpuOf(values.peer)
  const pairs = Array.from({ length: runs }, () => ({ own: cpuOf(own, env), peer: cpuOf(values.peer ?? '') }))
  const ratios = pairs.map((pair) => pair.own / pair.peer)
  const ratio = median(ratios)
  missed ||= ratio > bar
  const figures = [median(pairs.map((pair) => pair.own)), median(pairs.map((pair) => pair.peer))].map((value) =>
    value.toFixed(1),
  )
  console.log(
    `${name.padEnd(13)} ${figures[0]} against ${figures[1]}: ${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}), bar ${bar}`,
  )
}
process.exitCode = missed ? 1 : 0
