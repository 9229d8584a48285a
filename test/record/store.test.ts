import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { readRecord, writeRecord } from '../../src/record/store.ts'
import { temporaryFolder, writeFiles } from './temporary-repository.ts'

const digest = digestOfBytes('x')
const artifact = { path: 'model', digest, bytes: 1, files: 1 }
const record: RunRecord = {
  schema: 'modelgate/run@1',
  id: '20261122T235959Z-0a1b2c',
  project: { name: 'income', task: 'regression' },
  status: 'succeeded',
  startedAt: '2026-11-22T23:59:59.000Z',
  finishedAt: '2026-11-23T00:00:01.500Z',
  durationMs: 2500,
  source: { commit: 'a'.repeat(40), branch: 'main', dirty: true },
  factors: {
    code: { digest, files: { 'train.py': digest } },
    data: { eval: { path: 'data/eval.csv', digest, bytes: 10, files: 1 } },
    params: { digest, values: { 'train.rate': 0.1, name: 'x', on: true, none: null } },
    environment: {
      digest,
      machine: { os: 'linux', arch: 'x64' },
      dependencies: { 'uv.lock': digest },
      details: { cpu: 'some', cores: 2, memoryBytes: 1024, node: 'v24.0.0', runner: 'ubuntu24' },
    },
  },
  stages: [
    {
      name: 'train',
      status: 'succeeded',
      command: 'python train.py',
      startedAt: '2026-11-22T23:59:59.000Z',
      durationMs: 2000,
      exitCode: 0,
      signal: null,
      peakMemoryBytes: 12345,
      deps: {},
      outs: { model: artifact },
    },
  ],
  reruns: [],
  metrics: [
    { name: 'mae', value: 0.1, file: 'metrics.json', stage: 'train' },
    { name: 'rmse', value: null, nonFinite: 'NaN', file: 'metrics.json', stage: 'train' },
  ],
  dataChecks: [],
  predictions: [{ stage: 'train', path: 'predictions-train.csv', source: 'p.csv', digest, bytes: 3 }],
  notes: ['one'],
}

describe('a record', () => {
  it('is read as it was written, by file or folder', async () => {
    const folder = join(temporaryFolder(), 'runs/1')
    const file = await writeRecord(folder, record)
    expect(file).toBe(join(folder, 'run.json'))
    expect(await readRecord(folder)).toEqual({ record, file })
    expect(await readRecord(file)).toEqual({ record, file })
    expect(readdirSync(folder)).toEqual(['run.json'])
    expect(readFileSync(file, 'utf8').endsWith('}\n')).toBe(true)
  })

  it('that is not valid is not written', async () => {
    const folder = temporaryFolder()
    await expect(writeRecord(folder, { ...record, id: '../x' })).rejects.toThrow()
    expect(readdirSync(folder)).toEqual([])
  })

  it('that is missing is named as what it is for', async () => {
    const folder = temporaryFolder()
    await expect(readRecord(folder, 'The baseline record')).rejects.toMatchObject({
      code: 'files/not-found',
      message: 'The baseline record does not exist.',
      place: { file: join(folder, 'run.json') },
      help: 'Name the run.json that `modelgate run` wrote, or the folder that holds it.',
    })
  })

  const whole = JSON.stringify(record)
  const damaged = (change: Record<string, unknown>): string => JSON.stringify({ ...record, ...change })
  it.each([
    ['empty', ' \n', 'The run record is empty.'],
    ['truncated', whole.slice(0, whole.length / 2), 'The run record is not valid JSON: it may have been cut off.'],
    ['another thing', '[]', 'The run record is not a modelgate run record of version 1.'],
    ['null', 'null', 'The run record is not a modelgate run record of version 1.'],
    [
      'of a later version',
      damaged({ schema: 'modelgate/run@2' }),
      'The run record is not a modelgate run record of version 1 but "modelgate/run@2".',
    ],
    [
      'damaged',
      damaged({ status: 'fine' }),
      'The run record is damaged at status: Invalid option: expected one of "succeeded"|"failed"|"cancelled".',
    ],
    [
      'damaged deep inside',
      damaged({ metrics: [{ ...record.metrics[0], value: '0.1' }] }),
      'The run record is damaged at metrics.0.value: Invalid input: expected number, received string.',
    ],
    [
      'with a digest that is none',
      damaged({ predictions: [{ ...record.predictions[0], digest: 'sha256:x' }] }),
      'The run record is damaged at predictions.0.digest: is no SHA-256 digest.',
    ],
    [
      'with an id that is a path',
      damaged({ id: '../../x' }),
      'The run record is damaged at id: Invalid string: must match pattern /^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/.',
    ],
  ])('that is %s is refused', async (_what, text, message) => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'run.json': text })
    await expect(readRecord(folder)).rejects.toMatchObject({
      code: 'record/invalid',
      kind: 'user',
      message,
      place: { file: folder },
    })
  })
})
