import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { digestOfFile } from '../../src/base/digest.ts'
import { scanPaths } from '../../src/registry/scan/scan.ts'
import { median } from '../median.ts'

/**
 * How fast files are digested and scanned, and how much memory that takes:
 *
 *   node bench/scan/speed.ts [--bytes 1073741824] [--files 100000]
 *
 * Processor time counts, not the clock, so that neighbours do not matter. Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: String(2 ** 30) },
    files: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
  },
})
const [bytes, files, runs] = [Number(values.bytes), Number(values.files), Number(values.runs)]
const folder = mkdtempSync(join(tmpdir(), 'modelgate-bench-'))
let missed = false

/** Seconds of the processor, the middle of some runs. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = []
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    seconds.push((user + system) / 1e6)
  }
  return median(seconds)
}

function report(what: string, value: number, unit: string, bar: number, more: boolean): void {
  const good = more ? value >= bar : value <= bar
  missed ||= !good
  console.log(`${what.padEnd(44)} ${value.toFixed(2)} ${unit} (bar ${bar}) ${good ? '' : 'MISSED'}`)
}

/** A file with a head, and numbers behind it up to its size. */
function writeModel(name: string, head: Buffer, size: number): void {
  const file = openSync(join(folder, name), 'w')
  writeSync(file, head)
  const piece = Buffer.alloc(1 << 20)
  for (let at = 0; at < piece.length; at += 4) piece.writeUInt32LE((at * 2_654_435_761) >>> 0, at)
  for (let done = 0; done < size; done += piece.length) writeSync(file, piece, 0, Math.min(piece.length, size - done))
  closeSync(file)
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content])
}

try {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  writeModel('model.safetensors', Buffer.concat([length, header]), bytes)
  // One tensor of bytes: the lengths of the messages around it are those of the whole.
  const tensor = Buffer.concat([
    Buffer.from([8, ...varint(bytes)]),
    Buffer.from([16, 2]),
    Buffer.from([0x4a, ...varint(bytes)]),
  ])
  const start = Buffer.concat([Buffer.from([0x2a, ...varint(tensor.length + bytes)]), tensor])
  const opset = field(8, Buffer.from([16, 17]))
  const head = Buffer.concat([Buffer.from([8, 8]), opset, Buffer.from([0x3a, ...varint(start.length + bytes)]), start])
  writeModel('model.onnx', head, bytes)

  const digest = await secondsOf(() => digestOfFile(join(folder, 'model.safetensors')))
  report('digest, GB per second of one core', bytes / 1e9 / digest, 'GB/s', 1, true)
  for (const name of ['model.safetensors', 'model.onnx']) {
    let verdict = ''
    const seconds = await secondsOf(async () => {
      verdict = (await scanPaths([name], { root: folder })).verdict
    })
    if (verdict !== 'safe') throw new Error(`${name} is ${verdict}`)
    report(`scan of ${name} of ${(bytes / 1e6).toFixed(0)} MB, ms`, seconds * 1000, 'ms', 50, false)
  }
  report('memory after them, MiB', process.resourceUsage().maxRSS / 1024, 'MiB', 150, false)

  mkdirSync(join(folder, 'many'))
  for (let at = 0; at < files; at++) writeFileSync(join(folder, 'many', `${at}.json`), `{"number": ${at}}`)
  const before = process.cpuUsage()
  const { verdict } = await scanPaths(['many'], { root: folder })
  const { user, system } = process.cpuUsage(before)
  if (verdict !== 'safe') throw new Error(`the files are ${verdict}`)
  report(`${files} files, ms each`, (user + system) / 1000 / files, 'ms', 0.5, false)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = missed ? 1 : 0
