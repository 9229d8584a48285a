import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileInput } from '../../src/readers/input.ts'
import { readInput, readMetricsOf } from '../../src/readers/read-metrics.ts'
import type { Reading, ReadMetric } from '../../src/readers/reading.ts'

/** Files that the tools themselves wrote, or that have the shape which they write: see make.py there. */
export const fixtures = join(import.meta.dirname, 'fixtures')

export function fixtureText(name: string): string {
  return readFileSync(join(fixtures, name), 'utf8')
}

export async function readFixture(name: string, format?: string): Promise<Reading> {
  return await readMetricsOf(join(fixtures, name), {
    what: 'The metrics file',
    shown: name,
    ...(format === undefined ? {} : { format }),
  })
}

/** A file that is nowhere, for formats that need no path. */
export async function readBytes(content: string | Uint8Array, name: string, format?: string): Promise<Reading> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return await readInput(new FileInput(name, join(fixtures, 'none'), bytes), format)
}

/** Values by name. */
export function valuesOf({ metrics }: Reading): Record<string, number> {
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

export function metricOf({ metrics }: Reading, name: string): ReadMetric {
  const found = metrics.find((metric) => metric.name === name)
  if (found === undefined) throw new Error(`no ${name} among ${metrics.map((metric) => metric.name)}`)
  return found
}
