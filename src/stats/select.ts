/**
 * The value that would stand at `rank` (from 0) if `values` were sorted. Moves the values about; takes a time that grows with their
 * number, where sorting takes several times as long. No NaN; `rank` lies within.
 *
 * Source: Hoare, "Algorithm 65: find", Communications of the ACM 4 (1961), with the median of three as pivot.
 */
export function selectRank(values: Float64Array, rank: number): number {
  let [left, right] = [0, values.length - 1]
  while (left < right) {
    const pivot = medianOfThree(values[left] as number, values[(left + right) >>> 1] as number, values[right] as number)
    let [low, high] = [left, right]
    while (low <= high) {
      while ((values[low] as number) < pivot) low++
      while ((values[high] as number) > pivot) high--
      if (low > high) break
      const kept = values[low] as number
      values[low++] = values[high] as number
      values[high--] = kept
    }
    if (rank <= high) right = high
    else if (rank >= low) left = low
    else break
  }
  return values[rank] as number
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
