import type { ClassPredictions, NumberPredictions, Predictions } from '../../src/evaluation/predictions.ts'
import { type RandomSource, seededRandom } from '../../src/stats/random.ts'
import { normalDraws } from './normal-draws.ts'

/** Two models on the same rows, made up: they see the same signal, and each errs on its own. */
export type Pair = { base: Predictions; fresh: Predictions }

export type BinaryWorld = {
  rows: number
  /** Share of positive rows. */
  prevalence: number
  /** How much noise the new model adds to its score, over that of the base. 0: equally good. */
  worse?: number
  /** Share of the positive rows that the new model gives a hopeless score. */
  hopeless?: number
  /** Rows per group; rows of a group share part of their difficulty. */
  groupSize?: number
  /** Both get the signal nearly right, so that they seldom differ. */
  strong?: boolean
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

export function binaryPair(world: BinaryWorld, seed: string): Pair {
  const random = seededRandom(seed)
  const normal = normalDraws(random)
  const { rows, prevalence, worse = 0, hopeless = 0, groupSize = 1, strong = false } = world
  const truth = new Int32Array(rows)
  const [base, fresh] = [new Float64Array(rows), new Float64Array(rows)]
  const own = 0.5
  const distance = strong ? 2.6 : 1.8
  const offset = Math.log(prevalence / (1 - prevalence))
  let [shared, tilt] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (row % groupSize === 0) {
      shared = groupSize > 1 ? 0.7 * normal() : 0
      // What one model finds harder in this group than the other.
      tilt = groupSize > 1 ? 0.4 * normal() : 0
    }
    const positive = random.uniform() < prevalence
    truth[row] = positive ? 1 : 0
    const signal = (positive ? distance / 2 : -distance / 2) + normal() + shared
    // About the logarithm of the odds, so that probabilities are nearly calibrated.
    const odds = (noise: number): number => (distance * (signal + noise)) / (1 + own * own) + offset
    base[row] = sigmoid(odds(own * normal() + tilt))
    fresh[row] = sigmoid(odds(own * normal() - tilt + worse * normal()))
    if (positive && hopeless > 0 && random.uniform() < hopeless) fresh[row] = 0.001 * random.uniform()
  }
  // Every model may choose its threshold: here so that about as many are predicted positive as there are.
  const threshold = prevalence < 0.3 ? 0.25 : 0.5
  return { base: classes(truth, base, groupSize, threshold), fresh: classes(truth, fresh, groupSize, threshold) }
}

function classes(truth: Int32Array, scores: Float64Array, groupSize: number, threshold: number): ClassPredictions {
  const rows = truth.length
  return {
    kind: 'classes',
    ids: Array.from({ length: rows }, (_, row) => `${row}`),
    classes: ['0', '1'],
    truth,
    predicted: Int32Array.from(scores, (score) => (score > threshold ? 1 : 0)),
    scores,
    ...(groupSize > 1 ? { group: groupsOf(rows, groupSize) } : {}),
  }
}

function groupsOf(rows: number, size: number) {
  const count = Math.ceil(rows / size)
  return {
    names: Array.from({ length: count }, (_, group) => `g${group}`),
    codes: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / size)),
  }
}

export type NumberWorld = {
  rows: number
  errors: 'normal' | 'heavy'
  /** The errors of the new model are longer by this factor. */
  longer?: number
}

/** Regression; heavy errors have Student's t distribution with 3 degrees of freedom. */
export function numberPair({ rows, errors, longer = 1 }: NumberWorld, seed: string): Pair {
  const random = seededRandom(seed)
  const normal = normalDraws(random)
  const draw = (): number => (errors === 'normal' ? normal() : heavy(normal))
  const truth = Float64Array.from({ length: rows }, () => 10 + 3 * normal())
  const common = truth.map(() => draw())
  const side = (scale: number): NumberPredictions => ({
    kind: 'numbers',
    ids: Array.from({ length: rows }, (_, row) => `${row}`),
    truth,
    predicted: truth.map((value, row) => value + scale * (0.8 * (common[row] as number) + 0.6 * draw())),
  })
  return { base: side(1), fresh: side(longer) }
}

function heavy(normal: () => number): number {
  return normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)
}

export type SeveralWorld = { rows: number; shares: readonly number[]; worse?: number }

/** Several classes; each model is wrong on rows of its own. */
export function severalPair({ rows, shares, worse = 0 }: SeveralWorld, seed: string): Pair {
  const random: RandomSource = seededRandom(seed)
  const names = shares.map((_, label) => `c${label}`)
  const truth = Int32Array.from({ length: rows }, () => {
    let rest = random.uniform()
    for (const [label, share] of shares.entries()) {
      if (rest < share) return label
      rest -= share
    }
    return shares.length - 1
  })
  const hard = Float64Array.from({ length: rows }, () => random.uniform())
  const side = (extra: number): ClassPredictions => ({
    kind: 'classes',
    ids: Array.from({ length: rows }, (_, row) => `${row}`),
    classes: names,
    truth,
    predicted: truth.map((label, row) => {
      const wrong = (hard[row] as number) < 0.1 || random.uniform() < 0.08 + extra
      return wrong ? (label + 1 + random.below(shares.length - 1)) % shares.length : label
    }),
    scores: null,
  })
  return { base: side(0), fresh: side(worse) }
}
