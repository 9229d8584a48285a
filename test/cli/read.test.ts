import { describe, expect, it } from 'vitest'
import { readingSchema } from '../../src/readers/reading-schema.ts'
import { modelgate } from '../e2e/spawn.ts'
import { fixtures } from '../readers/fixture.ts'

describe('modelgate read', () => {
  it('prints a table', async () => {
    const { exitCode, stdout, stderr } = await modelgate(fixtures, 'read', 'plain/metrics.toml')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain('plain/metrics.toml: 3 metrics, read as toml\n')
    expect(stdout).toContain('\nlatency.p95_ms      12\n')
  })

  it.each([
    ['mlflow/mlflow.db', 'mlflow-db'],
    ['mlflow/mlruns', 'mlflow-files'],
    ['junit/junit.xml', 'junit'],
    ['tensorboard', 'tensorboard'],
    ['model-index/README.md', 'model-index'],
  ])('prints %s as JSON', async (file, format) => {
    const { exitCode, stdout, stderr } = await modelgate(fixtures, 'read', file, '--json')
    expect([exitCode, stderr]).toEqual([0, ''])
    const reading = readingSchema.parse(JSON.parse(stdout))
    expect(reading).toMatchObject({ schema: 'modelgate/reading@1', file, format })
    expect(reading.metrics.length).toBeGreaterThan(1)
  })

  it('reads in the format that is named', async () => {
    const file = 'classification-report/report.json'
    const { stdout } = await modelgate(fixtures, 'read', file, '--json', '--format', 'json')
    expect(JSON.parse(stdout).metrics[0]).toEqual({ name: 'cat.precision', value: 1 })
  })

  it.each([
    [['none.json'], 'none.json: The metrics file does not exist. [files/not-found]'],
    [['plain/metrics.json', '--format', 'jsn'], '"jsn" is no format. [read/no-such-format]\n  Did you mean "json"?'],
    [['make.py'], 'make.py: The file is in no format that can be read. Tried: JSON, YAML'],
    [['plain'], 'plain: The folder is in no format that can be read.'],
    [[''], 'The name of the file to read is empty. [read/no-name]'],
    [[], "missing required argument 'file'"],
  ])('%s: exit code 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await modelgate(fixtures, 'read', ...args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
