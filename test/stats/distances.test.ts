import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  jensenShannonDistance,
  largestShareGap,
  populationStabilityIndex,
  totalVariation,
} from '../../src/stats/distances.ts'
import { entropy } from '../../src/stats/entropy.ts'
import { histogramWassersteinDistance, wassersteinDistance } from '../../src/stats/wasserstein.ts'
import { relativeError } from './close.ts'
import { badPairs, countPairs } from './counts-arbitrary.ts'

const distances = { populationStabilityIndex, jensenShannonDistance, totalVariation, largestShareGap }

describe.each(Object.entries(distances))('%s', (_, distance) => {
  it('is 0 for equal shares, symmetric, and blind to the order of bins', () => {
    fc.assert(
      fc.property(countPairs, fc.integer({ min: 1, max: 9 }), ([left, right], times) => {
        const scaled = left.map((count) => count * times)
        expect(distance(left, scaled)).toBe(0)
        const found = distance(left, right)
        expect(distance(right, left)).toBeCloseTo(found, 12)
        expect(distance(left.toReversed(), right.toReversed())).toBeCloseTo(found, 12)
        expect(found).toBeGreaterThanOrEqual(0)
        if (distance !== populationStabilityIndex) expect(found).toBeLessThanOrEqual(1)
        expect(distance([0, ...left], [0, ...right])).toBe(found)
      }),
    )
  })

  it('refuses what is no pair of samples', () => {
    for (const [left, right] of badPairs) expect(() => distance(left, right)).toThrow(RangeError)
  })
})

describe('distances of samples with nothing in common', () => {
  it('are 1, and the stability index is finite: half a row stands where there is none', () => {
    expect(jensenShannonDistance([4, 0], [0, 9])).toBe(1)
    expect(totalVariation([4, 0], [0, 9])).toBe(1)
    expect(largestShareGap([4, 0], [0, 9])).toBe(1)
    const expected = (1 - 0.5 / 9) * Math.log(18) + (1 - 0.5 / 4) * Math.log(8)
    expect(relativeError(populationStabilityIndex([4, 0], [0, 9]), expected)).toBeLessThan(1e-14)
  })
})

describe('jensenShannonDistance', () => {
  it('obeys the triangle inequality', () => {
    fc.assert(
      fc.property(countPairs, ([left, right]) => {
        const middle = left.map((count, bin) => count + (right[bin] ?? 0))
        const detour = jensenShannonDistance(left, middle) + jensenShannonDistance(middle, right)
        expect(jensenShannonDistance(left, right)).toBeLessThanOrEqual(detour + 1e-14)
      }),
    )
  })

  it('keeps its precision where the shares hardly differ', () => {
    // To first order: sqrt(sum of (p - q)^2 / (p + q) / 4 / ln 2) with p - q = 1e-9.
    const half = 5e8
    const expected = 1e-9 / Math.sqrt(2 * Math.LN2)
    expect(relativeError(jensenShannonDistance([half, half], [half + 1, half - 1]), expected)).toBeLessThan(1e-9)
  })
})

