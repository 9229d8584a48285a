import type { CountMetrics } from '../measurable.ts'
import type { MetricName } from '../metric-names.ts'
import type { ClassPredictions } from '../predictions.ts'
import { cellsOf, ofClass, perClass, totalsOfMatrix } from './confusion.ts'

const names = ['accuracy', 'balanced_accuracy', 'precision', 'recall', 'specificity', 'f1', 'mcc', 'kappa'] as const

/** Metrics of the labels of a binary task; class 1 is the positive one. A quotient of 0 by 0 is undefined. */
export function binaryLabels(predictions: ClassPredictions, wanted: readonly MetricName[]): CountMetrics {
  const single = perClass(predictions, wanted, [])
  return {
    kind: 'counts',
    names: [...names, ...single.map(({ name }) => name)],
    classes: 2,
    cells: cellsOf(predictions),
    fromCounts: (counts, out, offset) => {
      fromCounts(counts, out, offset)
      if (single.length === 0) return
      const totals = totalsOfMatrix(counts, 2)
      for (const [index, { base, label }] of single.entries()) {
        out[offset + names.length + index] = ofClass(base, label, totals)
      }
    },
  }
}

function fromCounts(counts: Float64Array, out: Float64Array, offset: number): void {
  const [tn, fp, fn, tp] = counts as unknown as [number, number, number, number]
  const all = tp + tn + fp + fn
  const recall = tp / (tp + fn)
  const specificity = tn / (tn + fp)
  out[offset] = (tp + tn) / all
  out[offset + 1] = (recall + specificity) / 2
  out[offset + 2] = tp / (tp + fp)
  out[offset + 3] = recall
  out[offset + 4] = specificity
  out[offset + 5] = (2 * tp) / (2 * tp + fp + fn)
  // Matthews 1975. Undefined when one row or column of the table is empty; scikit-learn says 0 there.
  out[offset + 6] = (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
  // Cohen 1960, by disagreement: observed over expected by chance.
  out[offset + 7] = 1 - ((fp + fn) * all) / ((tp + fp) * (tn + fp) + (tn + fn) * (tp + fn))
}
