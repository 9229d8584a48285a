import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binaryPair, numberPair, severalPair } from '../../bench/evaluation/models.ts'
import { formulasOf } from '../../src/compare/count-formulas.ts'
import { clustersFrom, type Inquiry } from '../../src/compare/inquiry.ts'
import { type Measured, type MeasureRequest, measure, measureFamilies } from '../../src/compare/measure.ts'
import { binaryLabels } from '../../src/evaluation/families/binary-labels.ts'
import { severalLabels } from '../../src/evaluation/families/several-labels.ts'
import type { MeanMetrics, Measurable, UnitMetrics } from '../../src/evaluation/measurable.ts'
import { parseMetricName } from '../../src/evaluation/metric-names.ts'
import type { ClassPredictions, Predictions } from '../../src/evaluation/predictions.ts'
import { subset } from '../../src/evaluation/subset.ts'
import { delongCovariance, placementsOf } from '../../src/stats/delong.ts'
import { pairedDifferenceInterval } from '../../src/stats/proportion.ts'
import { seededRandom } from '../../src/stats/random.ts'
import { rankedRows } from '../../src/stats/ranked-rows.ts'
import { studentQuantile } from '../../src/stats/student.ts'

const all = ['accuracy', 'recall', 'precision', 'f1', 'mcc', 'kappa', 'roc_auc', 'pr_auc', 'log_loss', 'brier', 'ece']
const recallAt = 'recall_at_specificity@0.9'
const alphas = [{ alpha: 0.05, metrics: [...all, recallAt] }]

function measured(pair: Pick<MeasureRequest, 'fresh' | 'base'>, more: Partial<MeasureRequest> = {}) {
  return measure({ binary: true, alphas, seed: 'test', ...pair, ...more })
}

const inquiryOf = (rows: number, more: Partial<Inquiry> = {}): Inquiry => ({
  needs: [{ alpha: 0.05, metrics: [] }],
  seed: 'test',
  rows,
  clusters: null,
  labels: { fresh: ['0', '1'], base: ['0', '1'] },
  classRows: [],
  isWanted: () => true,
  ...more,
})

const bounds = (one: Measured | undefined): [number, number] => {
  const interval = one?.intervals[0]
  if (interval === undefined) throw new Error(`no interval: ${one?.method}`)
  return [interval.lower, interval.upper]
}
const widthOf = (one: Measured | undefined): number => bounds(one)[1] - bounds(one)[0]

const means = (columns: Float64Array[], names: string[]): MeanMetrics => ({
  kind: 'means',
  names,
  columns,
  fromMeans: (values, out, offset) => out.set(values, offset),
})

