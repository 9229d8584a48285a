/**
 * Computes several metrics of one model at once, over rows that count `weights[row]` times each. A metric that these rows
 * do not define (no positive among them, say) is NaN. Row counts as weights are what a bootstrap resample is.
 */
export type Measurer = {
  /** Names of the metrics, in the order in which `measure` fills them in. */
  names: readonly string[]
  rows: number
  /** Fills `out[offset]` and what follows. */
  measure(weights: Uint32Array, out: Float64Array, offset: number): void
}

/** The metrics of all rows, each counted once, by name. */
export function measureAll(measurer: Measurer): Map<string, number> {
  const out = new Float64Array(measurer.names.length)
  measurer.measure(new Uint32Array(measurer.rows).fill(1), out, 0)
  return new Map(measurer.names.map((name, index) => [name, out[index] ?? Number.NaN]))
}
