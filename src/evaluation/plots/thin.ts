/** A curve of a page has so many points at most: more cannot be told apart, and less keeps the page small. */
export const mostPoints = 200

/** Steps that are shorter cannot be seen: a quarter of a pixel on a chart of a thousand. Curves live in the unit square. */
const unseen = 1 / 4000

/**
 * Positions of the points that keep the shape of a curve: the ends, then again and again the point that lies farthest from the line
 * drawn so far, so that the corners come first. A curve of few points keeps all of them.
 *
 * Source: Douglas & Peucker, "Algorithms for the reduction of the number of points required to represent a digitized line or
 * its caricature", Cartographica 10 (1973), with a count in place of a tolerance.
 */
export function thin(xs: Float64Array, ys: Float64Array, most = mostPoints): number[] {
  if (xs.length <= most) return Array.from(xs, (_x, position) => position)
  const seen = dropUnseen(xs, ys)
  const farthest = (from: number, to: number): Span => farthestFrom(xs, ys, seen, from, to)
  const spans = [farthest(0, seen.length - 1)]
  while (spans.length + 1 < most) {
    const next = spans.reduce(
      (worst, span, index) => (span.distance > (spans[worst]?.distance ?? 0) ? index : worst),
      0,
    )
    const { from, to, at, distance } = spans[next] as Span
    if (distance < unseen) break
    spans.splice(next, 1, farthest(from, at), farthest(at, to))
  }
  return [0, ...spans.map(({ to }) => to)].map((place) => seen[place] as number)
}

/** A stretch between two kept points, and the point in it that a straight line would miss most. */
type Span = { from: number; to: number; at: number; distance: number }

function farthestFrom(xs: Float64Array, ys: Float64Array, seen: readonly number[], from: number, to: number): Span {
  const at = (values: Float64Array, place: number): number => values[seen[place] as number] as number
  const [x, y] = [at(xs, from), at(ys, from)]
  const [dx, dy] = [at(xs, to) - x, at(ys, to) - y]
  const length = Math.hypot(dx, dy)
  const span: Span = { from, to, at: from, distance: 0 }
  for (let place = from + 1; place < to; place++) {
    const [px, py] = [at(xs, place) - x, at(ys, place) - y]
    const distance = length === 0 ? Math.hypot(px, py) : Math.abs(px * dy - py * dx) / length
    if (distance > span.distance) Object.assign(span, { at: place, distance })
  }
  return span
}

/** Every point that lies a visible step from the one before; the last one always. A million points become a few thousand. */
function dropUnseen(xs: Float64Array, ys: Float64Array): number[] {
  const last = xs.length - 1
  const kept = [0]
  let [x, y] = [xs[0] as number, ys[0] as number]
  for (let position = 1; position < last; position++) {
    const [px, py] = [xs[position] as number, ys[position] as number]
    if (Math.abs(px - x) < unseen && Math.abs(py - y) < unseen) continue
    kept.push(position)
    x = px
    y = py
  }
  return [...kept, last]
}