describe('the method follows from how a metric is made', () => {
  const pair = binaryPair({ rows: 600, prevalence: 0.3 }, 'methods')
  const { fresh, differences } = measured(pair)

  it.each([
    ['accuracy', /^Tango score interval on 600 paired rows; exact McNemar$/, /^Wilson, 600 rows$/],
    ['recall', /^Tango score interval on \d+ paired rows/, /^Wilson, \d+ rows$/],
    ['precision', /^paired cell bootstrap, 600 rows and 4 made-up ones, 10,000 resamples$/, /^Wilson, \d+ rows$/],
    ['f1', /^paired cell bootstrap/, /^cell bootstrap, 600 rows with and without 4 made-up ones, 10,000 resamples$/],
    ['kappa', /^paired cell bootstrap/, /^cell bootstrap/],
    [
      'roc_auc',
      /^paired DeLong with skewness minded, \d+ positive and \d+ negative rows$/,
      /^DeLong on the logit scale/,
    ],
    ['pr_auc', /^paired infinitesimal jackknife/, /^infinitesimal jackknife on the logit scale, 600 rows$/],
    ['log_loss', /^paired t interval with skewness minded, 600 rows$/, /^t interval with skewness minded, 600 rows$/],
    ['ece', /^paired t interval with the bias of noise allowed for, 600 rows$/, /^t interval with the bias of noise/],
    [recallAt, /^paired bootstrap over the ranks of the scores, with 2 made-up rows/, /^bootstrap over the ranks/],
  ])('%s', (name, difference, side) => {
    expect(differences.get(name)?.method).toMatch(difference)
    expect(fresh.get(name)?.method).toMatch(side)
    for (const one of [differences.get(name), fresh.get(name)]) {
      const [lower, upper] = bounds(one)
      expect(lower).toBeLessThanOrEqual(one?.value as number)
      expect(upper).toBeGreaterThanOrEqual(one?.value as number)
      expect(upper).toBeGreaterThan(lower)
    }
  })

  it('and the formula is known without its name', () => {
    const names = ['precision[0]', 'recall[0]', 'specificity[1]', 'f1[0]'].map((name) => {
      const parsed = parseMetricName(name)
      if (parsed === undefined) throw new Error(name)
      return parsed
    })
    const family = binaryLabels(pair.fresh as ClassPredictions, names)
    const kinds = new Map(formulasOf(family).map(({ kind }, place) => [family.names[place], kind]))
    expect(Object.fromEntries(kinds)).toEqual({
      accuracy: 'share',
      balanced_accuracy: 'other',
      precision: 'precision',
      recall: 'share',
      specificity: 'share',
      f1: 'f1',
      mcc: 'other',
      kappa: 'other',
      'precision[0]': 'precision',
      'recall[0]': 'share',
      'specificity[1]': 'share',
      'f1[0]': 'f1',
    })
    const several = severalLabels(severalPair({ rows: 50, shares: [0.4, 0.3, 0.3] }, 'x').fresh as ClassPredictions, [])
    if (several.kind !== 'counts') throw new Error(several.kind)
    const shares = formulasOf(several).flatMap(({ kind }, place) => (kind === 'share' ? [several.names[place]] : []))
    expect(shares).toEqual([
      'accuracy',
      'precision_micro',
      'recall_micro',
      'f1_micro',
      'recall_weighted',
      'recall[c0]',
      'recall[c1]',
      'recall[c2]',
    ])
  })

  it('recall of a class of several is over its own rows, by name on either side', () => {
    const { base, fresh: now } = severalPair({ rows: 400, shares: [0.4, 0.3, 0.3] }, 'names') as {
      base: ClassPredictions
      fresh: ClassPredictions
    }
    // The base knows a class more, which comes first in its list.
    const shifted = {
      ...base,
      classes: ['a', ...base.classes],
      truth: base.truth.map((label) => label + 1),
      predicted: base.predicted.map((label, row) => (row % 97 === 0 ? 0 : label + 1)),
    }
    const more = { binary: false, alphas: [{ alpha: 0.05, metrics: ['recall[c1]'] }] }
    const recall = measured({ base: shifted, fresh: now }, more).differences.get('recall[c1]')
    const cells = { bothRight: 0, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
    for (const [row, label] of now.truth.entries()) {
      if (label !== 1) continue
      const [before, after] = [shifted.predicted[row] === 2, now.predicted[row] === 1]
      cells[before ? (after ? 'bothRight' : 'onlyBaseRight') : after ? 'onlyNewRight' : 'bothWrong']++
    }
    const { lower, upper } = pairedDifferenceInterval(cells, 0.05)
    expect(bounds(recall)).toEqual([lower, upper])
  })

  it('a mean of 0 and 1 is a share, and any other is not', () => {
    const [one, other] = [0.3, 0.4].map((share) =>
      Float64Array.from({ length: 50 }, (_, row) => (row / 50 < share ? 1 : 0)),
    )
    const family = (column: Float64Array): MeanMetrics[] => [means([column], ['pass_rate'])]
    const both = measureFamilies(family(other as Float64Array), family(one as Float64Array), inquiryOf(50))
    expect(both.fresh.get('pass_rate')?.method).toBe('Wilson, 50 rows')
    expect(both.differences.get('pass_rate')).toMatchObject({
      method: 'Tango score interval on 50 paired rows; exact McNemar',
      pValue: expect.closeTo(0.0625, 12),
    })
    const graded = (other as Float64Array).map((value, row) => (row === 3 ? 0.5 : value))
    const mixed = measureFamilies(family(graded), family(one as Float64Array), inquiryOf(50))
    expect(mixed.differences.get('pass_rate')?.method).toMatch(/t interval/)
  })
})

it('accuracy stays a share with more classes than cells are counted for', () => {
  const pair = severalPair({ rows: 900, shares: new Array(300).fill(1 / 300) }, 'many classes')
  const { fresh, differences } = measured(pair, { binary: false, only: ['accuracy', 'mcc'] })
  expect(fresh.get('accuracy')?.method).toBe('Wilson, 900 rows')
  expect(differences.get('accuracy')?.pValue).toBeDefined()
  expect(differences.get('mcc')?.method).toMatch(/^paired bootstrap over 900 rows/)
})

describe('values and intervals', () => {
  it('of an area are those of DeLong where nothing is skewed', () => {
    const { base, fresh } = binaryPair({ rows: 20_000, prevalence: 0.5 }, 'delong') as {
      base: ClassPredictions
      fresh: ClassPredictions
    }
    const positive = Uint8Array.from(fresh.truth)
    const [a, b] = [base, fresh].map((side) => placementsOf(rankedRows(positive, side.scores as Float64Array)))
    if (a === undefined || b === undefined) throw new Error('two sides')
    const variance =
      delongCovariance(positive, a, a) + delongCovariance(positive, b, b) - 2 * delongCovariance(positive, a, b)
    const auc = measured({ base, fresh }).differences.get('roc_auc')
    const half = studentQuantile(0.95, 1e6) * Math.sqrt(variance)
    const [lower, upper] = bounds(auc)
    expect(auc?.value).toBeCloseTo(b.auc - a.auc, 12)
    expect(lower / (b.auc - a.auc - half)).toBeCloseTo(1, 2)
    expect((upper - lower) / (2 * half)).toBeCloseTo(1, 2)
  })

  it('of the confusion matrix are those of a bootstrap over rows', () => {
    const pair = binaryPair({ rows: 300, prevalence: 0.4 }, 'cells') as {
      base: ClassPredictions
      fresh: ClassPredictions
    }
    const random = seededRandom('rows')
    const replicates = 4000
    const f1 = (side: ClassPredictions, rows: Uint32Array): number => {
      let [hits, claims] = [0, 0]
      for (const row of rows) {
        hits += (side.truth[row] as number) * (side.predicted[row] as number)
        claims += (side.truth[row] as number) + (side.predicted[row] as number)
      }
      return (2 * hits) / claims
    }
    const drawn = Float64Array.from({ length: replicates }, () =>
      f1(
        pair.fresh,
        Uint32Array.from({ length: 300 }, () => random.below(300)),
      ),
    ).sort()
    const [lower, upper] = bounds(measured(pair).fresh.get('f1'))
    const width = upper - lower
    expect(Math.abs(lower - (drawn[200] as number)) / width).toBeLessThan(0.08)
    expect(Math.abs(upper - (drawn[3800] as number)) / width).toBeLessThan(0.08)
  })

  it('of one side do not promise what few rows cannot: of 30 positives, all found, some may be lost', () => {
    const truth = Int32Array.from({ length: 400 }, (_, row) => (row < 30 ? 1 : 0))
    const predicted = truth.map((label, row) => (row === 399 ? 1 : label))
    const fresh: ClassPredictions = {
      kind: 'classes',
      ids: Array.from(truth, (_, row) => `${row}`),
      classes: ['0', '1'],
      truth,
      predicted,
      scores: null,
    }
    const [lower, upper] = bounds(measured({ fresh, base: null }).fresh.get('balanced_accuracy'))
    // Up to 3 of 30 may be lost unseen: 0.05 of the balanced accuracy.
    expect(lower).toBeLessThan(0.97)
    expect(upper).toBe(1)
  })

  it.each([[recallAt, 0.12]])('of %s are those of a bootstrap over rows', (name, tolerance) => {
    const pair = binaryPair({ rows: 1500, prevalence: 0.4 }, name)
    const quick = measured(pair, { only: [name] }).differences.get(name)
    // The same through whole rows, as clusters of one row each.
    const group = { names: [], codes: Int32Array.from({ length: 1500 }, (_, row) => row) }
    const slow = measured({ base: { ...pair.base, group }, fresh: { ...pair.fresh, group } }, { only: [name] })
    expect(slow.differences.get(name)?.method).toMatch(/cluster bootstrap over 1,500 groups/)
    expect(quick?.value).toBeCloseTo(slow.differences.get(name)?.value ?? Number.NaN, 12)
    expect(widthOf(quick) / widthOf(slow.differences.get(name))).toBeGreaterThan(1 - tolerance)
    expect(widthOf(quick) / widthOf(slow.differences.get(name))).toBeLessThan(1 + tolerance)
  })

  it('turn with the sides: exactly where they are closed, and within the noise of resamples elsewhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 150, max: 400 }),
        fc.constantFrom(0.3, 0.5),
        fc.nat(1e6),
        (rows, prevalence, seed) => {
          const { base, fresh } = binaryPair({ rows, prevalence, worse: 0.3 }, `turn ${seed}`)
          const [there, back] = [measured({ base, fresh }), measured({ base: fresh, fresh: base })]
          for (const [name, one] of there.differences) {
            const other = back.differences.get(name)
            expect(other?.value).toBeCloseTo(-one.value, 12)
            expect(other?.intervals.length).toBe(one.intervals.length)
            if (one.intervals.length === 0) continue
            const closed = ['accuracy', 'recall', 'specificity', 'roc_auc', 'pr_auc', 'log_loss', 'brier'].includes(
              name,
            )
            const limit = closed ? 1e-9 : 0.15 * widthOf(one)
            expect(Math.abs(bounds(one)[0] + bounds(other)[1])).toBeLessThan(limit)
            expect(Math.abs(bounds(one)[1] + bounds(other)[0])).toBeLessThan(limit)
          }
        },
      ),
      { numRuns: 8 },
    )
  })

  it('do not depend on the order of the rows', () => {
    const { base, fresh } = binaryPair({ rows: 500, prevalence: 0.3 }, 'order')
    const random = seededRandom('order')
    const order = Int32Array.from({ length: 500 }, (_, row) => row)
    for (let row = 499; row > 0; row--) {
      const other = random.below(row + 1)
      const kept = order[row] as number
      order[row] = order[other] as number
      order[other] = kept
    }
    const [one, other] = [
      measured({ base, fresh }),
      measured({ base: subset(base, order), fresh: subset(fresh, order) }),
    ]
    for (const side of ['fresh', 'base', 'differences'] as const) {
      for (const [name, { intervals }] of one[side]) {
        const [found] = other[side].get(name)?.intervals ?? []
        expect([name, found?.lower, found?.upper]).toEqual([
          name,
          intervals[0] === undefined ? undefined : expect.closeTo(intervals[0].lower, 9),
          intervals[0] === undefined ? undefined : expect.closeTo(intervals[0].upper, 9),
        ])
      }
    }
  })

  it('stay where the metric can be', () => {
    const { base, fresh } = binaryPair({ rows: 120, prevalence: 0.5, strong: true }, 'ends')
    const result = measured({ base, fresh })
    for (const side of [result.fresh, result.base]) {
      for (const name of [...all, recallAt].filter((one) => one !== 'mcc' && one !== 'kappa')) {
        const [interval] = side.get(name)?.intervals ?? []
        if (interval === undefined) continue
        expect([name, interval.lower >= 0]).toEqual([name, true])
        if (name !== 'log_loss') expect([name, interval.upper <= 1]).toEqual([name, true])
      }
    }
  })
})

