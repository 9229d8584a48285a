import { describe, expect, it } from 'vitest'
import { readingJson, readingSchema } from '../../src/readers/reading-schema.ts'
import { renderReading } from '../../src/report/reading-terminal.ts'
import { readFixture } from '../readers/fixture.ts'

describe('a reading', () => {
  it('is a table with the columns that it has values for', async () => {
    const reading = await readFixture('junit/junit.xml')
    expect(renderReading(reading, 'junit.xml')).toBe(
      [
        'junit.xml: 6 metrics, read as junit',
        '',
        'metric      value  rows  better',
        'pass_rate  0.6667     6  higher',
        'tests           7',
        'failures        1     6   lower',
        'errors          1     6   lower',
        'skipped         1     7',
        'seconds         0     6   lower',
        '',
      ].join('\n'),
    )
    const plain = renderReading(await readFixture('plain/metrics.json'), 'a\u001b[31m.json')
    expect(plain).toContain('a[31m.json: 2 metrics, read as json\n\nmetric           value\n')
  })

  it('tells small times apart and says what there is to know', () => {
    const text = renderReading(
      { format: 'x', metrics: [{ name: 'a\nb', value: 0.0000125, standardError: 1e-7 }], notes: ['A note.'] },
      'x',
    )
    expect(text).toContain('a b     1.250e-5    1.000e-7\n\nA note.\n')
  })

  it.each(['keras/semicolon.csv', 'mlflow/mlflow.db', 'lm-eval/old-version.json', 'tensorboard'])(
    'of %s is JSON by its schema, with nothing lost',
    async (name) => {
      const reading = await readFixture(name)
      const json = readingJson(reading, name)
      expect(readingSchema.parse(JSON.parse(JSON.stringify(json)))).toEqual(json)
      const back = json.metrics.map(({ value, nonFinite }) => value ?? Number(nonFinite))
      expect(back).toEqual(reading.metrics.map(({ value }) => value))
    },
  )
})