describe('Wasserstein distance', () => {
  const list = (counts: number[]) => counts.map((count, place) => ({ value: place ** 2 - 3, count }))
  const edgesFor = (counts: number[]) => Array.from({ length: counts.length + 1 }, (_, place) => place ** 2 - 3)

  it('is how far rows move', () => {
    const at = (value: number, count: number) => [{ value, count }]
    expect(wassersteinDistance(at(3, 7), at(-2, 4))).toBe(5)
    expect(wassersteinDistance([...at(0, 1), ...at(1, 3)], [...at(5, 1), ...at(6, 3)])).toBe(5)
    expect(histogramWassersteinDistance([0, 1, 2], [1, 1], [1, 1])).toBe(0)
    // Under three triangles: of height 1/2 in the outer bins, and two of width and height 1/2 in the inner one.
    expect(histogramWassersteinDistance([0, 1, 2, 3], [2, 0, 2], [0, 4, 0])).toBe(0.75)
    // One bin next to the other: every row moves by one.
    expect(histogramWassersteinDistance([0, 1, 2], [6, 0], [0, 2])).toBe(1)
  })

  it('is 0 for equal shares, symmetric, grows with the scale, and does not care where 0 is or how rows are ordered', () => {
    fc.assert(
      fc.property(countPairs, ([left, right]) => {
        const [first, second] = [list(left), list(right)]
        const found = wassersteinDistance(first, second)
        expect(wassersteinDistance(first, list(left.map((count) => 3 * count)))).toBe(0)
        expect(wassersteinDistance(second, first)).toBe(found)
        expect(wassersteinDistance(first.toReversed(), second.toReversed())).toBe(found)
        const moved = (rows: typeof first) => rows.map(({ value, count }) => ({ value: 2 * value + 8, count }))
        expect(wassersteinDistance(moved(first), moved(second))).toBeCloseTo(2 * found, 10)
      }),
    )
  })

  it('of histograms is 0 for equal shares, symmetric, and within a bin of that of the rows', () => {
    fc.assert(
      fc.property(countPairs, ([left, right]) => {
        const edges = edgesFor(left)
        const found = histogramWassersteinDistance(edges, left, right)
        const scaled = left.map((count) => 3 * count)
        expect(histogramWassersteinDistance(edges, left, scaled)).toBe(0)
        expect(histogramWassersteinDistance(edges, right, left)).toBe(found)
        const widest = (edges.at(-1) ?? 0) - (edges.at(-2) ?? 0)
        expect(Math.abs(found - wassersteinDistance(list(left), list(right)))).toBeLessThanOrEqual(widest)
        // Cutting each bin in two equal halves changes nothing.
        const cut = edges.flatMap((edge, place) => [edge, (edge + (edges[place + 1] ?? edge)) / 2]).slice(0, -1)
        const halves = (counts: number[]) => counts.flatMap((count) => [count, count])
        expect(histogramWassersteinDistance(cut, halves(left), halves(right))).toBeCloseTo(found, 10)
      }),
    )
  })

  it('refuses what is not on the number line, and edges that are none', () => {
    const one = [{ value: 1, count: 1 }]
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => wassersteinDistance([{ value, count: 1 }], one)).toThrow(RangeError)
    }
    expect(() => wassersteinDistance([], one)).toThrow(RangeError)
    for (const edges of [
      [0, 1],
      [0, 1, 1],
      [0, 2, 1],
      [0, 1, Number.POSITIVE_INFINITY],
      [0, 1, 2, 3],
    ]) {
      expect(() => histogramWassersteinDistance(edges, [1, 2], [2, 1])).toThrow(RangeError)
    }
    for (const [left, right] of badPairs) {
      expect(() => histogramWassersteinDistance(edgesFor(left), left, right)).toThrow(RangeError)
    }
  })
})

describe('entropy', () => {
  it('is 0 for one value, and the logarithm of the number of equal ones', () => {
    expect(Object.is(entropy([0, 7, 0]), 0)).toBe(true)
    expect(entropy([5, 5, 5, 5], 'bits')).toBe(2)
    expect(entropy([5, 5, 5])).toBeCloseTo(Math.log(3), 15)
  })

  it('keeps its precision where one value has nearly all rows', () => {
    // 1e-9 (1 + log 1e9), to first order.
    expect(relativeError(entropy([999_999_999, 1]), 1e-9 * (1 + Math.log(1e9)))).toBeLessThan(1e-9)
  })

  it('stays between these, whatever the order', () => {
    fc.assert(
      fc.property(countPairs, ([counts]) => {
        expect(entropy(counts)).toBeGreaterThanOrEqual(0)
        expect(entropy(counts)).toBeLessThanOrEqual(Math.log(counts.length) + 1e-14)
        expect(entropy(counts.toReversed())).toBeCloseTo(entropy(counts), 13)
        expect(entropy(counts, 'bits')).toBeCloseTo(entropy(counts) / Math.log(2), 13)
      }),
    )
  })

  it('refuses what is no sample', () => {
    for (const counts of [[], [0], [-1, 2], [0.5], [Number.NaN]]) expect(() => entropy(counts)).toThrow(RangeError)
  })
})
