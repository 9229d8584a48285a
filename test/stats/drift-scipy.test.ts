import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aucFromCounts } from '../../src/stats/auc.ts'
import { chiSquareSurvival, chiSquareTest } from '../../src/stats/chi-square.ts'
import {
  jensenShannonDistance,
  largestShareGap,
  populationStabilityIndex,
  totalVariation,
} from '../../src/stats/distances.ts'
import { entropy } from '../../src/stats/entropy.ts'
import { gammaTails } from '../../src/stats/incomplete-gamma.ts'
import { kolmogorovSurvival } from '../../src/stats/kolmogorov-law.ts'
import { ksTest } from '../../src/stats/kolmogorov-smirnov.ts'
import { twoProportionPValue } from '../../src/stats/two-proportion.ts'
import { histogramWassersteinDistance, wassersteinDistance } from '../../src/stats/wasserstein.ts'
import { relativeError } from './close.ts'

/** The statistics of drift against scipy: the values in the fixture, and new ones where a Python with scipy is named. */

type Pair = {
  left: number[]
  right: number[]
  values: number[]
  edges: number[]
  psi: number
  jensenShannon: number
  totalVariation: number
  largestShareGap: number
  wasserstein: number
  histogramWasserstein: number
  entropyNats: number
  entropyBits: number
  chiSquare: ReturnType<typeof chiSquareTest>
  auc: number
}
type Drift = {
  pairs: Pair[]
  ks: { left: number[]; right: number[]; method: string; statistic: number; pValue: number }[]
  /** d, n, survival */
  kolmogorov: [number, number, number][]
  /** x, degrees of freedom, survival */
  chiSquareSurvival: [number, number, number][]
  /** a, x, upper, lower */
  gamma: [number, number, number, number][]
  /** successes and rows of either sample, p */
  twoProportion: [number, number, number, number, number][]
}

const script = join(import.meta.dirname, 'fixtures', 'make-drift.py')
const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

describe('the statistics of drift', () => {
  it('agree with the checked-in values of scipy', () => {
    const fixture = readFileSync(join(import.meta.dirname, 'fixtures', 'drift.json'), 'utf8')
    expectAgreement(JSON.parse(fixture))
  })

  it('have a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  it.runIf(python !== undefined)('agree with scipy as it is installed, for other samples', () => {
    const run = spawnSync(python ?? '', [script, '2'], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expectAgreement(JSON.parse(run.stdout))
  })
})

function expectAgreement(drift: Drift): void {
  const errors = comparisons(drift).map((one) => ({ ...one, error: relativeError(one.ours, one.theirs) }))
  // None is compared with nothing: each kind is there.
  expect(new Set(errors.map(({ what }) => what.split(' ')[0])).size).toBe(21)
  expect(errors.length).toBeGreaterThan(800)
  expect(errors.filter(({ error }) => !(error < 1e-9))).toEqual([])
  expect(drift.ks.map(({ left, right }) => ksTest(left, right).method)).toEqual(drift.ks.map(({ method }) => method))
}

function comparisons(drift: Drift): { what: string; ours: number; theirs: number }[] {
  return [
    ...drift.pairs.flatMap((pair, place) =>
      ofPair(pair).map(([what, ours, theirs]) => ({ what: `${what} of pair ${place}`, ours, theirs })),
    ),
    ...drift.ks.flatMap(({ left, right, statistic, pValue }) => {
      const ours = ksTest(left, right)
      return [
        { what: `D of ${left} and ${right}`, ours: ours.statistic, theirs: statistic },
        { what: `p of ${left} and ${right}`, ours: ours.pValue, theirs: pValue },
      ]
    }),
    ...drift.kolmogorov.map(([d, n, theirs]) => ({
      what: `kolmogorov ${d} ${n}`,
      ours: kolmogorovSurvival(d, n),
      theirs,
    })),
    ...drift.chiSquareSurvival.map(([x, k, theirs]) => ({
      what: `chiSquareSurvival ${x} ${k}`,
      ours: chiSquareSurvival(x, k),
      theirs,
    })),
    ...drift.gamma.flatMap(([a, x, upper, lower]) => {
      const ours = gammaTails(a, x)
      // The smaller tail is the one that is precise.
      return upper < lower
        ? [{ what: `upper ${a} ${x}`, ours: ours.upper, theirs: upper }]
        : [{ what: `lower ${a} ${x}`, ours: ours.lower, theirs: lower }]
    }),
    ...drift.twoProportion.map(([a, n, b, m, theirs]) => ({
      what: `twoProportion ${a}/${n} ${b}/${m}`,
      ours: twoProportionPValue({ successes: a, rows: n }, { successes: b, rows: m }),
      theirs,
    })),
  ]
}

function ofPair(pair: Pair): [string, number, number][] {
  const { left, right, values, edges } = pair
  const list = (counts: number[]) => counts.map((count, bin) => ({ value: values[bin] ?? Number.NaN, count }))
  const chiSquare = chiSquareTest(left, right)
  return [
    ['psi', populationStabilityIndex(left, right), pair.psi],
    ['jensenShannon', jensenShannonDistance(left, right), pair.jensenShannon],
    ['totalVariation', totalVariation(left, right), pair.totalVariation],
    ['largestShareGap', largestShareGap(left, right), pair.largestShareGap],
    ['wasserstein', wassersteinDistance(list(left), list(right)), pair.wasserstein],
    ['histogramWasserstein', histogramWassersteinDistance(edges, left, right), pair.histogramWasserstein],
    ['entropyNats', entropy(left), pair.entropyNats],
    ['entropyBits', entropy(left, 'bits'), pair.entropyBits],
    ['auc', aucFromCounts(left, right), pair.auc],
    ['chiSquare', chiSquare.statistic, pair.chiSquare.statistic],
    ['degreesOfFreedom', chiSquare.degreesOfFreedom, pair.chiSquare.degreesOfFreedom],
    ['chiSquareP', chiSquare.pValue, pair.chiSquare.pValue],
    ['cramersV', chiSquare.cramersV, pair.chiSquare.cramersV],
    ['smallestExpected', chiSquare.smallestExpected, pair.chiSquare.smallestExpected],
  ]
}
