import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Curve, precisionRecallCurve, rocCurve } from '../../../src/evaluation/plots/curves.ts'
import { type Ranking, rank } from '../../../src/evaluation/plots/ranking.ts'
import { mostPoints, thin } from '../../../src/evaluation/plots/thin.ts'
import { overlapping, scored, tied } from './samples.ts'

const ranked = (...given: Parameters<typeof rank>): Ranking => rank(...given) as Ranking
const xs = (curve: Curve | null): number[] | undefined => curve?.points.map(({ x }) => x)
const ys = (curve: Curve | null): number[] | undefined => curve?.points.map(({ y }) => y)
const thresholds = (curve: Curve | null): (number | null)[] | undefined => curve?.points.map((point) => point.threshold)

// Expected values: scikit-learn 1.9.1, roc_curve(drop_intermediate=False), roc_auc_score, precision_recall_curve turned around
// and without its last point, average_precision_score.
describe('rocCurve', () => {
  it('has one point for each distinct score, whatever ties there are', () => {
    const curve = rocCurve(ranked(tied))
    expect(xs(curve)).toEqual([0, 0, 1 / 6, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 1])
    expect(ys(curve)).toEqual([0, 1 / 6, 2 / 6, 3 / 6, 5 / 6, 1, 1, 1])
    expect(thresholds(curve)).toEqual([null, 0.9, 0.8, 0.65, 0.4, 0.35, 0.3, 0.1])
    expect(curve?.area).toBeCloseTo(0.8055555555555556, 14)
    expect(curve?.complete).toBe(true)
  })

  it('is not there with one class only or without scores', () => {
    expect(rocCurve(ranked(scored([1, 1], [0.2, 0.3])))).toBeNull()
    expect(rocCurve(ranked(scored([0, 0], [0.2, 0.3])))).toBeNull()
    expect(rank({ ...tied, scores: null })).toBeNull()
  })

  it('is a straight line when all scores are the same, 0 and -0 among them', () => {
    const curve = rocCurve(ranked(scored([1, 0, 1, 0], [0, -0, -0, 0])))
    expect(xs(curve)).toEqual([0, 1])
    expect(curve?.area).toBe(0.5)
  })

  it('leaves out a score that is no number', () => {
    const curve = rocCurve(
      ranked(scored([0, 1, 1, 0, 1], [0.1, 0.9, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY])),
    )
    expect(xs(curve)).toEqual([0, 0, 1])
    expect(curve?.area).toBe(1)
  })

  it('keeps its shape when it is thinned', () => {
    const predictions = overlapping(20_000)
    const curve = rocCurve(ranked(predictions)) as Curve
    expect(curve.area).toBeCloseTo(0.7209622807160947, 12)
    expect(curve.complete).toBe(false)
    expect(curve.points.length).toBeLessThanOrEqual(mostPoints)
    expect(curve.points[0]).toEqual({ x: 0, y: 0, threshold: null })
    expect(curve.points.at(-1)).toMatchObject({ x: 1, y: 1 })
    // np.interp(0.1, fpr, tpr)
    expect(interpolate(curve, 0.1)).toBeCloseTo(0.36009288439210485, 2)
    const drawn = curve.points
      .slice(1)
      .reduce(
        (sum, { x, y }, place) => sum + ((x - (curve.points[place]?.x ?? 0)) * (y + (curve.points[place]?.y ?? 0))) / 2,
        0,
      )
    expect(Math.abs(drawn - curve.area)).toBeLessThan(0.0005)
  })
})

function interpolate({ points }: Curve, at: number): number {
  const after = points.findIndex(({ x }) => x > at)
  const [a, b] = [points[after - 1], points[after]]
  if (a === undefined || b === undefined) throw new Error('outside')
  return a.y + ((b.y - a.y) * (at - a.x)) / (b.x - a.x)
}

describe('precisionRecallCurve', () => {
  it('has one point for each distinct score', () => {
    const curve = precisionRecallCurve(ranked(tied))
    expect(xs(curve)).toEqual([1 / 6, 2 / 6, 3 / 6, 5 / 6, 1, 1, 1])
    expect(ys(curve)).toEqual([1, 2 / 3, 0.75, 5 / 7, 2 / 3, 0.6, 0.5])
    expect(thresholds(curve)).toEqual([0.9, 0.8, 0.65, 0.4, 0.35, 0.3, 0.1])
    expect(curve?.area).toBeCloseTo(0.7519841269841269, 14)
  })

  it('counts every gain in recall once, also when thinned', () => {
    const curve = precisionRecallCurve(ranked(overlapping(20_000)))
    expect(curve?.area).toBeCloseTo(0.6080251161122534, 12)
    expect(curve?.points.length).toBeLessThanOrEqual(mostPoints)
  })

  it('is 1 everywhere without negatives, and not there without positives', () => {
    expect(ys(precisionRecallCurve(ranked(scored([1, 1], [0.2, 0.3]))))).toEqual([1, 1])
    expect(precisionRecallCurve(ranked(scored([0, 0], [0.2, 0.3])))).toBeNull()
  })
})

describe('thin', () => {
  it('keeps ends and corners, in order, and never more than asked', () => {
    const corner = Float64Array.from({ length: 5000 }, (_, i) => (i < 1000 ? 0 : (i - 1000) / 3999))
    const height = Float64Array.from({ length: 5000 }, (_, i) =>
      i < 1000 ? (i / 1000) * 0.8 : 0.8 + ((i - 1000) / 3999) * 0.2,
    )
    expect(thin(corner, height)).toEqual([0, 1000, 4999])
    const steps = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 3, maxLength: 600 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 50 }), (moves, most) => {
        const [x, y] = [0, 1].map((axis) => {
          let sum = 0
          const values = Float64Array.from(moves, (move) => (sum += move[axis] as number))
          return values.map((value) => value / (sum || 1))
        }) as [Float64Array, Float64Array]
        const kept = thin(x, y, most)
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, 2))
        expect([kept[0], kept.at(-1)]).toEqual([0, moves.length - 1])
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
      }),
    )
  })

  it('leaves nothing visible out of a smooth curve', () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => i / 99_999)
    const y = x.map((value) => Math.sqrt(value))
    const kept = thin(x, y)
    let worst = 0
    let piece = 0
    for (let i = 0; i < x.length; i++) {
      while ((kept[piece + 1] as number) < i) piece++
      const [a, b] = [kept[piece] as number, kept[piece + 1] as number]
      const [xa, xb, ya, yb] = [x[a], x[b], y[a], y[b]] as [number, number, number, number]
      const across = (xb - xa) * ((y[i] as number) - ya) - (yb - ya) * ((x[i] as number) - xa)
      worst = Math.max(worst, Math.abs(across) / Math.hypot(xb - xa, yb - ya))
    }
    expect(worst).toBeLessThan(0.0005)
  })
})
