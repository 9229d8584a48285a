import type { Measurable } from '../measurable.ts'
import type { MetricName } from '../metric-names.ts'
import type { ClassPredictions } from '../predictions.ts'
import { cellsOf, ofClass, perClass, type Totals, totalsOfMatrix, totalsOfRows } from './confusion.ts'

const overall = [
  'accuracy',
  'balanced_accuracy',
  'precision_micro',
  'recall_micro',
  'f1_micro',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'precision_weighted',
  'recall_weighted',
  'f1_weighted',
  'specificity_macro',
  'mcc',
  'kappa',
] as const

/** With more classes a class gets metrics of its own only where a rule asks for them. */
const mostShownClasses = 20
/** With more classes the matrix would have more cells than there are rows in most files, so it is counted by class instead. */
const mostClassesOfMatrix = 256

/**
 * Metrics of the labels of several classes. Macro means unweighted over the classes that occur as truth or prediction, weighted by
 * the rows of the true class. A class that is never predicted has precision 0 in such a mean, and one that never occurs recall 0, as in
 * scikit-learn; by itself either is undefined.
 */
export function severalLabels(predictions: ClassPredictions, wanted: readonly MetricName[]): Measurable {
  const count = predictions.classes.length
  const shown = count <= mostShownClasses ? ['precision', 'recall', 'f1'] : []
  const single = perClass(predictions, wanted, shown)
  const names = [...overall, ...single.map(({ name }) => name)]
  const fromTotals = (totals: Totals, out: Float64Array, offset: number): void => {
    overallFromTotals(totals, out, offset)
    for (const [index, { base, label }] of single.entries()) {
      out[offset + overall.length + index] = ofClass(base, label, totals)
    }
  }
  if (count > mostClassesOfMatrix) {
    const measure = (weights: Uint32Array, out: Float64Array, offset: number): void =>
      fromTotals(totalsOfRows(predictions, weights), out, offset)
    return { kind: 'rows', names, measure }
  }
  const fromCounts = (counts: Float64Array, out: Float64Array, offset: number): void =>
    fromTotals(totalsOfMatrix(counts, count), out, offset)
  return { kind: 'counts', names, classes: count, cells: cellsOf(predictions), fromCounts }
}

function overallFromTotals({ actual, claimed, hit }: Totals, out: Float64Array, offset: number): void {
  const total = actual.reduce((sum, rows) => sum + rows, 0)
  let [hits, present, occurring, chance, ofTruth, ofClaims] = [0, 0, 0, 0, 0, 0]
  let [precision, recall, f1, balanced, specificity] = [0, 0, 0, 0, 0]
  let [heavyPrecision, heavyF1] = [0, 0]
  for (let label = 0; label < actual.length; label++) {
    const [a, c, h] = [actual[label] as number, claimed[label] as number, hit[label] as number]
    if (a + c === 0) continue
    const ownPrecision = c === 0 ? 0 : h / c
    const ownF1 = (2 * h) / (a + c)
    present++
    hits += h
    chance += a * c
    ofTruth += a * a
    ofClaims += c * c
    precision += ownPrecision
    recall += a === 0 ? 0 : h / a
    f1 += ownF1
    heavyPrecision += a * ownPrecision
    heavyF1 += a * ownF1
    specificity += (total - a - c + h) / (total - a)
    if (a === 0) continue
    // Balanced accuracy averages over true classes only.
    occurring++
    balanced += h / a
  }
  const accuracy = hits / total
  // Of one prediction per row, each wrong one is a false positive of one class and a false negative of another.
  const values = [accuracy, balanced / occurring, accuracy, accuracy, accuracy]
  values.push(precision / present, recall / present, f1 / present)
  values.push(heavyPrecision / total, accuracy, heavyF1 / total, specificity / present)
  // Gorodkin 2004. Undefined when all rows are of one class, or predicted to be; scikit-learn says 0 there.
  const squares = total * total
  values.push((hits * total - chance) / Math.sqrt((squares - ofTruth) * (squares - ofClaims)))
  // Cohen 1960, by disagreement: observed over expected by chance.
  values.push(1 - ((total - hits) * total) / (squares - chance))
  out.set(values, offset)
}
