import { describe, expect, it } from 'vitest'
import { type BinaryWorld, binaryPair, numberPair, type Pair } from '../../bench/evaluation/models.ts'
import { alpha, type Rates, rates, trueDifferences } from '../../bench/evaluation/simulate.ts'

/*
 * The short version of bench/evaluation/error-rates.ts, with fixed seeds: how often equally good models are found worse, and
 * how often a model that is worse by exactly the margin passes.
 */

const metrics = ['accuracy', 'precision', 'f1', 'roc_auc', 'pr_auc', 'log_loss', 'brier']

/** Three standard errors of a share of `expected` in so many trials. */
const noise = (expected: number, trials: number): number => 3 * Math.sqrt((expected * (1 - expected)) / trials)

const found = (all: ReadonlyMap<string, Rates>, name: string): Rates => {
  const one = all.get(name)
  if (one === undefined) throw new Error(name)
  return one
}

describe('equally good models are found worse no more often than alpha', () => {
  const trials = 160

  const expectFewAlarms = (all: ReadonlyMap<string, Rates>): void => {
    for (const [name, { alarms, swapped }] of all) {
      // Either model may be the new one: twice as many trials.
      expect([name, (alarms + swapped) / (2 * trials) <= alpha + noise(alpha, 2 * trials)]).toEqual([name, true])
    }
  }

  it.each<[string, BinaryWorld]>([
    ['200 rows', { rows: 200, prevalence: 0.5 }],
    ['600 rows, few positives', { rows: 600, prevalence: 0.1 }],
    ['40 groups', { rows: 800, prevalence: 0.3, groupSize: 20 }],
  ])('%s', (name, world) => {
    expectFewAlarms(rates((seed) => binaryPair(world, `${name} ${seed}`), metrics, trials, new Map()))
  })

  it.each(['normal', 'heavy'] as const)('regression with %s errors', (errors) => {
    const make = (seed: string): Pair => numberPair({ rows: 100, errors }, `${errors} ${seed}`)
    expectFewAlarms(rates(make, ['mae', 'rmse', 'r2'], trials, new Map(), false))
  })
})

describe('a model that is worse by exactly the margin seldom passes', () => {
  const trials = 160

  it.each<[string, BinaryWorld]>([
    ['30 of 400 positive, all a little worse', { rows: 400, prevalence: 0.075, worse: 0.6 }],
    ['30 of 400 positive, a tenth of them hopeless', { rows: 400, prevalence: 0.075, hopeless: 0.1 }],
    ['2,000 rows, all a little worse', { rows: 2000, prevalence: 0.3, worse: 0.6 }],
  ])('%s', (name, world) => {
    const judged = ['f1', 'roc_auc', 'log_loss', 'brier']
    const truth = trueDifferences((seed) => binaryPair({ ...world, rows: 200_000 }, seed), judged)
    const margins = new Map([...truth].map(([metric, value]) => [metric, -value]))
    const all = rates((seed) => binaryPair(world, `${name} ${seed}`), judged, trials, margins)
    for (const metric of judged) {
      expect(margins.get(metric)).toBeGreaterThan(0)
      // Approximate intervals of few rows err a little more often than they say; resamples and plain t intervals up to 0.19.
      expect([metric, found(all, metric).passes / trials <= 0.08 + noise(0.08, trials)]).toEqual([metric, true])
    }
  })

  it('and one that is much worse is found out', () => {
    const world = { rows: 1000, prevalence: 0.3, worse: 2 }
    const all = rates((seed) => binaryPair(world, seed), ['accuracy', 'f1', 'roc_auc', 'brier'], 50, new Map())
    for (const [name, { alarms, passes }] of all) expect([name, alarms, passes]).toEqual([name, 50, 0])
  })
})
