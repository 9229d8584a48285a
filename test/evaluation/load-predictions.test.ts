import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import { ModelgateError } from '../../src/base/error.ts'
import type { Columns } from '../../src/evaluation/columns.ts'
import { loadAllPredictions, loadPredictions, type PredictionsOptions } from '../../src/evaluation/load-predictions.ts'
import { readCases } from '../../src/readers/cases.ts'
import type { RunRecord } from '../../src/record/run-record.ts'
import { recordOf } from '../compare/records.ts'

const content = 'id,y_true,y_score\na,1,0.9\nb,0,0.2\n'

let folder: string
let recordFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelgate-test-'))
  recordFile = join(folder, 'run', 'run.json')
  await mkdir(dirname(recordFile))
  await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), content)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function recordWith(predictions: Partial<RunRecord['predictions'][number]>, task?: string): RunRecord {
  const record = recordOf({ predictions: content, ...(task === undefined ? {} : { task }) })
  return { ...record, predictions: record.predictions.map((entry) => ({ ...entry, ...predictions })) }
}

async function refusal(
  record: RunRecord,
  options?: PredictionsOptions,
): Promise<Pick<ModelgateError, 'code' | 'message' | 'help' | 'place'>> {
  try {
    await loadPredictions(record, recordFile, options)
  } catch (error) {
    if (!(error instanceof ModelgateError)) throw error
    return { code: error.code, message: error.message, help: error.help, place: error.place }
  }
  throw new Error('was read')
}

