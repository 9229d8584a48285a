import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measurerOf } from '../../src/evaluation/families/measurer-of.ts'
import type { UnitMetrics } from '../../src/evaluation/measurable.ts'
import { measurablesFor } from '../../src/evaluation/measurables.ts'
import { undefinedUnits } from '../../src/evaluation/point-values.ts'
import type { ClassPredictions, Predictions } from '../../src/evaluation/predictions.ts'
import { subset } from '../../src/evaluation/subset.ts'
import { labels, metricsOf, read } from './samples.ts'

/** Names of metrics that lie between 0 and 1, beyond which there is no meaning. */
const fromZeroToOne = /^(accuracy|balanced|precision|recall|specificity|f1|roc_auc|pr_auc|ece|ndcg|map$|mrr|pass_rate)/

function expectSame(actual: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [name, value] of Object.entries(expected)) {
    const own = actual[name] as number
    if (Number.isNaN(value)) expect(own, name).toBeNaN()
    else expect(Math.abs(own - value), name).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)))
  }
}

type Item = { truth: number; predicted: number; score: number; weight: number; query: number }
const item = fc.record({
  truth: fc.nat(3),
  predicted: fc.nat(3),
  score: fc.nat(8).map((value) => value / 8),
  weight: fc.nat(3),
  query: fc.nat(4),
})
const items = fc.array(item, { minLength: 1, maxLength: 40 })
const letters = ['a', 'b', 'c', 'd']

const severalOf = (list: readonly Item[]): ClassPredictions => ({
  ...labels(
    list.map(({ truth }) => truth),
    list.map(({ predicted }) => predicted),
    letters,
  ),
  classScores: letters.map((_name, label) =>
    Float64Array.from(list, ({ predicted, score }) => (predicted === label ? score : (1 - score) / 3)),
  ),
})

/** The same items as predictions of every kind. */
const kinds: Record<string, (list: readonly Item[]) => Predictions> = {
  binary: (list) => ({
    ...labels(
      list.map(({ truth }) => truth % 2),
      list.map(({ predicted }) => predicted % 2),
    ),
    scores: Float64Array.from(list, ({ score }) => score),
    loss: Float64Array.from(list, ({ score }) => 3 * score),
  }),
  several: severalOf,
  numbers: (list) => ({
    kind: 'numbers',
    ids: list.map((_item, row) => `r${row}`),
    truth: Float64Array.from(list, ({ truth }) => 1 + truth),
    predicted: Float64Array.from(list, ({ predicted, score }) => predicted + score),
    scale: Float64Array.from(list, ({ truth }) => 1 + truth),
  }),
  ranking: (list) => ({
    kind: 'ranking',
    ids: list.map((_item, row) => `r${row}`),
    group: { names: ['p', 'q', 'r', 's', 't'], codes: Int32Array.from(list, ({ query }) => query) },
    relevance: Float64Array.from(list, ({ truth }) => truth),
    scores: Float64Array.from(list, ({ score }) => score),
  }),
  outcomes: (list) => ({
    kind: 'outcomes',
    ids: list.map((_item, row) => `r${row}`),
    score: Float64Array.from(list, ({ score }) => score),
    passed: Uint8Array.from(list, ({ truth }) => truth % 2),
  }),
}
const wanted = [
  'recall_at_specificity@0.5',
  'ece@3',
  'pinball@0.25',
  'ndcg',
  'recall@2',
  'precision@2',
  'mrr@1',
  'f1[1]',
]

