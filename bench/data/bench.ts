import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { version as engineVersion } from '@duckdb/node-api'
import { median } from '../median.ts'
import { type Bar, bars, type Peer } from './bars.ts'
import { differences, type Findings, findingsOfFiles, findingsOfPeer, type PeerOutput } from './findings.ts'
import { defaultFolder, makeFile } from './generate.ts'
import { hasCpu, type Measured, measure, memorySource } from './measure.ts'
import { findingsOfResult, type Result, withoutTimes } from './report.ts'

/** The bars of the data checkpoint. `node bench/data/bench.ts --help` says how to run it. */
const help = `Measures \`modelgate data check\` beside its peers: the same task on the same files, whole processes, run in turn.

  node bench/data/bench.ts --python PATH --polars FOLDER [options]

  --python PATH    Python with pandas and scipy (or MODELGATE_TEST_PYTHON); the figures say which versions
  --polars FOLDER  folder in which nodejs-polars is installed, with Node 22 or newer: without a word, older ones
                   leave its native part out; npm install --prefix FOLDER nodejs-polars@0.26.1
  --only NAMES     only these bars, with commas: ${bars.map(({ name }) => name).join(', ')}
  --runs N         pairs of runs for each bar (5; 3 above a million rows; 21 for the start)
  --rows N         other numbers of rows than the bars have, to try things out: nothing is decided then
  --folder FOLDER  where the data go, 5 GB for all of it (${defaultFolder})
  --cli PATH       program to measure, where it lies. Without it, a copy of dist/ away from this repository, so that the
                   engine comes from the tool cache as in an action, and not from node_modules

Ends with 1 when a bar is missed or a side found something wrong, with 2 when a peer is not there.
`
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    python: { type: 'string', default: process.env.MODELGATE_TEST_PYTHON ?? '' },
    polars: { type: 'string', default: '' },
    only: { type: 'string' },
    runs: { type: 'string' },
    rows: { type: 'string' },
    folder: { type: 'string', default: defaultFolder },
    cli: { type: 'string' },
  },
})

function stop(exitCode: number, message: string): never {
  console.error(message)
  process.exit(exitCode)
}

if (values.help) {
  console.log(help)
  process.exit()
}

const names = values.only?.split(',') ?? bars.map(({ name }) => name)
const unknown = names.filter((name) => !bars.some((bar) => bar.name === name))
if (unknown.length > 0) stop(2, `There is no bar ${unknown.join(', ')}: ${bars.map(({ name }) => name).join(', ')}`)
const chosen = bars.filter(({ name }) => names.includes(name))
for (const [peer, named] of [
  ['pandas', values.python],
  ['polars', values.polars && resolve(values.polars, 'node_modules/nodejs-polars/package.json')],
] as const) {
  const needing = chosen.filter((bar) => bar.peer === peer).map(({ name }) => name)
  if (needing.length > 0 && !existsSync(named))
    stop(2, `${needing.join(', ')} need ${peer}: name it, or leave them out with --only. See --help.`)
}

const folder = resolve(values.folder)
mkdirSync(folder, { recursive: true })
const source = import.meta.dirname
for (const name of ['checks.yaml', 'checks-start.yaml']) cpSync(resolve(source, name), resolve(folder, name))
const cli = values.cli === undefined ? copyOfDist() : resolve(values.cli)
const env: NodeJS.ProcessEnv = { RUNNER_TOOL_CACHE: resolve(folder, 'tool-cache'), ...process.env, NO_COLOR: '1' }
delete env.NODE_OPTIONS

/** What is shipped, where no package of this repository is found. */
function copyOfDist(): string {
  const copy = resolve(folder, 'dist')
  rmSync(copy, { recursive: true, force: true })
  cpSync(resolve(source, '../../dist'), copy, { recursive: true })
  return resolve(copy, 'cli', 'index.js')
}

type Pair = { reference: string; current: string }
type Side = (files: Pair) => Promise<Measured>

