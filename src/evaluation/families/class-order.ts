import type { RowMetrics } from '../measurable.ts'
import type { ClassPredictions } from '../predictions.ts'
import { countGroups, measureGroups, type TieGroups, tieGroups } from './score-order.ts'

/**
 * ROC AUC of several classes: each class against all others by its own score, averaged without weights over the classes that occur as
 * truth. Undefined when all rows are of one class.
 */
export function classOrder({ truth }: ClassPredictions, scores: readonly Float64Array[]): RowMetrics {
  const positives = scores.map((_column, label) => Uint8Array.from(truth, (right) => (right === label ? 1 : 0)))
  // Sorted when they are first asked for, and once only.
  let groups: TieGroups[] | undefined
  const value = new Float64Array(1)
  return {
    kind: 'rows',
    names: ['roc_auc'],
    measure: (weights, out, offset) => {
      groups ??= scores.map(tieGroups)
      let [sum, occurring] = [0, 0]
      for (const [label, group] of groups.entries()) {
        const counts = countGroups(group, positives[label] as Uint8Array, weights)
        if (counts.positives.every((rows) => rows === 0)) continue
        measureGroups(counts, ['roc_auc'], value, 0)
        sum += value[0] as number
        occurring++
      }
      out[offset] = sum / occurring
    },
  }
}
