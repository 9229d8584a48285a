import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanReportSchema } from '../../../src/registry/scan/file-scan.ts'
import { openSource } from '../../../src/registry/scan/file-source.ts'
import { scanPaths } from '../../../src/registry/scan/scan.ts'
import { onnxModel, onnxTensor } from './builders/protobuf.ts'
import { smallSafetensors } from './builders/safetensors.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'modelgate-scan-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (name: string, content: Uint8Array | string): void => {
  mkdirSync(join(root, name, '..'), { recursive: true })
  writeFileSync(join(root, name), content)
}
const verdicts = async (...paths: string[]): Promise<[string, string, string][]> =>
  (await scanPaths(paths, { root })).files.map(({ file, format, verdict }) => [file, format, verdict])

describe('scanPaths', () => {
  it('scans files and folders, each file once, in the order of names', async () => {
    put('m/b.txt', 'hello')
    put('m/a/model.safetensors', smallSafetensors())
    put('m/with space é.json', '{}')
    put('z.txt', 'x')
    const report = await scanPaths(['z.txt', 'm', 'm/b.txt', './m/'], { root })
    expect(scanReportSchema.parse(report)).toEqual(report)
    expect(report.verdict).toBe('safe')
    expect(report.files.map(({ file, bytes }) => [file, bytes])).toEqual([
      ['m/a/model.safetensors', smallSafetensors().length],
      ['m/b.txt', 5],
      ['m/with space é.json', 2],
      ['z.txt', 1],
    ])
    expect(await scanPaths(['m', 'z.txt'], { root })).toEqual(report)
  })

  it('refuses links, pipes, sockets and empty files, and opens none of them', async () => {
    put('m/a.txt', 'hello')
    put('m/empty', '')
    symlinkSync('a.txt', join(root, 'm/link'))
    symlinkSync('/', join(root, 'm/root'))
    symlinkSync('nowhere', join(root, 'm/broken'))
    const server = createServer().listen(join(root, 'm/socket'))
    await new Promise((ready) => server.once('listening', ready))
    expect(await verdicts('m')).toEqual([
      ['m/a.txt', 'text', 'safe'],
      ['m/broken', 'link', 'malformed'],
      ['m/empty', 'unknown', 'malformed'],
      ['m/link', 'link', 'malformed'],
      ['m/root', 'link', 'malformed'],
      ['m/socket', 'special', 'malformed'],
    ])
    server.close()
    expect(await verdicts('m/link')).toEqual([['m/link', 'link', 'malformed']])
  })

  it('calls an empty model malformed, and a missing one the mistake of who asked', async () => {
    mkdirSync(join(root, 'm/sub'), { recursive: true })
    expect(await scanPaths(['m'], { root })).toEqual({ schema: 'modelgate/scan@1', verdict: 'malformed', files: [] })
    await expect(scanPaths(['none'], { root })).rejects.toMatchObject({
      code: 'scan/not-found',
      place: { file: 'none' },
    })
    await expect(scanPaths(['m/sub/x/y'], { root })).rejects.toMatchObject({ code: 'scan/not-found' })
  })

  it('has the worst verdict, and says when name and content differ', async () => {
    put('m/model.pt', smallSafetensors())
    put('m/run.txt', '#!/bin/sh\n')
    put('m/x.so', '\x7fELF')
    const { verdict, files } = await scanPaths(['m'], { root })
    expect([verdict, files.map((file) => file.verdict)]).toEqual(['dangerous', ['safe', 'unknown', 'dangerous']])
    expect(files[0]?.facts?.details).toMatchObject({ name: 'named .pt, but its content is safetensors' })
  })

  it('takes raw numbers for what they are only where a model beside them says so', async () => {
    const model = onnxModel({ tensors: [onnxTensor({ external: { location: './data/w.bin' }, location: 1 })] })
    put('m/model.onnx', model)
    put('m/data/w.bin', Buffer.from([0, 1, 2, 255]))
    put('m/w.bin', Buffer.from([0, 1, 2, 255]))
    expect(await verdicts('m')).toEqual([
      ['m/data/w.bin', 'raw-numbers', 'safe'],
      ['m/model.onnx', 'onnx', 'safe'],
      ['m/w.bin', 'unknown', 'unknown'],
    ])
    // A program stays one, whoever claims it.
    put('m/data/w.bin', '\x7fELF')
    expect((await verdicts('m'))[0]).toEqual(['m/data/w.bin', 'elf', 'dangerous'])
    put('m/data/w.bin', '#!/bin/sh\n')
    expect((await verdicts('m'))[0]).toEqual(['m/data/w.bin', 'script', 'unknown'])
    rmSync(join(root, 'm/data'), { recursive: true })
    expect(await verdicts('m/model.onnx')).toEqual([['m/model.onnx', 'onnx', 'malformed']])
  })

  it('knows the numbers of a checkpoint of TensorFlow by its index', async () => {
    put('v/variables.index', Buffer.concat([Buffer.alloc(60), Buffer.from('57fb808b247547db', 'hex')]))
    put('v/variables.data-00000-of-00002', Buffer.from([0, 255]))
    put('v/variables.data-00001-of-00002', Buffer.from([1, 255]))
    expect((await scanPaths(['v'], { root })).verdict).toBe('safe')
  })

  it('sees that a file changes while it is scanned', async () => {
    put('a.txt', 'hello')
    const source = openSource(join(root, 'a.txt'), 'a.txt')
    expect(source?.changed()).toBe(false)
    appendFileSync(join(root, 'a.txt'), ' and more')
    expect(source?.changed()).toBe(true)
    source?.close()
    // Files are scanned in their order: the last one is there no more when its turn comes.
    put('m/1.txt', 'hello')
    put('m/2.txt', 'hello')
    const report = await scanPaths(['m'], {
      root,
      onProgress: ({ done }) => done === 1 && rmSync(join(root, 'm/2.txt')),
    })
    expect(report.files[1]).toMatchObject({
      file: 'm/2.txt',
      verdict: 'malformed',
      findings: [{ message: expect.stringContaining('gone') }],
    })
    put('m/2.txt', 'hello')
    const swapped = await scanPaths(['m'], {
      root,
      onProgress: ({ done }) => {
        if (done !== 1) return
        rmSync(join(root, 'm/2.txt'))
        symlinkSync('1.txt', join(root, 'm/2.txt'))
      },
    })
    expect(swapped.files[1]).toMatchObject({ format: 'link', verdict: 'malformed' })
  })

  it('refuses a file to which somebody writes', async () => {
    put('log.txt', 'a line of a log\n'.repeat(1_000_000))
    const writer = spawn(process.execPath, ['-e', "for (;;) require('fs').appendFileSync('log.txt', 'x')"], {
      cwd: root,
      stdio: 'ignore',
    })
    const ended = once(writer, 'close')
    try {
      const before = statSync(join(root, 'log.txt')).size
      while (statSync(join(root, 'log.txt')).size === before) await new Promise((go) => setTimeout(go, 5))
      const { verdict, files } = await scanPaths(['log.txt'], { root })
      expect([verdict, files[0]?.findings[0]?.message]).toEqual(['malformed', 'The file changed while it was scanned.'])
    } finally {
      writer.kill('SIGKILL')
      await ended
    }
  })

  it('stops when it is told to, and tells how far it is', async () => {
    for (let at = 0; at < 200; at++) put(`m/${at}.txt`, 'x')
    const told: number[] = []
    const stop = new AbortController()
    const onProgress = ({ done, files }: { done: number; files: number }): void => {
      told.push(done)
      expect(files).toBe(200)
      if (done === 10) stop.abort()
    }
    await expect(scanPaths(['m'], { root, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'scan/cancelled',
      kind: 'cancelled',
    })
    expect(told.length).toBe(64)
  })

  it('reads from a file what is asked for, in any order', () => {
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, at) => at % 251))
    put('big', bytes)
    const source = openSource(join(root, 'big'), 'big')
    for (const [offset, length] of [
      [0, 10],
      [699_990, 100],
      [5, 300_000],
      [262_140, 10],
      [700_000, 5],
      [1, 0],
      [262_144, 262_144],
    ] as const) {
      expect(Buffer.from(source?.read(offset, length) ?? []).equals(bytes.subarray(offset, offset + length))).toBe(true)
    }
    source?.close()
  })
})