/** Files are given by their names: both sides run in the folder of the data. */
const own =
  (bar: Bar): Side =>
  async ({ reference, current }) => {
    const checks = bar.peer === 'node' ? 'checks-start.yaml' : 'checks.yaml'
    const against = bar.peer === 'node' ? [] : ['--reference', basename(reference)]
    const args = ['data', 'check', basename(current), '--checks', checks, ...against, '--json', ...(bar.options ?? [])]
    const run = await measure([process.execPath, cli, ...args], folder, env)
    // A verdict is not what is measured: good and bad data both count.
    if (run.exitCode !== 0 && run.exitCode !== 10)
      throw new Error(`modelgate ${args.join(' ')} ended with ${run.exitCode}:\n${run.errors}${run.output}`)
    return run
  }

const peers: Record<Exclude<Peer, 'clean'>, (files: Pair) => string[]> = {
  pandas: (files) => [values.python, resolve(source, 'peer_pandas.py'), files.reference, files.current],
  polars: (files) => [
    process.execPath,
    resolve(source, 'peer-polars.mjs'),
    resolve(values.polars),
    files.reference,
    files.current,
  ],
  scans: (files) => [process.execPath, resolve(source, 'peer-scan.ts'), files.reference, files.current],
  node: () => [process.execPath, '-e', '0'],
}

const other =
  (peer: Exclude<Peer, 'clean'>): Side =>
  async (files) => {
    const run = await measure(peers[peer](files), folder, env)
    if (run.exitCode !== 0) throw new Error(`${peer} ended with ${run.exitCode}:\n${run.errors}`)
    return run
  }

const short = (value: number): string => (value < 1000 ? value.toPrecision(3) : value.toFixed(0))
const span = (numbers: readonly number[]): string =>
  `${short(median(numbers))} (${short(Math.min(...numbers))} to ${short(Math.max(...numbers))})`

let failed = false
const versions = new Map<string, string>([
  ['Node', process.versions.node],
  ['DuckDB', engineVersion()],
])
const table: string[][] = []

function line(bar: Bar, limit: string, measured: string, met: boolean, detail: string): void {
  // A ratio holds for the size that it was set for; the same output is the same at any size.
  const decided = values.rows === undefined || bar.peer === 'node' || bar.limits.identical === true
  if (decided && !met) failed = true
  const cells = [bar.name, limit, measured, decided ? (met ? 'met' : 'MISSED') : `${values.rows} rows`, detail]
  table.push(cells)
  console.log(cells.join(' | '))
}

function agree(bar: Bar, side: string, found: Partial<Findings>, truth: Partial<Findings>, ksError: number): void {
  const wrong = differences(found, truth, ksError)
  if (wrong.length === 0) return
  failed = true
  console.log(`${bar.name}: ${side} does not find what is there: ${wrong.join('; ')}`)
}

async function files(bar: Bar, rows: number, variant = bar.variant ?? 'current'): Promise<Pair> {
  return {
    reference: await makeFile(folder, rows, bar.format, 'reference'),
    current: await makeFile(folder, rows, bar.format, variant),
  }
}

/** What our side has to find in the files of a bar. */
async function truthOf(bar: Bar, rows: number, pair: Pair): Promise<Partial<Findings>> {
  if (bar.variant === 'mistyped') return { rows, badEmails: rows }
  if (bar.variant === 'failing')
    return { rows, badEmails: rows, agesOutOfRange: rows, repeatedKeys: Math.floor(rows / 2) }
  return bar.peer === 'node' ? {} : await findingsOfFiles(pair.reference, pair.current)
}

