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
      details: { cpu: 'x', cores: 2, memoryBytes: 1, node: 'v24' } as Record<string, unknown>,
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
        r.metrics = Array.from({ length: 10001 }, (_, i) => metric(`m${i}`))
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
  const long = 'x'.repeat(20_001)
  const stage = {
    name: 'train',
    status: 'failed',
    command: 'train',
    durationMs: 1,
    exitCode: 1,
    signal: null,
    peakMemoryBytes: null,
    deps: {},
    outs: {},
  }
  hostile.push(
    ...['cpu', 'node', 'runner'].map((name): [string, string, RegExp] => [
      `has a long ${name}`,
      altered((r) => {
        r.factors.environment.details[name] = long
      }),
      /too long texts/,
    ]),
    ['has a long task', altered((r) => Object.assign(r.project, { task: long })), /too long texts/],
    ['has a long command', altered((r) => r.stages.push({ ...stage, command: long })), /too long texts/],
    ['has a long signal', altered((r) => r.stages.push({ ...stage, signal: long })), /too long texts/],
    ['has a long tail', altered((r) => r.stages.push({ ...stage, tail: ['a', long] })), /too long texts/],
    [
      'has a tail of many lines',
      altered((r) => r.stages.push({ ...stage, tail: Array(1001).fill('') })),
      /printed lines/,
    ],
    [
      'has a long name of a parameter',
      altered((r) => Object.assign(r.factors.params.values, { [long]: 1 })),
      /too long texts/,
    ],
    [
      'has a long file name',
      altered((r) => Object.assign(r.factors.code.files, { ['x'.repeat(4097)]: digest })),
      /files/,
    ],
    [
      'has a long machine',
      altered((r) => Object.assign(r.factors.environment.machine, { os: 'x'.repeat(33) })),
      /machine\.os/,
    ],
    [
      'has text as its machine',
      altered((r) => Object.assign(r.factors.environment.machine, { arch: 'x64 @all' })),
      /machine\.arch/,
    ],
    [
      'is nested deeply',
      altered((r) => r).replace(
        '"values":{}',
        `"values":{"__proto__":1},"junk":${'['.repeat(200_000)}${']'.repeat(200_000)}`,
      ),
      /nested more deeply/,
    ],
    [
      'is nested deeply behind quotes',
      altered((r) => r).replace('{', `{"a\\\\":"\\"","junk":${'{"a":'.repeat(70)}1${'}'.repeat(70)},`),
      /nested more deeply/,
    ],
  )
  it('may have brackets in its texts', async () => {
    expect((await read(altered((r) => r.notes.push('["{'.repeat(100))))).record.notes).toHaveLength(1)
  })

  it.each(hostile)('is refused when it %s', async (_what, text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'record/invalid', message: expect.stringMatching(message) })
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})
