import type { DriftMethod } from '../../config/checks/drift-settings.ts'
import type { DriftColumn } from '../../record/data-report.ts'
import { chiSquareTest } from '../../stats/chi-square.ts'
import {
  jensenShannonDistance,
  largestShareGap,
  populationStabilityIndex,
  totalVariation,
} from '../../stats/distances.ts'
import { ksTest } from '../../stats/kolmogorov-smirnov.ts'

export type Measures = DriftColumn['measures']

/** Two samples over the same bins, in rows. */
export type CountPair = { left: number[]; right: number[] }

export type Measured = {
  measures: Measures
  /** Of the Kolmogorov-Smirnov test; null for categories. */
  ksP: number | null
  /** Of Pearson's test on the bins, those with few expected rows joined. */
  chiSquareP: number | null
}

/** Fewer expected rows than this in a bin make the chi-square distribution a bad guide. */
export const fewestExpected = 5

/** All measures of a column of numbers: `fine` bins in order, and the same rows in `coarse` ones, where missing values have a bin. */
export function numericMeasures(fine: CountPair, coarse: CountPair, wasserstein: number | null): Measured {
  const ks = ksTest(fine.left, fine.right)
  const onBins = categoricalMeasures(coarse)
  return {
    ...onBins,
    ksP: ks.pValue,
    measures: { ...onBins.measures, ks: ks.statistic, wasserstein },
  }
}

/** All measures of bins without order. */
export function categoricalMeasures({ left, right }: CountPair): Measured {
  const joined = joinRare({ left, right })
  const chiSquare = chiSquareTest(joined.left, joined.right)
  return {
    ksP: null,
    chiSquareP: chiSquare.pValue,
    measures: {
      ks: null,
      psi: populationStabilityIndex(left, right),
      js: jensenShannonDistance(left, right),
      wasserstein: null,
      tv: totalVariation(left, right),
      lInfinity: largestShareGap(left, right),
      chiSquare: chiSquare.statistic,
      cramersV: chiSquare.cramersV,
    },
  }
}

export function effectOf(method: DriftMethod, measures: Measures): number | null {
  switch (method) {
    case 'l-infinity':
      return measures.lInfinity
    case 'cramers-v':
      return measures.cramersV
    default:
      return measures[method]
  }
}

/** The p-value that belongs to a method: that of its own test, or that of the bins it is calculated from. */
export function pValueOf(method: DriftMethod, { ksP, chiSquareP }: Measured): number | null {
  return method === 'ks' ? ksP : chiSquareP
}

/** Whether a bin has enough expected rows on both sides, were both the same. */
export function isExpected(first: number, second: number, n: number, m: number): boolean {
  return ((first + second) * Math.min(n, m)) / (n + m) >= fewestExpected
}

/** Joins bins with few expected rows to one; when that is still too small, it joins the smallest of the others. */
export function joinRare({ left, right }: CountPair): CountPair {
  const bins = left.map((first, index) => [first, right[index] ?? 0] as const)
  const n = sum(left)
  const m = sum(right)
  const kept = bins.filter(([first, second]) => isExpected(first, second, n, m))
  const rare = bins.filter(([first, second]) => !isExpected(first, second, n, m))
  const joined = [sum(rare.map(([first]) => first)), sum(rare.map(([, second]) => second))] as const
  if (joined[0] + joined[1] === 0) return split(kept)
  if (isExpected(...joined, n, m) || kept.length === 0) return split([...kept, joined])
  const sizes = kept.map(([first, second]) => first + second)
  const smallest = sizes.indexOf(Math.min(...sizes))
  return split(
    kept.map(([first, second], index) =>
      index === smallest ? [first + joined[0], second + joined[1]] : [first, second],
    ),
  )
}

function split(bins: readonly (readonly [number, number])[]): CountPair {
  return { left: bins.map(([first]) => first), right: bins.map(([, second]) => second) }
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
