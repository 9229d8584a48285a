import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nonFiniteName, parseNumber } from '../../src/readers/numbers.ts'

describe('parseNumber', () => {
  it.each([
    ['1', 1],
    [' -2.50 ', -2.5],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['1e999', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['NaN', Number.NaN],
    ['-nan', Number.NaN],
    ['inf', Number.POSITIVE_INFINITY],
    ['+Infinity', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
    ['-infinity', Number.NEGATIVE_INFINITY],
  ])('reads %s', (text, expected) => {
    expect(parseNumber(text)).toBe(expected)
  })

  it.each([
    '',
    ' ',
    '.',
    '-',
    '1,5',
    '1 000',
    '1_000',
    '0x1f',
    '1e',
    'e5',
    '--1',
    'true',
    'null',
    '1n',
    '½',
    'nano',
    '1.2.3',
  ])('does not read %j', (text) => {
    expect(parseNumber(text)).toBe(undefined)
  })

  it('reads back every number that is printed', () => {
    fc.assert(fc.property(fc.double(), (value) => Object.is(parseNumber(String(value)), value === 0 ? 0 : value)))
  })
})

it.each([
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [0, undefined],
  [Number.MAX_VALUE, undefined],
])('the name of %d is %s', (value, expected) => {
  expect(nonFiniteName(value)).toBe(expected)
})
