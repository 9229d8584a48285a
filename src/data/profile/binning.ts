/**
 * Where the bins of a histogram lie. They come from a sample that is the same in every run, and every row is then counted exactly.
 * Bin i holds the values that i edges are at or below, so that there is one bin more than edges.
 */
export type Binning = {
  /** Strictly ascending. */
  edges: number[]
  /** All edges lie on multiples of 2^-exponent; those from `from` to `to` are so near each other that the cells between can be counted. */
  grid: Grid | null
}
/** Exact counts of a column of numbers over given bins. */
export type BinCounts = {
  /** One more than there are edges. */
  counts: number[]
  nulls: number
  /** NaN, infinities, and texts that are not of the kind of the column. */
  unusable: number
  /** Of the values in the bins; null without any. */
  min: number | null
  max: number | null
}

export type Grid = { exponent: number; from: number; to: number }

/** Bins of about equal share of the rows; the distance of two distribution functions is then known to about 1/256. */
export const targetBins = 256
/** Cells that a grid may have between its first and its last edge. */
const mostCells = 8192
/** Edges in each tail, each four times as far out as the one before: they bound how wrong a distance can be about an outlier. */
const tailEdges = 12

/** Bins for a sorted sample of finite values. `isWhole` where only whole numbers occur. */
export function binningOf(sample: readonly number[], isWhole: boolean): Binning {
  const distinct = distinctOf(sample)
  if (distinct.length === 0) return { edges: [], grid: null }
  if (distinct.length <= targetBins) return withTails(pointBins(distinct, isWhole), isWhole)
  return withTails(gridBins(sample, isWhole) ?? quantileBins(sample), isWhole)
}

function distinctOf(sorted: readonly number[]): number[] {
  return sorted.filter((value, index) => index === 0 || value !== sorted[index - 1])
}

/** Each value of the sample is a bin of its own, and so is what lies between two of them: nothing is lost. */
function pointBins(values: readonly number[], isWhole: boolean): Binning {
  const edges = distinctOf(
    values.flatMap((value) => [value, isWhole ? value + 1 : nextUp(value)]).sort((a, b) => a - b),
  )
  const reach = (edges.at(-1) ?? 0) - (edges[0] ?? 0)
  return { edges, grid: isWhole && reach <= mostCells ? { exponent: 0, from: 0, to: edges.length - 1 } : null }
}

/** Quantiles moved to multiples of a power of two. Undefined where that would put too much into one bin, as with very skewed values. */
function gridBins(sample: readonly number[], isWhole: boolean): Binning | undefined {
  const low = quantile(sample, 0.001)
  const high = quantile(sample, 0.999)
  if (!(high > low) || !Number.isFinite(high - low)) return undefined
  const wanted = Math.floor(Math.log2(mostCells / (high - low)))
  const exponent = isWhole ? Math.min(0, wanted) : wanted
  if (Math.abs(exponent) > 1000) return undefined
  const cell = (value: number): number => Math.floor(value * 2 ** exponent)
  const first = cell(low)
  const last = cell(high) + 1
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last - first > mostCells + 1) return undefined
  const cells = cellsOf(
    sample.filter((value) => cell(value) >= first && cell(value) < last).map((value) => [cell(value), value]),
  )
  const share = sample.length / targetBins
  if (cells.some(({ rows, mode }) => rows - mode > 2 * share)) return undefined
  const places = new Set([first, last])
  for (let bin = 1; bin < targetBins; bin++)
    places.add(Math.min(last, Math.max(first, cell(quantile(sample, bin / targetBins)))))
  for (const { place, rows } of cells) if (rows > 2 * share) places.add(place + 1)
  const edges = [...places].sort((a, b) => a - b).map((place) => place * 2 ** -exponent)
  return { edges, grid: { exponent, from: 0, to: edges.length - 1 } }
}

type Cell = { place: number; rows: number; mode: number }

/** Rows of each cell, and how many of them have its most frequent value. The values are sorted. */
function cellsOf(placed: readonly (readonly [place: number, value: number])[]): Cell[] {
  const cells: Cell[] = []
  let run = 0
  for (const [index, [place, value]] of placed.entries()) {
    const last = cells.at(-1)
    run = index > 0 && placed[index - 1]?.[1] === value ? run + 1 : 1
    if (last?.place !== place) cells.push({ place, rows: 1, mode: 1 })
    else {
      last.rows++
      last.mode = Math.max(last.mode, run)
    }
  }
  return cells
}

/** The quantiles themselves. A value that stands more than once among them gets a bin of its own. */
function quantileBins(sample: readonly number[]): Binning {
  const edges: number[] = []
  for (let bin = 1; bin < targetBins; bin++) {
    const edge = quantile(sample, bin / targetBins)
    if (edge !== edges.at(-1) && (edges.length === 0 || edge > (edges.at(-1) as number))) edges.push(edge)
    else if (edges.at(-1) === edge) edges.push(nextUp(edge))
  }
  return { edges, grid: null }
}

/** Further edges on either side, on the grid where there is one. */
function withTails({ edges, grid }: Binning, isWhole: boolean): Binning {
  const first = edges[0] ?? 0
  const last = edges.at(-1) ?? 0
  const reach = last - first
  const wanted = reach > 0 ? reach / 4 : Math.max(Math.abs(first), 1) / 4
  const unit = grid !== null ? 2 ** -grid.exponent : isWhole ? 1 : 0
  const step = unit > 0 ? Math.ceil(wanted / unit) * unit : wanted
  const steps = Array.from({ length: tailEdges }, (_, index) => step * 4 ** index)
  const isPlaced = (edge: number): boolean => Number.isFinite(edge) && (unit === 0 || Number.isSafeInteger(edge / unit))
  const left = steps
    .map((away) => first - away)
    .filter((edge) => isPlaced(edge) && edge < first)
    .reverse()
  const right = steps.map((away) => last + away).filter((edge) => isPlaced(edge) && edge > last)
  return {
    edges: distinctOf([...left, ...edges, ...right]),
    grid: grid === null ? null : { ...grid, from: grid.from + left.length, to: grid.to + left.length },
  }
}

/** How many edges are at or below the value: the bin that it is in. */
export function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((edges[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** The value at or below which the share `q` of a sorted sample lies. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] as number
}

/** The smallest double above, as databases and JavaScript agree on it. */
export function nextUp(value: number): number {
  if (!Number.isFinite(value)) return value
  if (value === 0) return Number.MIN_VALUE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n))
  return bits.getFloat64(0)
}

export function nextDown(value: number): number {
  return -nextUp(-value)
}
