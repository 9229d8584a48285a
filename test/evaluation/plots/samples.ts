import type { ClassPredictions, NumberPredictions } from '../../../src/evaluation/predictions.ts'

/** Binary predictions from truth and scores; the label follows from the score. */
export function scored(truth: readonly number[], scores: readonly number[]): ClassPredictions {
  return {
    kind: 'classes',
    ids: truth.map((_, row) => `r${row}`),
    classes: ['0', '1'],
    truth: Int32Array.from(truth),
    predicted: Int32Array.from(scores, (score) => (score > 0.5 ? 1 : 0)),
    scores: Float64Array.from(scores),
  }
}

export function labelled(truth: readonly string[], predicted: readonly string[]): ClassPredictions {
  const classes = [...new Set([...truth, ...predicted])].sort()
  const indexes = (labels: readonly string[]): Int32Array => Int32Array.from(labels, (label) => classes.indexOf(label))
  return {
    kind: 'classes',
    ids: truth.map((_, row) => `r${row}`),
    classes,
    truth: indexes(truth),
    predicted: indexes(predicted),
    scores: null,
  }
}

export function numeric(truth: readonly number[], predicted: readonly number[]): NumberPredictions {
  return {
    kind: 'numbers',
    ids: truth.map((_, row) => `r${row}`),
    truth: Float64Array.from(truth),
    predicted: Float64Array.from(predicted),
  }
}

/** Uniform numbers that every language can make: the minimal standard generator of Park and Miller, from 1 on. */
export function uniform(count: number): number[] {
  let state = 1
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  })
}

/** Twelve rows with ties within and between the classes. */
export const tied = scored(
  [0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0],
  [0.1, 0.4, 0.35, 0.8, 0.8, 0.4, 0.9, 0.4, 0.3, 0.1, 0.65, 0.35],
)

/** `rows` rows of which the positives score a little higher. */
export function overlapping(rows: number, lift = 0.2): ClassPredictions {
  const numbers = uniform(2 * rows)
  const truth = numbers.slice(0, rows).map((u) => (u < 0.3 ? 1 : 0))
  const scores = numbers
    .slice(rows)
    .map((u, row) => Math.round((u * (1 - lift) + (truth[row] ?? 0) * lift) * 1e6) / 1e6)
  return scored(truth, scores)
}
