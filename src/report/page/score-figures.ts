import { formatCount, formatNumber, formatPercent } from '../../base/number-text.ts'
import type { Calibration } from '../../evaluation/plots/calibration.ts'
import type { Curve } from '../../evaluation/plots/curves.ts'
import type { ScorePlots } from '../../evaluation/plots/plots.ts'
import type { Sides } from '../../evaluation/plots/sides.ts'
import { canvas, marker, pathOf, picture, type Side, type Spot, shareAxis, sideNames } from './chart.ts'
import { type DataRow, figure } from './figure.ts'
import { element, type Html } from './html.ts'
import { cell } from './parts.ts'

/** Charts of the scores of a binary task: ROC, precision and recall, calibration. */

type Kind = { id: string; heading: string; area: string; x: string; y: string; rising: boolean }

const roc: Kind = {
  id: 'roc',
  heading: 'ROC curve',
  area: 'area under the curve',
  x: 'False positive rate',
  y: 'True positive rate',
  rising: true,
}
const precisionRecall: Kind = {
  id: 'precision-recall',
  heading: 'Precision and recall',
  area: 'average precision',
  x: 'Recall',
  y: 'Precision',
  rising: false,
}

export function curveFigures(scores: ScorePlots): Html[] {
  return [curveFigure(roc, scores.roc), curveFigure(precisionRecall, scores.precisionRecall)].flatMap(
    (figure) => figure ?? [],
  )
}

/** The sides that are there, base first: the new run is drawn over it. */
export function sidesOf<T>(sides: Sides<T>): { side: Side; data: T }[] {
  return (['base', 'fresh'] as const).flatMap((side) => {
    const data = sides[side]
    return data === null ? [] : [{ side, data }]
  })
}

function curveFigure({ id, heading, area, x, y, rising }: Kind, curves: Sides<Curve>): Html | null {
  const sides = sidesOf(curves)
  if (sides.length === 0) return null
  const drawing = canvas(shareAxis(x), shareAxis(y))
  const spotOf = (point: { x: number; y: number }): Spot => [drawing.x(point.x), drawing.y(point.y)]
  const lines = sides.map(({ side, data }) =>
    element('path', { class: `line ${side}`, d: pathOf(cornersOf(data, rising).map(spotOf)) }),
  )
  const areas = sides.map(({ side, data }) => `${sideNames[side]}: ${area} ${formatNumber(data.area)}`).join('; ')
  const rows = sides.flatMap(({ side, data }) =>
    data.points.map(
      ({ x, y, threshold }): DataRow => ({
        spot: { side, x, y },
        cells: [
          cell(sideNames[side]),
          cell(threshold === null ? 'above all scores' : formatNumber(threshold), threshold),
          cell(formatNumber(x), x),
          cell(formatNumber(y), y),
        ],
      }),
    ),
  )
  const chance = rising
    ? element('path', {
        class: 'chance',
        d: pathOf([
          [drawing.x(0), drawing.y(0)],
          [drawing.x(1), drawing.y(1)],
        ]),
      })
    : null
  return figure({
    id,
    heading,
    caption: `${areas}.${rising ? ' The dotted diagonal is chance.' : ''}`,
    chart: picture(id, heading, `${y} against ${x.toLowerCase()}. ${areas}.`, drawing, chance, lines),
    sides: sides.map(({ side }) => side),
    columns: [
      { label: 'Run' },
      { label: 'Positive from score', number: true },
      { label: x, number: true },
      { label: y, number: true },
    ],
    rows,
  })
}

/**
 * Precision is not defined between two scores: it stays until the next one, in steps. Only where points were left out, and steps would
 * be too long, a straight line joins them.
 */
function cornersOf({ points, complete }: Curve, rising: boolean): { x: number; y: number }[] {
  if (rising || !complete) return points
  return points.flatMap((point, place) => [{ x: points[place - 1]?.x ?? 0, y: point.y }, point])
}

export function calibrationFigure(calibration: Sides<Calibration>): Html | null {
  const sides = sidesOf(calibration)
  if (sides.length === 0) return null
  const drawing = canvas(shareAxis('Mean score'), shareAxis('Share of positives'))
  const { x, y } = drawing
  const shapes = sides.map(({ side, data: { bins } }) => [
    bins.map(({ meanScore, lower, upper }) =>
      element('path', {
        class: `whisker ${side}`,
        d: `${pathOf([
          [x(meanScore), y(lower)],
          [x(meanScore), y(upper)],
        ])}${[lower, upper]
          .map((end) =>
            pathOf([
              [x(meanScore) - 3, y(end)],
              [x(meanScore) + 3, y(end)],
            ]),
          )
          .join('')}`,
      }),
    ),
    element('path', {
      class: `line ${side}`,
      d: pathOf(bins.map(({ meanScore, share }): Spot => [x(meanScore), y(share)])),
    }),
    bins.map(({ meanScore, share }) => marker(side, x(meanScore), y(share))),
  ])
  const errors = sides.map(({ side, data }) => `${sideNames[side]}: ${formatNumber(data.expectedError)}`).join('; ')
  // The metric has bins of its own: two numbers of one name would contradict each other.
  const error = `Distance from the diagonal over these ten bins, not the metric ece: ${errors}`
  const diagonal = element('path', {
    class: 'chance',
    d: pathOf([
      [x(0), y(0)],
      [x(1), y(1)],
    ]),
  })
  return figure({
    id: 'calibration',
    heading: 'Calibration',
    caption: `Ten bins of equal width with 90 % Wilson intervals; on the dotted diagonal scores mean what they say. ${error}.`,
    chart: picture(
      'calibration',
      'Calibration',
      `Share of positives against mean score. ${error}.`,
      drawing,
      diagonal,
      shapes,
    ),
    sides: sides.map(({ side }) => side),
    marks: 'points',
    columns: [
      { label: 'Run' },
      { label: 'Scores', number: true },
      { label: 'Rows', number: true },
      { label: 'Mean score', number: true },
      { label: 'Share of positives', number: true },
      { label: '90 % interval', number: true },
    ],
    rows: sides.flatMap(({ side, data }) =>
      data.bins.map(
        ({ from, to, count, meanScore, share, lower, upper }): DataRow => ({
          spot: { side, x: meanScore, y: share },
          cells: [
            cell(sideNames[side]),
            cell(`${from.toFixed(1)} to ${to.toFixed(1)}`, from),
            cell(formatCount(count), count),
            cell(formatNumber(meanScore), meanScore),
            cell(formatPercent(Number(share.toFixed(3))), share),
            cell(`${formatNumber(lower)} to ${formatNumber(upper)}`, lower),
          ],
        }),
      ),
    ),
  })
}
