import { truncate } from '../../base/escape.ts'
import { formatCount, formatNumber, formatShare, plural } from '../../base/number-text.ts'
import type { DataProfile, ProfileColumn, ProfileHistogram } from '../../data/profile/data-profile.ts'

/** What is shown of a column of a profile, in plain words, wherever it is shown. Text from the data stands in it as it came. */

/** Bins of equal width, for a picture. */
export type EqualBins = { from: number; to: number; counts: number[]; below: number; above: number }

/**
 * Rows in bins of equal width. A profile has bins of equal share: their rows are spread evenly over each, so that this is a picture and no
 * count. Undefined where there is no width.
 */
function equalBins(histogram: ProfileHistogram, from: number, to: number, bins: number): EqualBins | undefined {
  const { edges, counts, min, max } = histogram
  const width = (to - from) / bins
  if (min === null || max === null || !(width > 0) || !Number.isFinite(width)) return undefined
  const found: EqualBins = { from, to, counts: new Array<number>(bins).fill(0), below: 0, above: 0 }
  for (const [bin, rows] of counts.entries()) {
    if (rows === 0) continue
    const left = Math.max(edges[bin - 1] ?? min, min)
    const right = Math.max(left, Math.min(edges[bin] ?? max, max))
    spread(found, left, right, rows, width)
  }
  return found
}

function spread(found: EqualBins, left: number, right: number, rows: number, width: number): void {
  const { from, to, counts } = found
  if (right - left <= width * 1e-9) {
    if (left < from) found.below += rows
    else if (left > to) found.above += rows
    else {
      const bin = Math.min(counts.length - 1, Math.floor((left - from) / width))
      counts[bin] = (counts[bin] ?? 0) + rows
    }
    return
  }
  const perUnit = rows / (right - left)
  found.below += Math.max(0, Math.min(right, from) - left) * perUnit
  found.above += Math.max(0, right - Math.max(left, to)) * perUnit
  const first = Math.max(0, Math.floor((left - from) / width))
  for (let bin = first; bin < counts.length && from + bin * width < right; bin++) {
    const inside = Math.min(right, from + (bin + 1) * width) - Math.max(left, from + bin * width)
    counts[bin] = (counts[bin] ?? 0) + Math.max(0, inside) * perUnit
  }
}

/** The distribution of a column of numbers in at most `most` bins. Undefined where there is nothing to draw. */
export function pictureBins(column: ProfileColumn, most: number): EqualBins | undefined {
  const ends = pictureEnds(column)
  if (column.histogram === null || ends === undefined) return undefined
  if (column.kind !== 'integer') return equalBins(column.histogram, ends.from, ends.to, most)
  // Whole numbers stand in the middle of their bin, and as many in each.
  const [from, span] = [Math.floor(ends.from) - 0.5, Math.ceil(ends.to) - Math.floor(ends.from) + 1]
  const width = Math.ceil(span / most)
  const bins = Math.ceil(span / width)
  return equalBins(centred(column.histogram), from, from + bins * width, bins)
}

function centred(histogram: ProfileHistogram): ProfileHistogram {
  const { edges, min, max } = histogram
  return {
    ...histogram,
    edges: edges.map((edge) => edge - 0.5),
    min: min === null ? null : min - 0.5,
    max: max === null ? null : max + 0.5,
  }
}

/** The ends of a picture: a few far values must not press all others into one bin. */
function pictureEnds({ histogram, quantiles }: ProfileColumn): { from: number; to: number } | undefined {
  if (histogram?.min == null || histogram.max === null) return undefined
  const { min, max } = histogram
  const at = (q: number): number => {
    const found = quantiles.find((each) => each.q === q)?.value
    const value = typeof found === 'number' ? found : Number(found)
    return Number.isFinite(value) ? value : Number.NaN
  }
  const [low, high] = [at(0.01), at(0.99)]
  if (!(high > low)) return { from: min, to: max }
  const room = (high - low) * 0.5
  return { from: Math.max(min, low - room), to: Math.min(max, high + room) }
}

/** `22 (4.4 %)`, `none`. */
export function countText(count: number, rows: number): string {
  return count === 0 ? 'none' : `${formatCount(count)} (${formatShare(count, rows)})`
}

/** What stands beside the picture: range and middle of numbers, the most frequent values of others. */
export function summaryOf(column: ProfileColumn, { rows }: DataProfile): string {
  if (column.sensitive) return 'values are hidden'
  const { kind, min, max, mean, stdev, lengths } = column
  if (kind === 'binary' || kind === 'nested') return ''
  if (kind === 'string' || kind === 'boolean' || column.categories !== null) {
    const values = (column.categories?.values ?? column.frequent).filter(({ count }) => count > 1)
    const listed = values
      .slice(0, 3)
      .map(({ value, count }) => `${value === '' ? '(empty)' : truncate(value, 24)}: ${formatShare(count, rows)}`)
    if (listed.length > 0) return listed.join(', ')
    return lengths === null ? '' : lengthText(lengths)
  }
  if (min === null) return ''
  const median = column.quantiles.find(({ q }) => q === 0.5)?.value
  const middle = median === undefined ? '' : `, median ${figureText(median)}`
  const average =
    mean === null ? '' : `, mean ${formatNumber(mean)}${stdev === null ? '' : ` ± ${formatNumber(stdev)}`}`
  return `${figureText(min)} to ${figureText(max ?? min)}${middle}${average}`
}

/** A value of the data, without zeros that do not stand in them: `4.3`, `0.06576`, `1,234.5`. */
export function figureText(value: number | string): string {
  if (typeof value === 'string') return value
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e16) return formatCount(value).replace(/^-/, '\u2212')
  if (size < 0.00005 || size >= 1e16) return formatNumber(value)
  const digits = { maximumSignificantDigits: size >= 1e5 ? Math.ceil(Math.log10(size)) : 5 }
  return value.toLocaleString('en-US', digits).replace(/^-/, '\u2212')
}

/** `8 characters`, `2 to 60 characters`. */
export function lengthText({ min, max }: { min: number; max: number }): string {
  return min === max ? plural(max, 'character') : `${formatCount(min)} to ${plural(max, 'character')}`
}

/** False where every value stands once: bars of one row each say nothing. */
export function isWorthDrawing({ categories }: ProfileColumn): boolean {
  return categories?.values.some(({ count }) => count > 1) === true
}

/** Remarks that a reader should not miss. */
export function remarksOf({ notFinite, invalid, distinct, nulls, sensitive }: ProfileColumn, rows: number): string[] {
  const used = rows - nulls - invalid
  return [
    ...(notFinite > 0 ? [`${formatCount(notFinite)} not finite`] : []),
    ...(invalid > 0 ? [`${formatCount(invalid)} not of this type`] : []),
    ...(rows > 0 && used === 0 ? ['no value at all'] : []),
    ...(distinct === 1 && used > 1 && !sensitive ? ['always the same'] : []),
    ...(distinct !== null && distinct === used && used > 1 ? ['all different'] : []),
  ]
}
