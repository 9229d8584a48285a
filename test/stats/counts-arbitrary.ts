import fc from 'fast-check'

/** Two samples with at least one row each, counted over the same 1 to 12 bins. */
export const countPairs = fc.integer({ min: 1, max: 12 }).chain((bins) => {
  const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: bins, maxLength: bins })
  const sample = fc.tuple(counts, fc.nat(bins - 1)).map(([some, one]) => some.with(one, (some[one] ?? 0) + 1))
  return fc.tuple(sample, sample)
})

/** Pairs of vectors that no statistic of two samples takes. */
export const badPairs: [number[], number[]][] = [
  [[], []],
  [[1, 2], [3]],
  [
    [1, -1],
    [1, 1],
  ],
  [
    [1, 0.5],
    [1, 1],
  ],
  [
    [1, Number.NaN],
    [1, 1],
  ],
  [
    [1, Number.POSITIVE_INFINITY],
    [1, 1],
  ],
  [
    [0, 0],
    [1, 1],
  ],
  [
    [1, 1],
    [0, 0],
  ],
  [
    [2 ** 53 - 1, 1],
    [1, 1],
  ],
]