async function run(bar: Bar): Promise<void> {
  const rows = bar.peer === 'node' ? bar.rows : Number(values.rows ?? bar.rows)
  const count = Number(values.runs ?? (bar.peer === 'node' ? 21 : rows > 1_000_000 ? 3 : 5))
  const pair = await files(bar, rows)
  const clean = bar.peer === 'clean' ? await files(bar, rows, 'current') : pair
  // Reads the files as well, so that both sides find them in the cache of the system.
  const truth = await truthOf(bar, rows, pair)
  const ours = own(bar)
  const theirs = bar.peer === undefined ? undefined : bar.peer === 'clean' ? ours : other(bar.peer)
  const tiny = await files(bar, 1000)
  await ours(tiny)
  await theirs?.(tiny)

  const runs: { own: Measured; peer: Measured | undefined }[] = []
  for (let index = 0; index < count; index += 1) runs.push({ own: await ours(pair), peer: await theirs?.(clean) })

  // A histogram of 256 edges places a step of the distribution within 1/256.
  for (const one of runs)
    agree(bar, 'modelgate', findingsOfResult(JSON.parse(one.own.output) as Result), truth, 1 / 256)
  if (bar.peer === 'pandas' || bar.peer === 'polars')
    for (const { peer } of runs) {
      const output = JSON.parse(peer?.output ?? '') as PeerOutput
      for (const [name, version] of Object.entries(output.versions)) versions.set(name, version)
      agree(bar, bar.peer, findingsOfPeer(output), truth, 1e-12)
    }

  const of = (pick: (run: Measured) => number, side: 'own' | 'peer'): number[] =>
    runs.flatMap((one) => (one[side] === undefined ? [] : [pick(one[side])]))
  const seconds = (one: Measured): number => one.seconds
  const peak = (one: Measured): number => one.peakMiB
  const ratios = (pick: (run: Measured) => number): number[] =>
    of(pick, 'own').map((value, index) => value / (of(pick, 'peer')[index] ?? Number.NaN))
  const name = bar.peer === undefined ? '' : bar.peer === 'clean' ? 'clean file' : bar.peer
  const medians = (pick: (run: Measured) => number, unit: string): string =>
    [of(pick, 'own'), of(pick, 'peer')]
      .filter((list) => list.length > 0)
      .map((list) => `${short(median(list))} ${unit}`)
      .join(' against ')
  const cpu = hasCpu ? `CPU ${medians((one) => one.cpuSeconds, 's')}; ` : ''
  const both = `${medians(seconds, 's')}; ${cpu}${medians(peak, 'MiB')}`
  const { time, memory, peakMiB, identical } = bar.limits
  if (time !== undefined)
    line(bar, `time <= ${time} of ${name}`, span(ratios(seconds)), median(ratios(seconds)) <= time, both)
  if (memory !== undefined)
    line(bar, `peak memory <= ${memory} of ${name}`, span(ratios(peak)), median(ratios(peak)) <= memory, both)
  // A ceiling holds for every run, not for the median.
  if (peakMiB !== undefined)
    line(bar, `peak memory <= ${peakMiB} MiB`, span(of(peak, 'own')), Math.max(...of(peak, 'own')) <= peakMiB, both)
  if (identical === true) {
    const different = new Set(runs.map((one) => withoutTimes(one.own.output))).size
    line(bar, 'the same JSON in every run', `${different} in ${count} runs`, different === 1 && count > 1, both)
  }
}

console.log(
  `${basename(cli) === 'index.js' ? 'modelgate' : cli}; ratios are medians of pairs (min to max); ${memorySource}\n`,
)
for (const bar of chosen) {
  try {
    await run(bar)
  } catch (error) {
    // The other bars are still worth their time.
    failed = true
    table.push([bar.name, '', '', 'FAILED', ''])
    console.log(`${bar.name}: ${error instanceof Error ? error.message : error}`)
  }
}

const header = ['bar', 'limit', 'measured', 'met', 'medians']
const widths = header.map((_, index) => Math.max(...[header, ...table].map((cells) => cells[index]?.length ?? 0)))
const padded = (cells: string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd()
console.log(`\n${[header, ...table].map(padded).join('\n')}`)
console.log(`\n${[...versions].map(([name, version]) => `${name} ${version}`).join(', ')}`)
console.log(`${process.platform} ${release()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
process.exitCode = failed ? 1 : 0
