/** Below this a sort by comparison is faster than counting digits. */
const countedFrom = 4096
const digits = 65_536

/**
 * Row numbers in ascending order of their values; rows of equal values stay in the order of their numbers. 0 and -0 are
 * equal. Values must be numbers (no NaN): this is not checked. Takes four passes over the rows, however many there are.
 *
 * A radix sort over the bits of the doubles, which order like whole numbers once those of negative ones are turned around.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const rows = values.length
  const order = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) order[row] = row
  if (rows < countedFrom) return order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b)
  const [low, high] = sortableHalves(values)
  let from = order
  let to = new Uint32Array(rows)
  for (const [half, shift] of [
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    if (countingPass(half, shift, from, to)) [from, to] = [to, from]
  }
  return from
}

/** The bits of each value as two whole numbers, so that they are in the order of the values. */
function sortableHalves(values: Float64Array): [Uint32Array, Uint32Array] {
  // Adding 0 turns -0 into 0.
  const bits = new Uint32Array(values.map((value) => value + 0).buffer)
  const upper = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0
  const low = new Uint32Array(values.length)
  const high = new Uint32Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const top = bits[2 * row + upper] as number
    const bottom = bits[2 * row + 1 - upper] as number
    const negative = top >>> 31 === 1
    low[row] = negative ? ~bottom : bottom
    high[row] = negative ? ~top : top | 0x8000_0000
  }
  return [low, high]
}

/** One stable pass by 16 bits; false when all rows have the same and nothing was moved. */
function countingPass(half: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): boolean {
  const places = new Uint32Array(digits)
  for (let row = 0; row < half.length; row++) {
    const digit = ((half[row] as number) >>> shift) & 0xffff
    places[digit] = (places[digit] as number) + 1
  }
  if (places[((half[0] as number) >>> shift) & 0xffff] === half.length) return false
  let before = 0
  for (let digit = 0; digit < digits; digit++) {
    const count = places[digit] as number
    places[digit] = before
    before += count
  }
  for (const row of from) {
    const digit = ((half[row] as number) >>> shift) & 0xffff
    const place = places[digit] as number
    to[place] = row
    places[digit] = place + 1
  }
  return true
}
