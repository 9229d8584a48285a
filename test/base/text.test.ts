import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compactTimestamp, formatDuration, systemClock } from '../../src/base/clock.ts'
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSigned,
  plural,
} from '../../src/base/number-text.ts'
import { didYouMean, nearest } from '../../src/base/suggest.ts'

describe('formatNumber', () => {
  it.each([
    [0, '0.0000'],
    [-0, '0.0000'],
    [0.92281, '0.9228'],
    [-0.0912, '−0.0912'],
    [0.00005, '0.0001'],
    [0.00004, '4.0e−5'],
    [-0.00004, '−4.0e−5'],
    [12.35, '12.350'],
    [123.456, '123.46'],
    [1234.4, '1,234'],
    [-1234567, '−1,234,567'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%d as %s', (value, expected) => {
    expect(formatNumber(value)).toBe(expected)
  })

  it('never shows a number that is not zero as zero', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(/[1-9]/.test(formatNumber(value))).toBe(value !== 0)
      }),
    )
  })
})

it.each([
  [0.0491, '+0.0491'],
  [-0.0912, '−0.0912'],
  [0, '0.0000'],
])('formatSigned(%d) is %s', (value, expected) => {
  expect(formatSigned(value)).toBe(expected)
})

it.each([
  [0.95, '95 %'],
  [0.999, '99.9 %'],
  [0.1 + 0.2, '30 %'],
])('formatPercent(%d) is %s', (value, expected) => {
  expect(formatPercent(value)).toBe(expected)
})

it('counts have separators and nouns their plural', () => {
  expect([formatCount(12345), plural(1, 'row'), plural(0, 'row'), plural(2000, 'row')]).toEqual([
    '12,345',
    '1 row',
    '0 rows',
    '2,000 rows',
  ])
})

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [88_289_075, '84 MiB'],
  [5.5 * 1024 ** 3, '5.5 GiB'],
  [3 * 1024 ** 5, '3072 TiB'],
])('formatBytes(%d) is %s', (value, expected) => {
  expect(formatBytes(value)).toBe(expected)
})

describe('clock', () => {
  it.each([
    [0.4, '0 ms'],
    [340.4, '340 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [12_345, '12.3 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [245_000, '4 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_620_000, '2 h 07 min'],
  ])('%d milliseconds are %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected)
  })

  it('writes a time as a name that sorts', () => {
    expect(compactTimestamp(new Date('2026-11-22T23:59:59.999Z'))).toBe('20261122T235959Z')
  })

  it('of the system tells the time and never runs backwards', () => {
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000)
    const first = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
  })
})

describe('suggestions', () => {
  it.each([
    ['trian', 'train'],
    ['non_inferior', 'non-inferior'],
    ['RUN', 'run'],
    ['metric', 'metrics'],
    ['zzzzz', undefined],
  ])('for %s is %s', (word, expected) => {
    expect(nearest(word, ['run', 'metrics', 'non-inferior', 'train'])).toBe(expected)
  })

  it('is the first by name among equally near ones', () => {
    expect(nearest('bat', ['cat', 'car', 'bar'])).toBe('bar')
  })

  it('says what there is when nothing is near', () => {
    expect(didYouMean('trian', ['train', 'evaluate'])).toBe('Did you mean "train"?')
    expect(didYouMean('publish', ['train', 'evaluate'])).toBe('Known are: train, evaluate.')
    expect(didYouMean('publish', [])).toBe('There are none to choose from.')
  })
})
