import type { DeclaredColumn } from './source.ts'
import { patterns, type Reading, timestampPattern } from './text-type.ts'

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)
const likeInteger = whole(patterns.integer)
const likeNumber = whole(patterns.toldNumber)
const likeBoolean = whole(patterns.boolean)
const likeDate = whole(patterns.date)
const likeTimestamp = whole(timestampPattern({ fine: false, zone: false }))
const likeZoned = whole(timestampPattern({ fine: true, zone: true }))

/**
 * How a column is to be read, by what the checks say or else by its first values. A guess: the load counts what does not fit. `sample` has
 * no missing values. Undefined where there is nothing to go by.
 */
export function guessReading(declared: DeclaredColumn | undefined, sample: readonly string[]): Reading | undefined {
  switch (declared?.type) {
    case undefined:
      return sample.length === 0 ? undefined : tellReading(sample)
    case 'string':
    case 'boolean':
      return { kind: declared.type }
    case 'integer':
      return { kind: 'integer', wide: false }
    case 'number':
      return { kind: 'number', told: false }
    case 'decimal':
      return { kind: 'decimal', scale: mostDecimals(sample) }
    case 'date':
      return declared.dateFormat === undefined ? { kind: 'date' } : { kind: 'date', format: declared.dateFormat }
    case 'timestamp':
      return declared.dateFormat === undefined
        ? { kind: 'timestamp', fine: false, zone: isZoned(sample) }
        : { kind: 'timestamp', format: declared.dateFormat }
  }
}

function tellReading(sample: readonly string[]): Reading {
  const all = (pattern: RegExp): boolean => sample.every((text) => pattern.test(text))
  if (all(likeInteger)) return { kind: 'integer', wide: false }
  if (all(likeNumber)) return { kind: 'number', told: true }
  if (all(likeBoolean)) return { kind: 'boolean' }
  if (all(likeDate)) return { kind: 'date' }
  if (all(likeZoned)) return { kind: 'timestamp', fine: false, zone: isZoned(sample) }
  return { kind: 'string' }
}

function isZoned(sample: readonly string[]): boolean {
  return sample.some((text) => likeZoned.test(text) && !likeTimestamp.test(text) && /[Z+-]/.test(text.slice(10)))
}

export function mostDecimals(sample: readonly string[]): number {
  const counts = sample.map((text) => (/^-?\d+\.(\d+)$/.exec(text)?.[1] ?? '').length)
  return Math.min(
    38,
    counts.reduce((most, count) => Math.max(most, count), 0),
  )
}
