import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScanReport } from '../../../src/registry/scan/file-scan.ts'
import { scanPaths } from '../../../src/registry/scan/scan.ts'

const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'
const script = resolve(import.meta.dirname, '../../python/model_files.py')

it('has a Python where one is required', () => {
  expect(required && (python === undefined || !existsSync(python))).toBe(false)
})

/** Files that safetensors, onnx, h5py, gguf, skops and tarfile wrote themselves, in a folder for each verdict. */
describe.runIf(python !== undefined)('files of the libraries', () => {
  let root = ''
  let report: ScanReport
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'modelgate-scan-python-'))
    execFileSync(python ?? '', [script, root], { stdio: ['ignore', 'ignore', 'inherit'] })
    report = await scanPaths(['.'], { root })
  }, 60_000)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('have the verdict of their folder', () => {
    expect(report.files.length).toBeGreaterThan(25)
    for (const { file, verdict, findings } of report.files) {
      expect([file, verdict, verdict === 'safe' ? findings : []]).toEqual([file, file.split('/')[0], []])
    }
  })

  it('tell what they hold', () => {
    const facts = (name: string): unknown => report.files.find(({ file }) => file === name)?.facts
    expect(facts('safe/model.safetensors')).toMatchObject({
      parameters: 18,
      dtypes: { F32: 12, I64: 5, F16: 0, F64: 1 },
    })
    expect(facts('safe/model.onnx')).toMatchObject({
      parameters: 8,
      inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 4] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 2] }],
    })
    expect(facts('safe/external/weights.bin')).toMatchObject({ details: { 'belongs to': 'safe/external/model.onnx' } })
    expect(facts('safe/heap.h5')).toMatchObject({ parameters: 360, dtypes: { float32: 360 } })
    expect(facts('safe/model.gguf')).toMatchObject({ details: { architecture: 'llama', 'chat template': 'yes' } })
    expect(facts('safe/forest.skops')).toMatchObject({
      details: { class: 'sklearn.ensemble._forest.RandomForestClassifier' },
    })
  })
})