describe('rows that belong together', () => {
  const pair = binaryPair({ rows: 1000, prevalence: 0.3, groupSize: 25 }, 'groups')

  it('are resampled together, and no method is used that takes them as independent', () => {
    const { fresh, differences } = measured(pair)
    for (const name of [...all, recallAt]) {
      expect([name, differences.get(name)?.method]).toEqual([name, expect.stringMatching(/40 groups of rows/)])
      expect(differences.get(name)?.pValue).toBeUndefined()
      expect(widthOf(differences.get(name))).toBeGreaterThan(0)
    }
    expect(fresh.get('roc_auc')?.method).toBe(
      'DeLong on the logit scale over 40 groups of rows (rows of a group are not independent)',
    )
    const alone = measured({ base: without(pair.base), fresh: without(pair.fresh) })
    for (const name of ['accuracy', 'brier']) {
      expect([name, widthOf(fresh.get(name)) / widthOf(alone.fresh.get(name)) > 1.2]).toEqual([name, true])
    }
  })

  it('are too few below 20 groups', () => {
    const groups = (count: number) => ({ names: [], codes: Int32Array.from({ length: 1000 }, (_, row) => row % count) })
    const result = (count: number) =>
      measured({ base: { ...pair.base, group: groups(count) }, fresh: { ...pair.fresh, group: groups(count) } })
    for (const name of all) {
      expect(result(19).differences.get(name)).toMatchObject({
        intervals: [],
        method: 'no interval: rows of one group are not independent, and there are 19 groups where 20 are needed',
      })
    }
    expect(result(20).differences.get('f1')?.intervals).toHaveLength(1)
  })

  it('are numbered by their codes, whatever the order of the rows', () => {
    expect([...clustersFrom(Int32Array.from([7, 3, 7, 9])).of]).toEqual([1, 0, 1, 2])
  })
})

