import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { startRegistry } from '../../test/registry/channels/registry.ts'
import { median } from '../median.ts'

/**
 * A model of 1 GiB to a registry on this machine, against `skopeo copy` of the same layers in the same rounds:
 * `node bench/publish/oci.ts [GIB] [ROUNDS]`. Needs docker-registry and skopeo.
 */
const gib = Number(process.argv[2] ?? 1)
const rounds = Number(process.argv[3] ?? 5)
const folder = mkdtempSync(join(tmpdir(), 'modelgate-bench-'))

type Published = { seconds: number; peakMiB: number }

async function writeModel(): Promise<void> {
  const pieces = function* () {
    for (let written = 0; written < gib * 64; written += 1) yield randomBytes(16 * 1024 * 1024)
  }
  await pipeline(Readable.from(pieces()), createWriteStream(join(folder, 'weights.bin')))
}

function publish(host: string): Published {
  const script = join(import.meta.dirname, 'publisher.ts')
  const output = execFileSync(process.execPath, [script, folder, 'oci', `${host}/acme/churn`], { encoding: 'utf8' })
  return JSON.parse(output) as Published
}

function skopeo(from: string, to: string): number {
  const begin = performance.now()
  execFileSync('skopeo', ['copy', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false', from, to])
  return (performance.now() - begin) / 1000
}

/** Each copy goes to a registry that has nothing, or it would only ask and skip. */
async function withRegistry<T>(act: (host: string) => T): Promise<T> {
  const registry = await startRegistry()
  try {
    return act(registry.host)
  } finally {
    await registry.close()
  }
}

try {
  await writeModel()
  const layers = `dir:${join(folder, 'layers')}`
  await withRegistry((host) => {
    publish(host)
    skopeo(`docker://${host}/acme/churn:1.0.0`, layers)
  })
  const ours: Published[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await withRegistry(publish))
    theirs.push(await withRegistry((host) => skopeo(layers, `docker://${host}/acme/churn:1.0.0`)))
  }
  const speed = (seconds: number): string => `${((gib * 1024) / seconds).toFixed(0)} MiB/s`
  const mine = median(ours.map(({ seconds }) => seconds))
  const skopeos = median(theirs)
  console.log(`modelgate ${speed(mine)} (${ours.map(({ seconds }) => seconds.toFixed(2)).join(', ')} s)`)
  console.log(`skopeo    ${speed(skopeos)} (${theirs.map((seconds) => seconds.toFixed(2)).join(', ')} s)`)
  console.log(`throughput against skopeo: ${(skopeos / mine).toFixed(2)} (bar: 0.70)`)
  const peak = Math.max(...ours.map(({ peakMiB }) => peakMiB))
  console.log(`peak memory: ${peak.toFixed(0)} MiB (bar: 150)`)
  process.exitCode = skopeos / mine < 0.7 || peak > 150 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
