/** Below this a sort by comparison is faster than counting digits. */
const countedFrom = 4096
/** Digits of this many bits: their counts fit into the fastest memory. */
const bits = 11
const digits = 1 << bits

/**
 * Row numbers in ascending order of their values; rows of equal values stay in the order of their numbers. 0 and -0 are
 * equal. Values must be numbers (no NaN): this is not checked. Takes at most six passes over the rows, however many there are.
 *
 * A radix sort over the bits of the doubles, which order like whole numbers once those of negative ones are turned around.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const rows = values.length
  const order = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) order[row] = row
  if (rows < countedFrom) return order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b)
  let from: Keys = { ...sortableHalves(values), order }
  let to: Keys = { low: new Uint32Array(rows), high: new Uint32Array(rows), order: new Uint32Array(rows) }
  for (let shift = 0; shift < 64; shift += bits) {
    if (countingPass(shift, from, to)) [from, to] = [to, from]
  }
  return from.order
}

/** The bits of each value as two whole numbers, and the row that it is of. */
type Keys = { low: Uint32Array; high: Uint32Array; order: Uint32Array }

function sortableHalves(values: Float64Array): { low: Uint32Array; high: Uint32Array } {
  const rows = values.length
  const one = new Float64Array(1)
  const halves = new Uint32Array(one.buffer)
  const upper = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0
  const low = new Uint32Array(rows)
  const high = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) {
    // Adding 0 turns -0 into 0.
    one[0] = (values[row] as number) + 0
    const top = halves[upper] as number
    const bottom = halves[1 - upper] as number
    const negative = top >>> 31 === 1
    low[row] = negative ? ~bottom : bottom
    high[row] = negative ? ~top : top | 0x8000_0000
  }
  return { low, high }
}

/** One stable pass by the digit that begins at this bit; false when all rows have the same and nothing was moved. */
function countingPass(shift: number, from: Keys, to: Keys): boolean {
  const { low, high, order } = from
  const rows = order.length
  const places = new Uint32Array(digits)
  for (let row = 0; row < rows; row++) {
    const digit = digitOf(low[row] as number, high[row] as number, shift)
    places[digit] = (places[digit] as number) + 1
  }
  if (places[digitOf(low[0] as number, high[0] as number, shift)] === rows) return false
  let before = 0
  for (let digit = 0; digit < digits; digit++) {
    const count = places[digit] as number
    places[digit] = before
    before += count
  }
  for (let row = 0; row < rows; row++) {
    const [bottom, top] = [low[row] as number, high[row] as number]
    const digit = digitOf(bottom, top, shift)
    const place = places[digit] as number
    places[digit] = place + 1
    to.low[place] = bottom
    to.high[place] = top
    to.order[place] = order[row] as number
  }
  return true
}

function digitOf(low: number, high: number, shift: number): number {
  if (shift >= 32) return (high >>> (shift - 32)) & (digits - 1)
  if (shift + bits <= 32) return (low >>> shift) & (digits - 1)
  return ((low >>> shift) | (high << (32 - shift))) & (digits - 1)
}