function without<P extends Predictions>(predictions: P): P {
  const { group: _, ...rest } = predictions
  return rest as P
}

describe('units', () => {
  const units = (shift: number, names: string[]): UnitMetrics => ({
    kind: 'units',
    names: ['ndcg'],
    units: names,
    values: [
      Float64Array.from(names, (_, unit) => (unit === 3 ? Number.NaN : ((unit * 7) % 11) / 11 + shift * (unit % 5))),
    ],
  })
  const names = Array.from({ length: 60 }, (_, unit) => `q${unit}`)

  it('are paired by name, and those that define nothing do not count', () => {
    const there = measureFamilies([units(0.01, names)], [units(0, names)], inquiryOf(600))
    expect(there.differences.get('ndcg')?.method).toBe('paired t interval with skewness minded, 59 units')
    // In another order on one side, units still meet their own.
    const turned = units(0, names)
    const reversed: UnitMetrics = {
      ...turned,
      units: names.toReversed(),
      values: [(turned.values[0] as Float64Array).toReversed()],
    }
    const mixed = measureFamilies([units(0.01, names)], [reversed], inquiryOf(600))
    expect(widthOf(mixed.differences.get('ndcg'))).toBeCloseTo(widthOf(there.differences.get('ndcg')), 12)
    expect(widthOf(there.differences.get('ndcg'))).toBeLessThan(0.1 * widthOf(there.fresh.get('ndcg')))
  })

  it('are independent of one another even where rows are not', () => {
    const clusters = { count: 3, of: new Int32Array(600) }
    const found = measureFamilies([units(0, names)], null, inquiryOf(600, { clusters }))
    expect(found.fresh.get('ndcg')?.intervals).toHaveLength(1)
  })
})

