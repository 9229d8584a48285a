import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'

/** One point of a curve. The value may be NaN or infinite. */
export type MetricPoint = { step: number; value: number }

/** A metric as a file states it. */
export type ReadMetric = {
  name: string
  /** May be NaN or infinite: the gate decides what that means. */
  value: number
  /** Which way is better, where the format or the file itself says it. */
  direction?: 'higher' | 'lower'
  /** Standard error of the value; only where the file says that it is one. */
  standardError?: number
  /** How many rows, documents, tests or rounds the value is made of. */
  rows?: number
  /** The curve that ends in the value, by increasing step. */
  series?: MetricPoint[]
}

/** What a file or folder holds. `notes` are sentences that a reader of the numbers should know. */
export type Reading = { format: string; metrics: ReadMetric[]; notes: string[] }

const mostMetrics = 10_000
const longestName = 200

/** Complains about a file, with what is expected of it. */
export type Fault = (code: string, message: string, place?: { line?: number; column?: number }) => ModelgateError

/** Builds errors for one file: `fault('empty', 'The file is empty.')` has the code `metrics/empty`. */
export function faultsOf(file: string, help: string): Fault {
  return (code, message, place = {}) =>
    new ModelgateError({ code: `metrics/${code}`, message, place: { file, ...place }, help })
}

/**
 * The limits that hold for every format: at least one metric and at most 10,000, each with a name of 1 to 200 characters.
 * Throws `metrics/empty`, `metrics/too-many` or `metrics/name`.
 */
export function checkMetrics<Metric extends { name: string }>(metrics: Metric[], fault: Fault): Metric[] {
  if (metrics.length === 0) throw fault('empty', 'The metrics file holds no number.')
  if (metrics.length > mostMetrics) throw tooManyMetrics(fault)
  const unnamable = metrics.find(({ name }) => name === '' || name.length > longestName)
  if (unnamable === undefined) return metrics
  throw fault(
    'name',
    unnamable.name === ''
      ? 'The metrics file holds a number without a name.'
      : `The metrics file holds a name of more than ${longestName} characters: ${shownName(unnamable.name)}.`,
  )
}

/** Set against lists that grow while they are read. */
export function isTooMany(count: number): boolean {
  return count > mostMetrics
}

export function tooManyMetrics(fault: Fault): ModelgateError {
  return fault('too-many', `The metrics file holds more than ${mostMetrics} numbers.`)
}

/** A name from a file, for a sentence. */
export function shownName(name: string): string {
  return truncate(oneLine(name), 60)
}

/** A standard error that can be one: finite and not negative. Nothing else is passed on. */
export function standardErrorOf(value: unknown): { standardError?: number } {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? { standardError: value } : {}
}

/** A number of rows that can be one: whole and positive. Nothing else is passed on. */
export function rowsOf(value: unknown): { rows?: number } {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? { rows: value } : {}
}
