import type { Measurer } from './measurer.ts'
import type { ClassPredictions } from './predictions.ts'

/** Metrics that follow from the counts of (true class, predicted class) alone. Definitions as in scikit-learn. */

export const binaryMetrics = [
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'mcc',
] as const
export const multiclassMetrics = [
  'accuracy',
  'balanced_accuracy',
  'precision_macro',
  'recall_macro',
  'f1_macro',
] as const

/** Binary tasks; class 1 is the positive one. */
export function binaryMeasurer({ truth, predicted }: ClassPredictions): Measurer {
  return {
    names: binaryMetrics,
    rows: truth.length,
    measure: (weights, out, offset) => {
      const cells = new Float64Array(4)
      for (let row = 0; row < truth.length; row++) {
        const cell = 2 * (truth[row] as number) + (predicted[row] as number)
        cells[cell] = (cells[cell] as number) + (weights[row] as number)
      }
      const [tn, fp, fn, tp] = cells as unknown as [number, number, number, number]
      const recall = tp / (tp + fn)
      const specificity = tn / (tn + fp)
      out[offset] = (tp + tn) / (tp + tn + fp + fn)
      out[offset + 1] = (recall + specificity) / 2
      out[offset + 2] = tp / (tp + fp)
      out[offset + 3] = recall
      out[offset + 4] = specificity
      out[offset + 5] = (2 * tp) / (2 * tp + fp + fn)
      // Matthews 1975. Undefined when one row or column of the table is empty; scikit-learn says 0 there.
      out[offset + 6] = (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    },
  }
}

/**
 * Tasks of several classes; macro means unweighted over the classes that occur as truth or prediction. A class that is
 * never predicted has precision 0, and one that never occurs recall 0, as in scikit-learn.
 */
export function multiclassMeasurer({ truth, predicted, classes }: ClassPredictions): Measurer {
  const count = classes.length
  return {
    names: multiclassMetrics,
    rows: truth.length,
    measure: (weights, out, offset) => {
      const actual = new Float64Array(count)
      const claimed = new Float64Array(count)
      const hit = new Float64Array(count)
      for (let row = 0; row < truth.length; row++) {
        const weight = weights[row] as number
        const right = truth[row] as number
        const said = predicted[row] as number
        actual[right] = (actual[right] as number) + weight
        claimed[said] = (claimed[said] as number) + weight
        if (right === said) hit[right] = (hit[right] as number) + weight
      }
      let [total, hits, present, occurring, precision, recall, f1, balanced] = [0, 0, 0, 0, 0, 0, 0, 0]
      for (let index = 0; index < count; index++) {
        const [a, c, h] = [actual[index] as number, claimed[index] as number, hit[index] as number]
        total += a
        hits += h
        if (a + c === 0) continue
        present++
        precision += c === 0 ? 0 : h / c
        recall += a === 0 ? 0 : h / a
        f1 += (2 * h) / (a + c)
        if (a === 0) continue
        // Balanced accuracy averages over true classes only.
        occurring++
        balanced += h / a
      }
      out[offset] = hits / total
      out[offset + 1] = balanced / occurring
      out[offset + 2] = precision / present
      out[offset + 3] = recall / present
      out[offset + 4] = f1 / present
    },
  }
}

/** 1 where the row is predicted rightly, 0 elsewhere. */
export function correctness({ truth, predicted }: ClassPredictions): Uint8Array {
  return Uint8Array.from(truth, (label, row) => (label === predicted[row] ? 1 : 0))
}