describe.each(Object.entries(kinds))('metrics of predictions (%s)', (kind, of) => {
  const all = (predictions: Predictions) => metricsOf(predictions, wanted, kind === 'binary')

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(
        items.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list.keys()], { minLength: list.length })),
        ),
        ([list, order]) => {
          expectSame(all(subset(of(list), Uint32Array.from(order))), all(of(list)))
        },
      ),
    )
  })

  it('lie where they can', () => {
    fc.assert(
      fc.property(items, (list) => {
        for (const [name, value] of Object.entries(all(of(list)))) {
          if (Number.isNaN(value)) continue
          expect(Number.isFinite(value), name).toBe(true)
          if (fromZeroToOne.test(name)) expect(value >= 0 && value <= 1 + 1e-12, `${name} ${value}`).toBe(true)
          else if (name === 'mcc' || name === 'kappa') expect(Math.abs(value), name).toBeLessThanOrEqual(1 + 1e-12)
          else if (name !== 'r2') expect(value, name).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  it('with weights are those of rows that stand there so often', () => {
    fc.assert(
      fc.property(items, (list) => {
        const repeated = list.flatMap((one) => Array.from({ length: one.weight }, () => one))
        fc.pre(repeated.length > 0)
        const expected = all(of(repeated))
        for (const family of measurablesFor(of(list), kind === 'binary', wanted)) {
          if (family.kind === 'units') continue
          const values = new Float64Array(family.names.length + 1).fill(-7)
          const { measure } = measurerOf(family, list.length)
          // What was measured before must not matter.
          measure(new Uint32Array(list.length).fill(2), values, 1)
          measure(
            Uint32Array.from(list, ({ weight }) => weight),
            values,
            1,
          )
          expect(values[0]).toBe(-7)
          const actual = family.names.map((name, index) => [name, values[index + 1] as number] as const)
          expectSame(
            Object.fromEntries(actual),
            Object.fromEntries(actual.map(([name]) => [name, expected[name] as number])),
          )
        }
      }),
    )
  })
})

describe('metrics of several classes', () => {
  it('do not depend on what the classes are called', () => {
    const renamed = (list: readonly Item[]): ClassPredictions => {
      const turned = [2, 0, 3, 1]
      const { classScores = [], ...rest } = severalOf(list)
      return {
        ...rest,
        truth: rest.truth.map((label) => turned[label] as number),
        predicted: rest.predicted.map((label) => turned[label] as number),
        classes: letters.map((_name, label) => `n${label}`),
        classScores: letters.map((_name, label) => classScores[turned.indexOf(label)] as Float64Array),
      }
    }
    fc.assert(
      fc.property(items, (list) => {
        const overall = (predictions: Predictions) =>
          Object.fromEntries(Object.entries(metricsOf(predictions, [], false)).filter(([name]) => !name.includes('[')))
        expectSame(overall(renamed(list)), overall(severalOf(list)))
      }),
    )
  })

  it('are the same however many classes there are that nobody sees', () => {
    fc.assert(
      fc.property(items, (list) => {
        const few = labels(
          list.map(({ truth }) => truth),
          list.map(({ predicted }) => predicted),
          letters,
        )
        // Too many for a matrix, so the classes are counted one by one.
        const many = { ...few, classes: [...letters, ...Array.from({ length: 400 }, (_, index) => `x${index}`)] }
        const asked = ['f1[a]', 'precision[b]', 'specificity[c]', 'recall[x7]']
        const { 'recall[x7]': unseen, ...rest } = metricsOf(many, asked, false)
        expect(unseen).toBeNaN()
        const same = metricsOf(few, asked, false)
        expectSame(rest, Object.fromEntries(Object.keys(rest).map((name) => [name, same[name] as number])))
      }),
      { numRuns: 30 },
    )
  })

  it('are given of each of twenty classes, and of more only when they are wanted', () => {
    const of = (count: number) => {
      const numbers = Array.from({ length: count }, (_, label) => label)
      return labels(numbers, numbers, numbers.map(String))
    }
    const single = (count: number, asked: string[] = []) =>
      Object.keys(metricsOf(of(count), asked, false)).filter((name) => name.includes('['))
    expect(single(20)).toHaveLength(60)
    expect(single(21)).toEqual([])
    expect(single(21, ['f1[7]', 'f1[7]', 'f1[99]', 'recall_at_10', 'nonsense'])).toEqual(['f1[7]'])
  })

  it('bear names that mean something to programs', () => {
    const names = ['__proto__', 'constructor', 'a|b', 'a]b[', 'line\nbreak', 'toString', '@', '../x', '']
    const every = names.map((_name, label) => label)
    const metrics = metricsOf(labels(every, every, names), ['specificity[__proto__]'], false)
    for (const name of names.slice(0, -1)) expect(metrics[`f1[${name}]`], name).toBe(1)
    expect(metrics['specificity[__proto__]']).toBe(1)
    expect(metrics.f1_macro).toBe(1)
    const text = 'id,y_true,y_pred,__proto__\na,__proto__,constructor,x\nb,"a|b","a|b",y\n'
    expect(metricsOf(read(text, 'multiclass-classification'))).toMatchObject({ accuracy: 0.5, 'f1[a|b]': 1 })
    expect([...(read(text, 'multiclass-classification').columns?.keys() ?? [])]).toEqual(['__proto__'])
  })

  it('are computed for ten thousand classes', () => {
    const rows = Array.from({ length: 10_000 }, (_, row) => `${row},c${row},c${row % 5000}`)
    const predictions = read(`id,y_true,y_pred\n${rows.join('\n')}\n`, 'multiclass-classification')
    expect(metricsOf(predictions, ['recall[c7]'])).toMatchObject({ accuracy: 0.5, 'recall[c7]': 1 })
  })

  it('are none of probabilities when the scores are none, or not all there', () => {
    const scored = (scores: string) =>
      Object.keys(
        metricsOf(read(`id,y_true,y_score_a,y_score_b\n1,a,${scores}\n2,b,0.2,0.8\n`, 'multiclass-classification')),
      )
    expect(scored('0.7,0.3')).toContain('log_loss')
    expect(scored('0.704,0.3')).toContain('ece')
    expect(scored('0.7,0.1')).not.toContain('log_loss')
    expect(scored('1.2,-0.2')).not.toContain('brier')
    expect(scored('7,-3')).toContain('roc_auc')
    expect(Object.keys(metricsOf(labels([0, 1], [0, 1], ['a', 'b']), [], false))).not.toContain('roc_auc')
  })
})

describe('calibration', () => {
  const five = 'id,y_true,y_score\na,0,0.25\nb,0,0.25\nc,1,0.55\nd,1,0.75\ne,1,0.75\n'

  it('is the published one', () => {
    // The example of the documentation of TorchMetrics.
    expect(metricsOf(read(five), ['ece@2'])['ece@2']).toBeCloseTo(0.29, 12)
  })

  it('has bins that hold their upper edge', () => {
    // 0.5 belongs to the lower of two bins: (|0 - 0.5| + |1 - 0.6|) / 2, where one bin would give |0.5 - 0.55|.
    const edges = 'id,y_true,y_score\na,0,0.5\nb,1,0.6\n'
    expect(metricsOf(read(edges), ['ece@2', 'ece@1'])).toMatchObject({
      'ece@2': expect.closeTo(0.45, 12),
      'ece@1': expect.closeTo(0.05, 12),
    })
    const ends = 'id,y_true,y_score\na,0,0\nb,1,1\nc,1,0.2\nd,0,0.8\n'
    expect(metricsOf(read(ends), ['ece@5'])['ece@5']).toBeCloseTo(0.4, 12)
  })

  it('puts every multiple of a width into the bin below', () => {
    const [family] = measurablesFor(
      read(`id,y_true,y_score\n${Array.from({ length: 16 }, (_, row) => `${row},1,${row / 15}`).join('\n')}\n`),
      true,
    ).filter(({ kind }) => kind === 'calibration')
    expect(family?.kind === 'calibration' && [...family.bin]).toEqual([
      0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    ])
  })
})

describe('bins that a product would round across', () => {
  it('hold their upper edge too', () => {
    const rows = Array.from({ length: 101 }, (_, row) => `${row},1,${(row / 100).toFixed(2)}`)
    const family = measurablesFor(read(`id,y_true,y_score\n${rows.join('\n')}\n`), true, ['ece@100']).find(
      ({ names }) => names.includes('ece@100'),
    )
    expect(family?.kind === 'calibration' && [...family.bin]).toEqual(rows.map((_row, bin) => Math.max(0, bin - 1)))
  })
})

describe('recall at a specificity', () => {
  it('is the highest at a threshold that keeps exactly this share out, and 0 when none does', () => {
    const rows = Array.from({ length: 20 }, (_, row) => `n${row},0,${row === 0 ? 0.9 : 0.1}`)
    const at = (positive: number) =>
      metricsOf(read(`id,y_true,y_score\n${rows.join('\n')}\np,1,${positive}\n`))['recall_at_specificity@0.95']
    expect([at(0.95), at(0.9), at(0.5), at(0.1)]).toEqual([1, 1, 1, 0])
    expect(metricsOf(read('id,y_true,y_score\na,0,0.9\nb,1,0.5\n'))['recall_at_specificity@0.95']).toBe(0)
    expect(metricsOf(read('id,y_true,y_score\na,1,0.9\n'))['recall_at_specificity@0.95']).toBeNaN()
  })
})

describe('queries', () => {
  it('without a relevant item count for nothing, and are counted', () => {
    const predictions = read('query,id,y_true,y_score\nq,a,1,2\nq,b,0,1\nempty,a,0,1\nr,a,0,2\nr,b,3,1\n', 'ranking')
    const [family] = measurablesFor(predictions, false) as [UnitMetrics]
    expect(family.units).toEqual(['empty', 'q', 'r'])
    expect(undefinedUnits(family, 'map')).toBe(1)
    expect(metricsOf(predictions)).toEqual({
      'ndcg@10': expect.closeTo((1 + 1 / Math.log2(3)) / 2, 12),
      map: 0.75,
      mrr: 0.75,
      'recall@10': 1,
    })
    const none = subset(predictions, Uint32Array.of(2))
    expect(metricsOf(none).map).toBeNaN()
  })

  it('of many equal scores take no longer for it', () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `q,${row},${row % 100 === 0 ? 1 : 0},0`)
    const metrics = metricsOf(read(`query,id,y_true,y_score\n${rows.join('\n')}\n`, 'ranking'))
    expect(metrics['recall@10']).toBeCloseTo(10 / 20_000, 12)
    expect(metrics.map).toBeGreaterThan(0.01)
    expect(metrics.map).toBeLessThan(0.011)
  })
})

describe('errors of numbers', () => {
  it('are not defined in percent of nothing', () => {
    const metrics = metricsOf(read('id,y_true,y_pred\na,0,0\nb,2,1\n', 'regression'))
    expect(metrics).toMatchObject({ mae: 0.5, mape: Number.NaN, smape: expect.closeTo(1 / 3, 12), median_ae: 0.5 })
  })

  it('are not infinite either', () => {
    expect(metricsOf(read('id,y_true,y_pred\na,0,1\nb,2,1\n', 'regression')).mape).toBeNaN()
  })

  it('know rows that are all the same from rows that hardly differ', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 9 }), (one, other, times) => {
        const rows = `a,${one},1\nb,${one},2\nc,${other},3\n`
        const [family] = measurablesFor(read(`id,y_true,y_pred\n${rows}`, 'regression'), false)
        if (family?.kind !== 'means') throw new Error('no means')
        const values = new Float64Array(family.names.length)
        measurerOf(family, 3).measure(Uint32Array.of(times, 3, 0), values, 0)
        expect(values[family.names.indexOf('r2')]).toBeNaN()
      }),
    )
    expect(metricsOf(read('id,y_true,y_pred\na,1e9,1e9\nb,1000000001,1e9\n', 'regression')).r2).toBeCloseTo(-1, 6)
  })

  it('have no scale where the naive forecast was always right, and none in a regression', () => {
    const text = 'id,y_true,y_pred,scale\na,1,2,0\nb,2,1,1\n'
    expect(metricsOf(read(text, 'forecasting')).mase).toBeNaN()
    expect(Object.keys(metricsOf(read(text, 'regression')))).not.toContain('mase')
  })

  it('overflow to nothing that could pass', () => {
    const metrics = metricsOf(read('id,y_true,y_pred\na,1e308,-1e308\nb,-1e308,1e308\n', 'regression'))
    for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(false)
  })
})