describe('no certainty', () => {
  const losses = (of: (row: number) => number, rows = 200): Measurable[] => [
    means([Float64Array.from({ length: rows }, (_, row) => of(row))], ['loss']),
  ]
  const noise = (row: number): number => ((row * 37) % 101) / 101

  it('comes from losses that are equal everywhere, or that differ alike on every row', () => {
    const same = measureFamilies(losses(noise), losses(noise), inquiryOf(200))
    const shifted = measureFamilies(
      losses((row) => noise(row) + 0.1),
      losses(noise),
      inquiryOf(200),
    )
    for (const found of [same, shifted]) {
      expect(found.differences.get('loss')).toMatchObject({
        intervals: [],
        method: 'no interval: all rows say the same',
      })
    }
  })

  it('comes from rare large losses: the interval reaches farther on their side than the plain one', () => {
    const rare = (row: number): number => (row < 6 ? 1 : 0.01 * noise(row))
    const found = measureFamilies(
      losses((row) => noise(row) + rare(row), 60),
      losses(noise, 60),
      inquiryOf(60),
    )
    const values = Float64Array.from({ length: 60 }, (_, row) => rare(row))
    const mean = values.reduce((sum, value) => sum + value, 0) / 60
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (60 * 59))
    const half = studentQuantile(0.95, 59) * error
    const [lower, upper] = bounds(found.differences.get('loss'))
    expect(upper - mean).toBeGreaterThan(1.25 * half)
    // On the other side the plain bound is the wider one.
    expect(lower).toBeCloseTo(mean - half, 10)
  })

  it('comes from one row that outweighs all others', () => {
    const wild = measureFamilies(
      losses((row) => noise(row) + (row === 5 ? 1e6 : 0)),
      losses(noise),
      inquiryOf(200),
    )
    expect(wild.differences.get('loss')).toMatchObject({
      intervals: [],
      method: 'no interval: its variance rests on 1 row alone',
    })
  })

  it('comes from a value that is no number', () => {
    const broken = measureFamilies(
      losses((row) => (row === 5 ? Number.NaN : noise(row))),
      losses(noise),
      inquiryOf(200),
    )
    expect(broken.differences.get('loss')).toMatchObject({
      intervals: [],
      method: 'no interval: these rows do not define it',
    })
    const endless = measureFamilies(
      losses((row) => (row === 5 ? Number.POSITIVE_INFINITY : noise(row))),
      losses(noise),
      inquiryOf(200),
    )
    expect(endless.differences.get('loss')?.intervals).toEqual([])
  })

  it('comes from a class that is not there', () => {
    const { fresh, base } = binaryPair({ rows: 100, prevalence: 0.5 }, 'one class')
    const negatives = Int32Array.from((fresh as ClassPredictions).truth.keys()).filter(
      (row) => (fresh as ClassPredictions).truth[row] === 0,
    )
    const { differences } = measured({ base, fresh }, { rows: negatives })
    for (const name of ['recall', 'roc_auc', 'pr_auc', recallAt]) {
      expect([name, differences.get(name)?.intervals]).toEqual([name, []])
      expect(differences.get(name)?.value).toBeNaN()
    }
  })
})

