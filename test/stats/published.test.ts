import { describe, expect, it } from 'vitest'
import { benjaminiHochbergAdjusted } from '../../src/stats/benjamini-hochberg.ts'
import { clopperPearsonInterval, correctedMcNemar, exactMcNemar } from '../../src/stats/binomial.ts'
import { calibrationErrorOf } from '../../src/stats/calibration-error.ts'
import { holmAdjusted } from '../../src/stats/holm.ts'
import { correctedWilsonInterval, wilsonInterval } from '../../src/stats/proportion.ts'
import { studentQuantile } from '../../src/stats/student.ts'

/** Values as they are printed in the literature. */

const bounds = ({ lower, upper }: { lower: number; upper: number }): string[] => [lower.toFixed(4), upper.toFixed(4)]

describe('Newcombe 1998, table I: 95 % intervals of a proportion', () => {
  it.each([
    [81, 263, '0.2553 0.3662', '0.2535 0.3682', '0.2527 0.3676'],
    [15, 148, '0.0624 0.1605', '0.0598 0.1644', '0.0578 0.1617'],
    [0, 20, '0.0000 0.1611', '0.0000 0.2005', '0.0000 0.1684'],
    [1, 29, '0.0061 0.1718', '0.0018 0.1963', '0.0009 0.1776'],
  ])('%d of %d', (successes, rows, wilson, corrected, exact) => {
    expect(bounds(wilsonInterval(successes, rows, 0.025)).join(' ')).toBe(wilson)
    expect(bounds(correctedWilsonInterval(successes, rows, 0.025)).join(' ')).toBe(corrected)
    expect(bounds(clopperPearsonInterval(successes, rows, 0.025)).join(' ')).toBe(exact)
  })

  it('mirrors the corrected one exactly', () => {
    const [low, high] = [correctedWilsonInterval(3, 20, 0.05), correctedWilsonInterval(17, 20, 0.05)]
    expect([1 - high.upper, 1 - high.lower]).toEqual([expect.closeTo(low.lower, 14), expect.closeTo(low.upper, 14)])
    expect(correctedWilsonInterval(20, 20, 0.05).upper).toBe(1)
  })
})

describe('the three tests of McNemar', () => {
  it.each([
    [86, 150, 16.8178, 4.115e-5, 3.716e-5, 2.893e-5],
    [25, 15, 2.025, 0.15473, 0.15386, 0.11728],
    [11, 1, 6.75, 0.009375, 0.006348, 0.003418],
  ])('on %d and %d rows', (b, c, statistic, p, exact, mid) => {
    const digits = (value: number): string => value.toPrecision(4)
    const corrected = correctedMcNemar(b, c)
    expect([corrected.statistic, corrected.pValue].map(digits)).toEqual([statistic, p].map(digits))
    expect([exactMcNemar(b, c).pValue, exactMcNemar(b, c).midP].map(digits)).toEqual([exact, mid].map(digits))
  })

  it('see no difference where there is none', () => {
    expect(correctedMcNemar(0, 0)).toEqual({ statistic: 0, pValue: 1 })
    expect(correctedMcNemar(7, 7)).toEqual({ statistic: 0, pValue: 1 })
  })
})

it('Benjamini and Hochberg 1995: four of fifteen are rejected, three by Bonferroni and Holm', () => {
  const p = [
    1e-4, 4e-4, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ]
  const rejected = (values: readonly number[]): number => values.filter((value) => value <= 0.05).length
  expect(rejected(benjaminiHochbergAdjusted(p))).toBe(4)
  expect(rejected(p.map((value) => value * p.length))).toBe(3)
  expect(rejected(holmAdjusted(p))).toBe(3)
  // In the order given, whatever that is.
  expect(benjaminiHochbergAdjusted([...p].reverse())).toEqual([...benjaminiHochbergAdjusted(p)].reverse())
  expect(benjaminiHochbergAdjusted([])).toEqual([])
  expect(() => benjaminiHochbergAdjusted([0.1, 1.1])).toThrow(RangeError)
})

it('calibration of five rows in two bins', () => {
  const error = calibrationErrorOf([2, 3, 0], [-0.5, 3 - 0.55 - 0.75 - 0.75, 0])
  expect(error.expected).toBeCloseTo(0.29, 12)
  expect(error.rootMeanSquare.toFixed(4)).toBe('0.2918')
  expect(error.maximum.toFixed(4)).toBe('0.3167')
  expect(calibrationErrorOf([0], [0]).expected).toBeNaN()
  expect(() => calibrationErrorOf([1], [])).toThrow(RangeError)
  expect(() => calibrationErrorOf([-1], [0])).toThrow(RangeError)
})

it('Student 1908 and every table since: quantiles of t', () => {
  const table = [
    [1, '6.314 12.706'],
    [2, '2.920 4.303'],
    [10, '1.812 2.228'],
    [30, '1.697 2.042'],
    [120, '1.658 1.980'],
  ] as const
  for (const [degrees, printed] of table) {
    expect([0.95, 0.975].map((p) => studentQuantile(p, degrees).toFixed(3)).join(' ')).toBe(printed)
  }
  // Where the series takes over from the search.
  expect(studentQuantile(0.01, 10_000) / studentQuantile(0.01, 9999.999999)).toBeCloseTo(1, 11)
  expect(studentQuantile(0, 3)).toBe(Number.NEGATIVE_INFINITY)
  expect(() => studentQuantile(0.5, 0)).toThrow(RangeError)
})
