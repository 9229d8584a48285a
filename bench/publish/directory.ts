import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../median.ts'
import { writeSmallFiles } from './model.ts'

/**
 * A model of many small files to a folder, against `sha256sum`, `cp -r`, `sync` of each file and `sha256sum -c` in the same rounds, which is what
 * publishing does: `node bench/publish/directory.ts [FILES] [ROUNDS]`.
 */
const files = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'modelgate-bench-'))
const [model, share] = [join(folder, 'bundle'), join(folder, 'share')]

type Published = { seconds: number; peakMiB: number }

function publish(): Published {
  const script = join(import.meta.dirname, 'publisher.ts')
  const output = execFileSync(process.execPath, [script, model, 'directory', share], { encoding: 'utf8' })
  return JSON.parse(output) as Published
}

const peerScript = `
cd "$1"
find . -type f -print0 | xargs -0 sha256sum > ../sums
mkdir -p "$2"
cp -r . "$2/copy"
cd "$2/copy"
find . -print0 | xargs -0 sync
sha256sum --quiet -c ../../sums
`

function peer(): number {
  const begin = performance.now()
  execFileSync('sh', ['-euc', peerScript, 'sh', model, share])
  return (performance.now() - begin) / 1000
}

/** Each copy goes to a folder that has nothing. */
function afresh<T>(act: () => T): T {
  rmSync(share, { recursive: true, force: true })
  execFileSync('sync')
  return act()
}

try {
  mkdirSync(model)
  writeSmallFiles(model, files)
  afresh(peer)
  const ours: Published[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    ours.push(afresh(publish))
    theirs.push(afresh(peer))
  }
  const ratio = median(ours.map(({ seconds }, round) => seconds / (theirs[round] ?? 0)))
  console.log(`modelgate ${ours.map(({ seconds }) => seconds.toFixed(1)).join(', ')} s`)
  console.log(`peer      ${theirs.map((seconds) => seconds.toFixed(1)).join(', ')} s`)
  console.log(`time against the peer: ${ratio.toFixed(2)} (bar: 2.00)`)
  const peak = Math.max(...ours.map(({ peakMiB }) => peakMiB))
  console.log(`peak memory: ${peak.toFixed(0)} MiB (bar: 500)`)
  process.exitCode = ratio > 2 || peak > 500 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
