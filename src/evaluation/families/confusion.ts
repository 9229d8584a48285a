import { type MetricName, spellMetricName } from '../metric-names.ts'
import type { ClassPredictions } from '../predictions.ts'

/** The cell of the confusion matrix in which each row counts. */
export function cellsOf({ truth, predicted, classes }: ClassPredictions): Int32Array {
  const cells = new Int32Array(truth.length)
  for (let row = 0; row < cells.length; row++) {
    cells[row] = (truth[row] as number) * classes.length + (predicted[row] as number)
  }
  return cells
}

/** Rows by true class, by predicted class, and where both agree. */
export type Totals = { actual: Float64Array; claimed: Float64Array; hit: Float64Array }

function emptyTotals(count: number): Totals {
  return { actual: new Float64Array(count), claimed: new Float64Array(count), hit: new Float64Array(count) }
}

export function totalsOfMatrix(counts: Float64Array, count: number): Totals {
  const totals = emptyTotals(count)
  for (let right = 0, cell = 0; right < count; right++) {
    for (let said = 0; said < count; said++, cell++) {
      const rows = counts[cell] as number
      if (rows === 0) continue
      totals.actual[right] = (totals.actual[right] as number) + rows
      totals.claimed[said] = (totals.claimed[said] as number) + rows
      if (right === said) totals.hit[right] = rows
    }
  }
  return totals
}

export function totalsOfRows({ truth, predicted, classes }: ClassPredictions, weights: Uint32Array): Totals {
  const totals = emptyTotals(classes.length)
  for (let row = 0; row < truth.length; row++) {
    const weight = weights[row] as number
    const [right, said] = [truth[row] as number, predicted[row] as number]
    totals.actual[right] = (totals.actual[right] as number) + weight
    totals.claimed[said] = (totals.claimed[said] as number) + weight
    if (right === said) totals.hit[right] = (totals.hit[right] as number) + weight
  }
  return totals
}

/** One class against all others together. */
export function ofClass(base: string, label: number, { actual, claimed, hit }: Totals): number {
  const [a, c, h] = [actual[label] as number, claimed[label] as number, hit[label] as number]
  if (base === 'precision') return h / c
  if (base === 'recall') return h / a
  if (base === 'f1') return (2 * h) / (a + c)
  const total = actual.reduce((sum, rows) => sum + rows, 0)
  return (total - a - c + h) / (total - a)
}

/** A metric of one class by itself, such as `f1[cat]`. */
export type ClassMetric = { name: string; base: string; label: number }

/** A longer name of a class would make an unreadable name of a metric. */
const longestShownLabel = 60

/** What is wanted of single classes, and what each of them has always. */
export function perClass(
  { classes }: ClassPredictions,
  wanted: readonly MetricName[],
  always: readonly string[],
): ClassMetric[] {
  const found = new Map<string, ClassMetric>()
  const numbers = new Map(classes.map((name, label) => [name, label]))
  const add = (base: string, name: string): void => {
    const label = numbers.get(name)
    const spelled = spellMetricName({ base, label: name })
    if (label !== undefined) found.set(spelled, { name: spelled, base, label })
  }
  for (const base of always) for (const name of classes) if (name.length <= longestShownLabel) add(base, name)
  for (const { base, label } of wanted) if (label !== undefined) add(base, label)
  return [...found.values()]
}