describe('loadPredictions', () => {
  it('reads the file beside the record', async () => {
    expect(await loadPredictions(recordWith({}), recordFile)).toEqual({
      kind: 'classes',
      ids: ['a', 'b'],
      classes: ['0', '1'],
      truth: Int32Array.of(1, 0),
      predicted: Int32Array.of(1, 0),
      scores: Float64Array.of(0.9, 0.2),
    })
  })

  it('gives null for a run without predictions', async () => {
    expect(await loadPredictions(recordOf(), recordFile)).toBeNull()
  })

  it.each([
    ['cut off', content.slice(0, -8)],
    ['exchanged', 'id,y_true,y_score\na,1,0.9\nb,0,0.1\n'],
    ['emptied', ''],
  ])('refuses a file that was %s', async (_how, text) => {
    await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), text)
    expect(await refusal(recordWith({}))).toMatchObject({
      code: 'predictions/changed',
      message: 'The predictions of run run-1 are not the file that was recorded: it was changed or cut off.',
      help: 'Run the pipeline again.',
      place: { file: expect.stringMatching(/run\/predictions-evaluate\.csv$/) },
    })
  })

  it.each(['../secret.csv', 'a/../../secret.csv', '/etc/hostname'])('refuses to read %s', async (path) => {
    await writeFile(join(folder, 'secret.csv'), content)
    expect(await refusal(recordWith({ path }))).toMatchObject({
      code: 'predictions/outside',
      message: 'The record names predictions outside its own folder.',
      help: 'Keep the whole folder of a run together: run.json and the predictions beside it.',
    })
  })

  it('says that the file is missing', async () => {
    await rm(join(folder, 'run', 'predictions-evaluate.csv'))
    expect(await refusal(recordWith({}))).toMatchObject({
      code: 'files/not-found',
      message: 'The predictions file of run run-1 does not exist.',
      help: 'Keep the whole folder of a run together: run.json and the predictions beside it.',
    })
  })

  describe('names the file that is wrong in its content', () => {
    const ownFile = (path: string): string => `models/${path}`
    const faulty: [string, string | Buffer, string, object][] = [
      ['a value', 'id,y_true,y_score\na,1,0.9\nb,0,\n', 'predictions/not-a-number', { line: 3, column: 5 }],
      ['a row', 'id,y_true,y_score\na,1\n', 'table/ragged', { line: 2 }],
      ['its encoding', Buffer.from('\ufeffid,y_true\n', 'utf16le'), 'files/encoding', {}],
    ]

    it.each(faulty)('as the user knows it: %s', async (_what, bad, code, at) => {
      await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), bad)
      const record = recordWith({ digest: digestOfBytes(bad), source: 'out/predictions.csv' })
      expect(await refusal(record, { ownFile })).toMatchObject({
        code,
        place: { file: 'models/out/predictions.csv', ...at },
      })
    })

    it.each(faulty)('as the user knows it, while it is the same: %s', async (_what, bad, code, at) => {
      await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), bad)
      const own = join(folder, 'p.csv')
      await writeFile(own, bad)
      const record = recordWith({ digest: digestOfBytes(bad), bytes: Buffer.byteLength(bad), source: 'p.csv' })
      expect(await refusal(record, { ownFile: () => own })).toMatchObject({ code, place: { file: own, ...at } })
      await writeFile(
        own,
        'export function login() {}\n'.padEnd(Buffer.byteLength(bad)).slice(0, Buffer.byteLength(bad)),
      )
      const copy = expect.stringMatching(/run\/predictions-evaluate\.csv$/)
      expect(await refusal(record, { ownFile: () => own })).toMatchObject({ code, place: { file: copy, ...at } })
    })

    it.each(faulty)('as no file, if it comes from outside: %s', async (_what, bad, code, at) => {
      await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), bad)
      const record = recordWith({ digest: digestOfBytes(bad), source: 'src/auth/login.ts' })
      const file = 'the predictions of run run-1'
      expect(await refusal(record, { foreign: true })).toMatchObject({ code, place: { file, ...at } })
    })

    it.each(faulty)('as the copy that it is, for a baseline: %s', async (_what, bad, code, at) => {
      await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), bad)
      const record = recordWith({ digest: digestOfBytes(bad), source: 'out/predictions.csv' })
      const file = expect.stringMatching(/run\/predictions-evaluate\.csv$/)
      expect(await refusal(record)).toMatchObject({ code, place: { file, ...at } })
    })
  })

  it('tells the format by the name that the user gave the file', async () => {
    const lines = '{"id": 1, "y_true": 1, "y_pred": 0}\n'
    await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), lines)
    const record = recordWith({ digest: digestOfBytes(lines), source: 'p.ndjson' })
    expect((await loadPredictions(record, recordFile))?.ids).toEqual(['1'])
  })

  it('refuses a record of a task that it does not know', async () => {
    expect(await refusal(recordWith({}, 'astrology'))).toMatchObject({
      code: 'record/invalid',
      message: 'The record is of an unknown task "astrology".',
    })
  })

  it('reads every file of several seeds', async () => {
    const second = 'id,y_true,y_score\na,1,0.4\nb,0,0.3\n'
    await writeFile(join(folder, 'run', 'predictions-seed2.csv'), second)
    const record = recordWith({})
    const [entry] = record.predictions
    if (entry === undefined) throw new Error('no predictions')
    const other = { ...entry, path: 'predictions-seed2.csv', digest: digestOfBytes(second) }
    const both = { ...record, predictions: [entry, other] }
    const all = await loadAllPredictions(both, recordFile)
    expect(all.map((one) => one.kind === 'classes' && [...(one.scores ?? [])])).toEqual([
      [0.9, 0.2],
      [0.4, 0.3],
    ])
    expect(await loadPredictions(both, recordFile)).toEqual(all[0])
    expect(await loadAllPredictions(recordOf(), recordFile)).toEqual([])
    await writeFile(join(folder, 'run', 'predictions-seed2.csv'), content)
    await expect(loadAllPredictions(both, recordFile)).rejects.toMatchObject({ code: 'predictions/changed' })
  })

  describe('of a Parquet file', () => {
    const record = () => recordWith({ source: 'out/p.parquet' })
    const columns = (score: number): Columns => ({
      names: ['id', 'y_true', 'y_score'],
      rows: 2,
      column: (name) =>
        name === 'id' ? ['a', 'b'] : name === 'y_true' ? Float64Array.of(1, 0) : Float64Array.of(0.9, score),
    })

    it('lets somebody else read the copy', async () => {
      const seen: string[] = []
      const readColumns = async (file: string) => {
        seen.push(file)
        return columns(0.2)
      }
      expect(await loadPredictions(record(), recordFile, { readColumns })).toEqual(
        await loadPredictions(recordWith({}), recordFile),
      )
      expect(seen).toEqual([join(folder, 'run', 'predictions-evaluate.csv')])
    })

    it('names the row that is wrong, in the file of the user', async () => {
      const options = { readColumns: async () => columns(Number.NaN), ownFile: (path: string) => `models/${path}` }
      expect(await refusal(record(), options)).toMatchObject({
        message: 'y_score is missing or NaN in row 2; a finite number is expected.',
        place: { file: 'models/out/p.parquet' },
      })
    })

    it('says so when there is nobody to read it', async () => {
      expect(await refusal(record())).toMatchObject({
        code: 'predictions/parquet',
        message: 'Predictions in a Parquet file cannot be read here.',
        help: 'Write them as CSV or JSON Lines.',
      })
    })
  })

  describe('of what tools for language models write', () => {
    const fixtures = join(import.meta.dirname, '..', 'readers', 'fixtures')
    const load = async (text: string, source: string) => {
      await writeFile(join(folder, 'run', 'predictions-evaluate.csv'), text)
      return await loadPredictions(recordWith({ digest: digestOfBytes(text), source }, 'generation'), recordFile)
    }

    it.each([
      'lm-eval/samples_gsm8k_2026-03-01T10-00-00.000000.jsonl',
      'promptfoo/rows.jsonl',
      'promptfoo/v2.json',
      'promptfoo/v3.json',
    ])('reads %s as it is', async (path) => {
      const text = await readFile(join(fixtures, path), 'utf8')
      const table = readCases(text, path)
      expect(await load(text, path)).toMatchObject({
        kind: 'outcomes',
        ids: table.rows.map((row) => row[table.columns.indexOf('id')]),
        score: Float64Array.from(table.rows, (row) => Number(row[table.columns.indexOf('score')])),
        passed: Uint8Array.from(table.rows, (row) => Number(row[table.columns.indexOf('passed')])),
      })
    })

    it('reads what has the columns of modelgate itself', async () => {
      expect((await load('{"id": "x", "score": 1, "doc_id": 1}\n', 's.jsonl'))?.ids).toEqual(['x'])
      expect((await load('id,score\ny,1\n', 's.csv'))?.ids).toEqual(['y'])
    })

    it('says where such a file is wrong', async () => {
      await expect(load('{"doc_id": 0, "resps": [["4"]], "acc": 1}\n{"doc_id": 1}\n', 's.jsonl')).rejects.toMatchObject(
        {
          place: { line: 2 },
        },
      )
      await expect(load('{"results": 3}', 'results.json')).rejects.toBeInstanceOf(ModelgateError)
    })
  })
})
