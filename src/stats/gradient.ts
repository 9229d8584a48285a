/**
 * Derivatives of a smooth function of several numbers at `at`, by differences over a step that fits the size of each, improved
 * by Richardson's extrapolation: relative error near 1e-10 for functions without kinks nearby. `scale` says how far each
 * number may be moved without harm, such as its standard deviation. NaN where the function is not finite nearby.
 *
 * Source: central differences, Abramowitz and Stegun 25.3.21, extrapolated as in Richardson (1911).
 */
export function gradientOf(
  evaluate: (point: Float64Array) => number,
  at: Float64Array,
  scale: (place: number) => number,
): Float64Array {
  const point = Float64Array.from(at)
  const slope = (place: number, step: number): number => {
    const middle = at[place] as number
    point[place] = middle + step
    const above = evaluate(point)
    point[place] = middle - step
    const below = evaluate(point)
    point[place] = middle
    // Also where the number does not matter and may be NaN.
    return above === below ? 0 : (above - below) / (2 * step)
  }
  return Float64Array.from(at, (_, place) => {
    const step = Math.max(scale(place), Number.MIN_VALUE) * 2 ** -8
    return (4 * slope(place, step / 2) - slope(place, step)) / 3
  })
}
