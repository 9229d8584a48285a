import { createRequire } from 'node:module'
import { resolve } from 'node:path'

/**
 * The task of the benchmark as a nodejs-polars user would write it, for Parquet. Prints what it found as JSON.
 *
 *   node peer-polars.mjs POLARS REFERENCE CURRENT
 *
 * POLARS is a folder in which nodejs-polars is installed.
 */
const [folder, referencePath, currentPath] = process.argv.slice(2)
const require = createRequire(resolve(folder, 'package.json'))
const pl = require('nodejs-polars')
const numeric = ['income', 'score', 'visits']
const floor = 1e-4

/** Nulls, distinct values without null, smallest and largest of each column. */
function profile(frame) {
  const parts = ['nulls', 'distinct', 'min', 'max']
  const row = frame
    .select(
      ...frame.columns.flatMap((name) => {
        const column = pl.col(name)
        const found = [column.nullCount(), column.nUnique(), column.min(), column.max()]
        return found.map((one, index) => one.alias(`${name} ${parts[index]}`))
      }),
    )
    .row(0)
  return Object.fromEntries(
    frame.columns.map((name, index) => {
      const [nulls, distinct, min, max] = row.slice(4 * index, 4 * index + 4)
      return [name, { nulls, distinct: distinct - (nulls > 0 ? 1 : 0), min: String(min), max: String(max) }]
    }),
  )
}

/** The largest distance of the two distributions; both arrays are sorted. */
function ks(left, right) {
  let distance = 0
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const value = Math.min(left[i], right[j])
    while (i < left.length && left[i] === value) i += 1
    while (j < right.length && right[j] === value) j += 1
    distance = Math.max(distance, Math.abs(i / left.length - j / right.length))
  }
  return distance
}

function psi(reference, current) {
  return reference.reduce((sum, share, index) => {
    const expected = Math.max(share, floor)
    const actual = Math.max(current[index], floor)
    return sum + (actual - expected) * Math.log(actual / expected)
  }, 0)
}

/** How many values of a sorted array are below an edge. */
function below(sorted, edge) {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] < edge) low = middle + 1
    else high = middle
  }
  return low
}

function psiNumeric(reference, current) {
  const quantiles = Array.from({ length: 9 }, (_, index) => {
    const at = ((index + 1) / 10) * (reference.length - 1)
    const [low, high] = [reference[Math.floor(at)], reference[Math.ceil(at)]]
    return low + (high - low) * (at - Math.floor(at))
  })
  const shares = (sorted) => {
    const cuts = [0, ...[...new Set(quantiles)].map((edge) => below(sorted, edge)), sorted.length]
    return cuts.slice(1).map((cut, index) => (cut - cuts[index]) / sorted.length)
  }
  return psi(shares(reference), shares(current))
}

/** Missing values are a category of their own. */
function psiCategorical(reference, current) {
  const counts = (series) => {
    const table = pl.DataFrame({ value: series }).groupBy('value').len()
    return new Map(table.rows().map(([value, count]) => [value, count / series.length]))
  }
  const [left, right] = [counts(reference), counts(current)]
  const every = [...new Set([...left.keys(), ...right.keys()])]
  return psi(
    every.map((key) => left.get(key) ?? 0),
    every.map((key) => right.get(key) ?? 0),
  )
}

const sorted = (series) => series.dropNulls().sort().toTypedArray()

const reference = pl.readParquet(referencePath)
const current = pl.readParquet(currentPath)
const failing = {
  email: pl.col('email').str.contains('^[^@ ]+@[^@ ]+\\.[a-z]+$').not(),
  age: pl.col('age').ltEq(120).and(pl.col('age').gtEq(0)).not(),
  id: pl.col('id').isFirstDistinct().not(),
}
const samples = {}
const counts = {}
for (const [name, expression] of Object.entries(failing)) {
  const rows = current.select(pl.col(name)).withRowIndex('row').filter(expression)
  counts[name] = rows.height
  samples[name] = rows.head(5).getColumn('row').toArray()
}
const drift = {}
for (const name of numeric) {
  const [left, right] = [sorted(reference.getColumn(name)), sorted(current.getColumn(name))]
  drift[name] = { ks: ks(left, right), psi: psiNumeric(left, right) }
}
console.log(
  JSON.stringify({
    versions: { Node: process.versions.node, 'nodejs-polars': require('nodejs-polars/package.json').version },
    rows: { reference: reference.height, current: current.height },
    profile: { reference: profile(reference), current: profile(current) },
    badEmails: counts.email,
    agesOutOfRange: counts.age,
    repeatedKeys: counts.id,
    samples,
    drift,
    psiCountry: psiCategorical(reference.getColumn('country'), current.getColumn('country')),
  }),
)
