import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import { readForeignRecord } from '../../src/record/foreign-record.ts'

const digest = digestOfBytes('')

const honest = {
  schema: 'modelgate/run@1',
  id: '20261122T101112Z-abcdef',
  project: { name: 'income', task: 'regression' },
  status: 'succeeded',
  startedAt: '2026-11-22T10:11:12Z',
  finishedAt: '2026-11-22T10:11:13Z',
  durationMs: 1000,
  source: null,
  factors: {
    code: { digest, files: {} as Record<string, string> },
    data: {},
    params: { digest, values: {} as Record<string, unknown> },
    environment: {
      digest,
      machine: { os: 'linux', arch: 'x64' },
      dependencies: {},
      details: { cpu: 'x', cores: 2, memoryBytes: 1, node: 'v24' },
    },
  },
  stages: [] as unknown[],
  metrics: [] as unknown[],
  predictions: [] as unknown[],
  notes: [] as string[],
}

async function read(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-foreign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'run.json')
  writeFileSync(file, text)
  return await readForeignRecord(file, 'The record')
}

const altered = (alter: (record: typeof honest) => void): string => {
  const record = structuredClone(honest)
  alter(record)
  return JSON.stringify(record)
}
const metric = (name: string) => ({ name, value: 1, file: 'metrics.json', stage: 'evaluate' })
const prediction = { stage: 'a', path: 'predictions-a.csv', source: 'p.csv', digest, bytes: 1 }

describe('a record from outside', () => {
  it('is read when it is an honest one', async () => {
    expect((await read(JSON.stringify(honest))).record.project.name).toBe('income')
  })

  const hostile: [string, string, RegExp][] = [
    ['is huge', `${JSON.stringify(honest)}${' '.repeat(17 * 2 ** 20)}`, /larger than any real record/],
    ['is empty', '', /is empty/],
    ['was cut off', JSON.stringify(honest).slice(0, 200), /cut off/],
    [
      'has __proto__',
      altered((r) => r).replace('"values":{}', '"values":{"__proto__":{"x":1}}'),
      /a key that no real record has/,
    ],
    [
      'has an escaped __proto__',
      altered((r) => r).replace('"values":{}', '"values":{"__pr\\u006fto__":1}'),
      /a key that no real record has/,
    ],
    [
      'has constructor',
      altered((r) => r).replace('"values":{}', '"values":{"constructor":1}'),
      /a key that no real record has/,
    ],
    ['has an infinite number', JSON.stringify(honest).replace('"durationMs":1000', '"durationMs":1e999'), /durationMs/],
    ['has NaN', JSON.stringify(honest).replace('"durationMs":1000', '"durationMs":NaN'), /is not valid JSON/],
    ['has a long name', altered((r) => r.metrics.push(metric('x'.repeat(201)))), /metrics/],
    [
      'has many metrics',
      altered((r) => {
        r.metrics = Array.from({ length: 5001 }, (_, i) => metric(`m${i}`))
      }),
      /too long metrics/,
    ],
    [
      'has many predictions',
      altered((r) => {
        r.predictions = Array.from({ length: 51 }, () => prediction)
      }),
      /too long predictions/,
    ],
    [
      'has many notes',
      altered((r) => {
        r.notes = Array.from({ length: 101 }, () => 'x')
      }),
      /too long notes/,
    ],
    ['has a long note', altered((r) => r.notes.push('x'.repeat(20_001))), /too long texts/],
    [
      'has a long parameter',
      altered((r) => {
        r.factors.params.values.x = 'x'.repeat(20_001)
      }),
      /too long texts/,
    ],
  ]
  it.each(hostile)('is refused when it %s', async (_what, text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'record/invalid', message: expect.stringMatching(message) })
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})
