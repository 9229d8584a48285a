import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { readMetricsOf } from '../../src/readers/read-metrics.ts'
import type { Reading } from '../../src/readers/reading.ts'
import { fixtures, metricOf, readFixture, valuesOf } from './fixture.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mlflow-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const expected = { loss: 1 / 3, 'val/accuracy': 0.84, broken: Number.NaN, endless: Number.POSITIVE_INFINITY }

async function read(path: string): Promise<Reading> {
  return await readMetricsOf(path, { what: 'The metrics file', shown: 'store' })
}

/** A copy of the data base, changed by SQL. */
function changed(name: string, ...sql: string[]): string {
  const path = join(scratch, name)
  cpSync(join(fixtures, 'mlflow/mlflow.db'), path)
  const base = new DatabaseSync(path)
  for (const one of sql) base.exec(one)
  base.close()
  return path
}

describe.each(['mlflow/mlruns', 'mlflow/mlflow.db'])('%s', (store) => {
  it('is read at its newest run: not a deleted one, not the trial of another', async () => {
    const reading = await readFixture(store)
    expect(valuesOf(reading)).toEqual(expected)
    expect(reading.notes).toEqual([
      expect.stringMatching(/^Run "run at 1000" \([0-9a-f]{32}\) was read: the newest of 2 runs\.$/),
    ])
  })

  it('has the last value by step, not by time', async () => {
    expect(metricOf(await readFixture(store), 'loss')).toEqual({
      name: 'loss',
      value: 1 / 3,
      series: [
        { step: 0, value: 9 },
        { step: 1, value: 0.5 },
        { step: 2, value: 1 / 3 },
      ],
    })
  })
})

describe('the file store', () => {
  const runs = join(fixtures, 'mlflow/mlruns')
  const experiment = readdirSync(runs).find((name) => name !== '0') ?? ''

  it('may be one experiment, or one run', async () => {
    expect(valuesOf(await read(join(runs, experiment)))).toEqual(expected)
    const [child] = readdirSync(join(runs, experiment), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('mlflow.parentRunId'),
    )
    const folder = join(runs, experiment, dirname(dirname(child ?? '')))
    expect(valuesOf(await read(folder))).toEqual({ 'val/accuracy': 0.5 })
  })

  it('takes no older run in the place of one without metrics', async () => {
    const store = join(scratch, 'empty')
    cpSync(runs, store, { recursive: true })
    const run = join(store, experiment, 'f'.repeat(32))
    const meta = (rest: string): void =>
      writeFileSync(join(run, 'meta.yaml'), `run_id: ${'f'.repeat(32)}\nexperiment_id: '1'\n${rest}`)
    mkdirSync(run)
    meta('start_time: 1800000000000\nstatus: 1\nlifecycle_stage: active\n')
    await expect(read(store)).rejects.toMatchObject({ code: 'metrics/empty' })
    mkdirSync(join(run, 'metrics'))
    writeFileSync(join(run, 'metrics/a'), '1 0.5\n2 0.75 0 m-123 more\n')
    const reading = await read(store)
    expect(valuesOf(reading)).toEqual({ a: 0.75 })
    expect(reading.notes).toContainEqual(expect.stringContaining('is not finished: its status is RUNNING'))
    meta('start_time: 1700000001000\nstatus: 3\nlifecycle_stage: active\n')
    await expect(read(store)).rejects.toMatchObject({ code: 'metrics/ambiguous' })
    writeFileSync(join(run, 'metrics/a'), 'nonsense\n')
    await expect(read(run)).rejects.toMatchObject({ code: 'metrics/not-mlflow', place: { line: 1 } })
  })
})

describe('the data base', () => {
  it('is left as it is', async () => {
    const path = changed('same.db')
    const before = readFileSync(path)
    await read(path)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(scratch).filter((name) => name.startsWith('same.db'))).toEqual(['same.db'])
  })

  it.each([
    [
      'a view',
      'drop table latest_metrics; create view latest_metrics as with recursive n(i) as (select 1 union all select i + 1 from n) select i as key from n',
    ],
    ['no table', 'drop table latest_metrics'],
  ])('with %s in the place of a table is not read', async (_what, sql) => {
    await expect(read(changed('view.db', sql))).rejects.toMatchObject({
      code: 'metrics/not-mlflow',
      message: 'The data base holds no MLflow runs: it has no table "latest_metrics".',
    })
  })

  it('may hold what is no number: it is none', async () => {
    const path = changed(
      'texts.db',
      "update latest_metrics set value = 'high' where key = 'loss'",
      "update latest_metrics set step = 'x'",
    )
    expect(valuesOf(await read(path))).toEqual({ ...expected, loss: Number.NaN })
  })

  it('has limits', async () => {
    const many = `insert into latest_metrics select 'm' || value, 0, 0, 0, 0, (select run_uuid from runs where name = 'run at 1000') from generate_series(1, 10001)`
    const numbers = many.replace(
      'generate_series(1, 10001)',
      '(with recursive n(value) as (select 1 union all select value + 1 from n where value < 10001) select value from n)',
    )
    await expect(read(changed('many.db', numbers))).rejects.toMatchObject({ code: 'metrics/too-many' })
  })

  it('cut off at any page, or with any byte changed, is an error or still a reading', async () => {
    const whole = readFileSync(join(fixtures, 'mlflow/mlflow.db'))
    const path = join(scratch, 'broken.db')
    for (let at = 16; at < whole.length; at += 499) {
      writeFileSync(path, whole.subarray(0, at))
      await expect(read(path)).rejects.toMatchObject({ code: expect.stringMatching(/^metrics\//) })
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 0xff
      writeFileSync(path, flipped)
      const reading = await read(path).catch((error: { code?: string }) => error)
      expect('metrics' in reading || /^metrics\//.test(String((reading as { code?: string }).code))).toBe(true)
    }
  })
})
