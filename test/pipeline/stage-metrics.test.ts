import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatError } from '../../src/base/error.ts'
import { temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { runIn } from './project.ts'

const fixtures = join(import.meta.dirname, '../readers/fixtures')

/** A project whose one stage copies a fixture to where its metrics are expected. */
function project(fixture: string, metrics: string, run = `rm -rf ${metrics}; cp -r given ${metrics}`): string {
  const folder = temporaryFolder()
  writeFiles(folder, {
    'modelgate.yaml': `version: 1\nname: tiny\ntask: regression\nstages:\n  only:\n    run: ${run}\n    metrics: [${metrics}]\n`,
  })
  cpSync(join(fixtures, fixture), join(folder, 'given'), { recursive: true })
  return folder
}

describe('metrics of a stage', () => {
  it('keep direction, standard error and rows of their file', async () => {
    const { record, error } = await runIn(
      project(
        'lm-eval/results_2026-03-01T10-00-00.000000.json',
        'out/results.json',
        'mkdir -p out; cp given out/results.json',
      ),
    )
    expect(error).toBe(undefined)
    expect(record.metrics[0]).toEqual({
      name: 'gsm8k.strict-match.exact_match',
      value: 0.5,
      direction: 'higher',
      standardError: 0.28867513459481287,
      rows: 4,
      file: 'out/results.json',
      stage: 'only',
    })
    expect(record.notes).toContain('out/results.json: The file does not say which way is better for 1 of 6.')
  })

  it('may be a folder or a data base', async () => {
    const files = await runIn(project('mlflow/mlruns', 'mlruns'))
    const base = await runIn(project('mlflow/mlflow.db', 'mlflow.db'))
    for (const { record, error } of [files, base]) {
      expect(error).toBe(undefined)
      expect(record.metrics.map(({ name, value, nonFinite }) => [name, value ?? nonFinite])).toEqual(
        expect.arrayContaining([
          ['val/accuracy', 0.84],
          ['broken', 'NaN'],
          ['endless', 'Infinity'],
        ]),
      )
      expect(record.notes.join()).toContain('was read: the newest of 2 runs.')
    }
  })

  it('in a folder are from this run only when something in it was written', async () => {
    const folder = project('dvclive', 'dvclive', 'touch other')
    cpSync(join(folder, 'given'), join(folder, 'dvclive'), { recursive: true })
    expect(formatError((await runIn(folder)).error)).toContain('[run/stale-output]')
    const written = project('dvclive', 'dvclive', 'cp given/metrics.json dvclive/metrics.json')
    cpSync(join(written, 'given'), join(written, 'dvclive'), { recursive: true })
    const { record, error } = await runIn(written)
    expect(error).toBe(undefined)
    expect(record.metrics).toHaveLength(3)
  })

  it('that cannot be read say which file it is', async () => {
    const folder = project('junit/junit.xml', 'results.xml', "echo '<testsuite/>' > results.xml")
    expect(readFileSync(join(folder, 'given'), 'utf8')).toContain('<testsuite ')
    expect(formatError((await runIn(folder)).error)).toMatch(
      /^results\.xml: The file holds no test case\. \[metrics\/empty\]\n/,
    )
  })
})
