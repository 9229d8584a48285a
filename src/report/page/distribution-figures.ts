import { formatCount, formatNumber, formatPercent, plural } from '../../base/number-text.ts'
import type { Histogram } from '../../evaluation/plots/histogram.ts'
import { present } from '../../evaluation/plots/sides.ts'
import { canvas, isDrawable, pathOf, picture, type Spot, sideNames } from './chart.ts'
import { type DataRow, figure } from './figure.ts'
import { element, type Html } from './html.ts'
import { cell } from './parts.ts'
import { sidesOf } from './score-figures.ts'

export type DistributionParts = { id: string; heading: string; caption: string; axis: string; zero?: boolean }

/** A histogram of both sides on the same edges: the new run in bars, the base as an outline over them. */
export function distributionFigure(
  histogram: Histogram,
  { id, heading, caption, axis, zero }: DistributionParts,
): Html | null {
  const { edges } = histogram
  const [from = 0, to = 0] = [edges[0], edges.at(-1)]
  const sides = sidesOf(histogram).map(({ side, data }) => {
    const rows = data.counts.reduce((sum, count) => sum + count, data.below + data.above)
    return { side, data, rows, shares: data.counts.map((count) => (rows === 0 ? 0 : count / rows)) }
  })
  if (sides.every(({ rows }) => rows === 0)) return null
  const most = Math.max(...sides.flatMap(({ shares }) => shares))
  const step = most > 0.5 ? 0.2 : most > 0.2 ? 0.1 : most > 0.1 ? 0.05 : 0.02
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step)
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, tick) => tick * step)
  const percent = (share: number): string => formatPercent(Number(share.toFixed(3)))
  const drawable = isDrawable(from, to)
  const drawing = canvas(
    { label: axis, ...(drawable ? { from, to } : { from: 0, to: 1 }) },
    { label: 'Share of rows', from: 0, to: top, ticks, format: percent },
    260,
  )
  const { x, y } = drawing
  const shapes = (drawable ? [...sides].reverse() : []).map(({ side, shares }) =>
    side === 'fresh'
      ? shares.map((share, bin) => {
          const [left, right] = [x(edges[bin] as number), x(edges[bin + 1] as number)]
          const corners: Spot[] = [
            [left + 1, y(0)],
            [left + 1, y(share)],
            [right - 1, y(share)],
            [right - 1, y(0)],
          ]
          return share === 0 ? null : element('path', { class: 'bar fresh', d: `${pathOf(corners)}Z` })
        })
      : element('path', {
          class: 'line base',
          d: pathOf(outline(edges, shares).map(([value, share]): Spot => [x(value), y(share)])),
        }),
  )
  const zeroLine =
    zero === true && drawable && from < 0 && to > 0
      ? element('path', {
          class: 'chance',
          d: pathOf([
            [x(0), y(0)],
            [x(0), y(top)],
          ]),
        })
      : null
  const outside = present(histogram).reduce((sum, { below, above }) => sum + below + above, 0)
  const beyond = outside === 0 ? '' : ` ${plural(outside, 'row')} beyond the ends of the axis.`
  const counted = sides.map(({ side, rows }) => `${sideNames[side]}: ${plural(rows, 'row')}`).join('; ')
  return figure({
    id,
    heading,
    caption: `${caption} ${counted}.${beyond}`,
    chart: drawable
      ? picture(id, heading, `${caption} ${counted}.`, drawing, shapes, zeroLine)
      : element('p', { class: 'quiet' }, 'These values cannot be drawn on one axis; the table has them.'),
    sides: drawable ? sides.map(({ side }) => side) : [],
    marks: 'bars',
    columns: [
      { label: 'Run' },
      { label: axis, number: true },
      { label: 'Rows', number: true },
      { label: 'Share of rows', number: true },
    ],
    rows: sides.flatMap(({ side, data, shares }) =>
      data.counts.map((count, bin): DataRow => {
        const [low, high, share] = [edges[bin] as number, edges[bin + 1] as number, shares[bin] as number]
        return {
          ...(drawable ? { spot: { side, x: low / 2 + high / 2, y: share } } : {}),
          cells: [
            cell(sideNames[side]),
            cell(`${formatNumber(low)} to ${formatNumber(high)}`, low),
            cell(formatCount(count), count),
            cell(percent(share), share),
          ],
        }
      }),
    ),
  })
}

/** The upper edge of the bars as one line. */
function outline(edges: readonly number[], shares: readonly number[]): Spot[] {
  const steps = shares.flatMap((share, bin): Spot[] => [
    [edges[bin] as number, share],
    [edges[bin + 1] as number, share],
  ])
  return [[edges[0] as number, 0], ...steps, [edges.at(-1) as number, 0]]
}
