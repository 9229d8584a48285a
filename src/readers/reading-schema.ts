import { z } from 'zod'
import { nonFiniteName } from './numbers.ts'
import type { MetricPoint, Reading } from './reading.ts'

/** What `modelgate read --json` prints. Values that are not finite are null and named: JSON has no such numbers. */

const nonFinite = z.enum(['NaN', 'Infinity', '-Infinity']).optional()
const number = { value: z.number().nullable(), nonFinite }

const metric = z.object({
  name: z.string(),
  ...number,
  /** Which way is better, where the format or the file says it. */
  direction: z.enum(['higher', 'lower']).optional(),
  /** Only where the file says that it is one. */
  standardError: z.number().nonnegative().optional(),
  /** How many rows, documents, tests or rounds the value is made of. */
  rows: z.int().positive().optional(),
  /** The curve that ends in the value, by increasing step. */
  series: z.array(z.object({ step: z.number(), ...number })).optional(),
})

export const readingSchema = z.object({
  schema: z.literal('modelgate/reading@1'),
  /** The path as it was given. */
  file: z.string(),
  format: z.string(),
  metrics: z.array(metric),
  /** Sentences: what a reader of the numbers should know. */
  notes: z.array(z.string()),
})

export type ReadingJson = z.infer<typeof readingSchema>

/** A reading in the form in which it is printed and stored. */
export function readingJson(reading: Reading, file: string): ReadingJson {
  return {
    schema: 'modelgate/reading@1',
    file,
    format: reading.format,
    metrics: reading.metrics.map(({ value, series, ...rest }) => ({
      ...rest,
      ...jsonNumber(value),
      ...(series === undefined ? {} : { series: series.map(jsonPoint) }),
    })),
    notes: reading.notes,
  }
}

function jsonPoint({ step, value }: MetricPoint): NonNullable<ReadingJson['metrics'][number]['series']>[number] {
  return { step, ...jsonNumber(value) }
}

/** A number as records and results keep it. */
export function jsonNumber(value: number): Pick<ReadingJson['metrics'][number], 'value' | 'nonFinite'> {
  const name = nonFiniteName(value)
  return name === undefined ? { value } : { value: null, nonFinite: name }
}