describe('a part of the rows', () => {
  const { base, fresh } = binaryPair({ rows: 900, prevalence: 0.4 }, 'slice')
  const rows = Int32Array.from({ length: 300 }, (_, row) => 3 * row)

  it('is measured as if there were no others, and only what is asked', () => {
    const part = measured({ base, fresh }, { rows, only: ['accuracy', 'roc_auc'] })
    const whole = measured({ base: subset(base, rows), fresh: subset(fresh, rows) })
    expect([...part.differences.keys()].sort()).toEqual(['accuracy', 'roc_auc'])
    expect([...part.fresh.keys()].sort()).toEqual(['accuracy', 'roc_auc'])
    for (const name of ['accuracy', 'roc_auc']) expect(part.differences.get(name)).toEqual(whole.differences.get(name))
  })

  it('does not change what is resampled: a metric has the same interval whoever else is asked', () => {
    const alone = measured({ base, fresh }, { only: ['f1'] })
    expect(alone.differences.get('f1')).toEqual(measured({ base, fresh }).differences.get('f1'))
  })
})

it('what only the base has is measured too', () => {
  const family = (names: string[]): Measurable[] => [
    means(
      names.map((_, index) => Float64Array.from({ length: 100 }, (__, row) => ((row * 7 + index) % 13) / 13)),
      names,
    ),
  ]
  const found = measureFamilies(family(['a']), family(['a', 'b']), inquiryOf(100))
  expect([...found.fresh.keys(), ...found.base.keys(), ...found.differences.keys()]).toEqual(['a', 'a', 'b', 'a'])
  const { base, fresh } = numberPair({ rows: 100, errors: 'normal' }, 'names')
  expect(measured({ base, fresh }, { binary: false }).differences.get('mae')?.intervals).toHaveLength(1)
})
