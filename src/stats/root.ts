/**
 * The place in (`from`, `to`) where `beyond` changes from false to true, to the last bit. `from` may lie above `to`.
 *
 * `beyond` must be false close to `from`, true close to `to`, and change once; it is never asked at the two ends, where
 * test statistics are often 0/0. Bisection, because it cannot leave the bracket and a predicate has no slope to use.
 * Returns the end nearest to `to`: the first point found that is beyond (or `to` itself).
 */
export function crossing(beyond: (x: number) => boolean, from: number, to: number): number {
  let inside = from
  let outside = to
  for (;;) {
    const middle = inside + (outside - inside) / 2
    // No number is left between the two: the bracket is one rounding step wide.
    if (middle === inside || middle === outside) return outside
    if (beyond(middle)) outside = middle
    else inside = middle
  }
}
