import { expect, it } from 'vitest'
import { compareSlices } from '../../src/compare/slices.ts'
import type { ClassPredictions } from '../../src/evaluation/predictions.ts'
import { judge, neededEvidence } from '../../src/gate/judge.ts'
import { seededRandom } from '../../src/stats/random.ts'
import { recordOf } from '../compare/records.ts'
import { comparisonOf, policyOf } from './comparisons.ts'

/*
 * "No slice got worse" asks eight times, so without a correction equally good models would be failed in a third of all cases. Each model is
 * wrong on rows of its own, in every slice as often as the other.
 */
const [slices, rowsOfEach, runs, alpha] = [8, 120, 300, 0.05]
const rule = { by: ['city'], 'min-n': 30, rule: { 'non-inferior': { metric: 'accuracy', margin: 0.01, alpha } } }

/** A random pair of equally good models, and how much worse the new one is in the first slice. */
function pairOf(seed: string, worse = 0): { base: ClassPredictions; fresh: ClassPredictions } {
  const random = seededRandom(seed)
  const rows = slices * rowsOfEach
  const truth = Int32Array.from({ length: rows }, () => (random.uniform() < 0.4 ? 1 : 0))
  const codes = Int32Array.from({ length: rows }, (_, row) => row % slices)
  const side = (drop: number): ClassPredictions => ({
    kind: 'classes',
    ids: Array.from({ length: rows }, (_, row) => `r${row}`),
    classes: ['0', '1'],
    truth,
    predicted: truth.map((label, row) => (random.uniform() < 0.12 + (codes[row] === 0 ? drop : 0) ? 1 - label : label)),
    scores: null,
    columns: new Map([['city', { names: Array.from({ length: slices }, (_, slice) => `c${slice}`), codes }]]),
  })
  return { base: side(0), fresh: side(worse) }
}

function verdictOf(pair: ReturnType<typeof pairOf>, correction: 'holm' | 'none'): string {
  const policy = policyOf([{ slices: { ...rule, correction } }])
  const record = recordOf()
  const { slices: compared } = compareSlices({
    needs: neededEvidence([policy]).slices,
    ...pair,
    binary: true,
    seed: 'slices',
    definitions: {},
    records: { fresh: record, base: record },
    sameBecause: undefined,
  })
  return judge(comparisonOf([], { slices: compared, sliceColumns: ['city'] }), policy).verdict
}

function shareOfFails(correction: 'holm' | 'none', worse = 0): number {
  let fails = 0
  for (let run = 0; run < runs; run++) if (verdictOf(pairOf(`${run}`, worse), correction) === 'fail') fails++
  return fails / runs
}

it('equally good models are failed by one of eight slices no more often than alpha, corrected', () => {
  // Three standard errors of a share of about alpha.
  expect(shareOfFails('holm')).toBeLessThanOrEqual(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs))
})

it('without the correction they would be, several times as often', () => {
  expect(shareOfFails('none')).toBeGreaterThan(2 * alpha)
})

it('one slice that is hurt is found all the same', () => {
  expect(shareOfFails('holm', 0.3)).toBeGreaterThan(0.9)
})
