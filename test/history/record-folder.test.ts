import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordFolder } from '../../src/history/record-folder.ts'
import { rollingRecord } from '../../src/history/rolling-record.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { recordOf } from '../compare/records.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-history-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function store(record: RunRecord, at = record.id, comparison?: unknown): Promise<void> {
  await mkdir(join(folder, at))
  await writeFile(join(folder, at, 'run.json'), JSON.stringify(record))
  if (comparison !== undefined) await writeFile(join(folder, at, 'comparison.json'), JSON.stringify(comparison))
}

const day = (date: string): Pick<RunRecord, 'finishedAt'> => ({ finishedAt: `${date}T10:00:00.000Z` })
const source = (): ReturnType<typeof recordFolder> => recordFolder('.', folder)

describe('a folder of records', () => {
  it('lists the finished runs of the pipeline, newest first', async () => {
    await store({ ...recordOf({ id: 'old', metrics: { auc: 0.8 } }), ...day('2026-03-01') })
    await store({ ...recordOf({ id: 'new', metrics: { auc: 0.9, bad: 'NaN' } }), ...day('2026-03-02') })
    await store({ ...recordOf({ id: 'failed', status: 'failed' }), ...day('2026-03-03') })
    await store({ ...recordOf({ id: 'other', name: 'churn' }), ...day('2026-03-04') })
    await store({ ...recordOf({ id: 'stopped' }), stoppedAt: 'validate' })
    await mkdir(join(folder, 'empty'))
    const runs = await source().list('income')
    expect(runs.map(({ id }) => id)).toEqual(['new', 'old'])
    expect(runs[0]?.metrics).toEqual({ auc: 0.9 })
    expect((await source().read('old')).record.id).toBe('old')
  })

  it('knows the values that were computed from predictions, and puts them first', async () => {
    const metric = (name: string, value: number | null, origin: string): unknown => ({ name, new: { value, origin } })
    const metrics = [
      metric('roc_auc', 0.91, 'predictions'),
      metric('f1', null, 'predictions'),
      metric('auc', 0.1, 'metrics-file'),
    ]
    await store(recordOf({ id: 'a', metrics: { roc_auc: 0.9, auc: 0.8 } }), 'a', { new: { id: 'a' }, metrics })
    await store(recordOf({ id: 'b', metrics: { roc_auc: 0.9 } }), 'b', { new: { id: 'another' }, metrics })
    const byId = new Map((await source().list('income')).map((run) => [run.id, run.metrics]))
    expect(byId.get('a')).toEqual({ roc_auc: 0.91, auc: 0.8 })
    expect(byId.get('b')).toEqual({ roc_auc: 0.9 })
  })

  it('is no history with holes: a damaged record, one that stands twice, and no folder are errors', async () => {
    await store(recordOf({ id: 'a' }))
    await store(recordOf({ id: 'a' }), 'copy')
    await expect(source().list('income')).rejects.toMatchObject({ code: 'history/twice' })
    await writeFile(join(folder, 'copy', 'run.json'), '{"schema": "modelgate/run@1"')
    await expect(source().list('income')).rejects.toMatchObject({ code: 'record/invalid' })
    await expect(recordFolder('nowhere', folder).list('income')).rejects.toMatchObject({ code: 'history/no-folder' })
    await rm(join(folder, 'copy'), { recursive: true })
    await writeFile(join(folder, 'a', 'comparison.json'), '{"new"')
    await expect(source().list('income')).rejects.toMatchObject({ code: 'history/not-json' })
  })

  it('says which run was promoted', async () => {
    expect(await source().promoted('income', 'production')).toBeUndefined()
    await writeFile(join(folder, 'stages.json'), '{"production": "r1", "staging": 7}')
    expect(await source().promoted('income', 'production')).toBe('r1')
    expect(await source().promoted('income', 'toString')).toBeUndefined()
    await expect(source().promoted('income', 'staging')).rejects.toMatchObject({ code: 'history/stages' })
  })
})

describe('the mean of runs', () => {
  it('has the metrics that all have, with the standard error from run to run, and no predictions', () => {
    const past = (metrics: Record<string, number>) => ({ id: 'x', dirty: false, finishedAt: '', metrics })
    const record = rollingRecord(recordOf({ predictions: 'rows' }), [
      past({ auc: 0.9, f1: 1 }),
      past({ auc: 0.8 }),
      past({ auc: 0.7 }),
    ])
    expect(record.predictions).toEqual([])
    expect(record.metrics).toHaveLength(1)
    // Standard deviation 0.1 over the root of three.
    expect(record.metrics[0]).toMatchObject({
      name: 'auc',
      rows: 3,
      standardError: expect.closeTo(0.1 / Math.sqrt(3), 12),
    })
    expect(record.metrics[0]?.value).toBeCloseTo(0.8, 12)
    expect(rollingRecord(recordOf(), [past({ auc: 0.9 })]).metrics[0]).not.toHaveProperty('standardError')
  })
})
