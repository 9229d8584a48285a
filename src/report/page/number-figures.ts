import { formatCount, formatNumber, formatPercent, formatSigned, plural } from '../../base/number-text.ts'
import type { Grid } from '../../evaluation/plots/errors.ts'
import type { NumberPlots } from '../../evaluation/plots/plots.ts'
import { at, canvas, isDrawable, pathOf, picture, type Side, sideNames } from './chart.ts'
import { distributionFigure } from './distribution-figures.ts'
import { figure } from './figure.ts'
import { element, type Html } from './html.ts'
import { cell, table } from './parts.ts'
import { sidesOf } from './score-figures.ts'

/** Charts of a regression: predicted against true values, residuals, size of the errors. */
export function numberFigures({ grid, residuals, quantiles }: NumberPlots): Html[] {
  const grids = grid === null ? [] : sidesOf(grid).map(({ side, data }) => gridFigure(side, grid.edges, data))
  const residual =
    residuals === null
      ? null
      : distributionFigure(residuals, {
          id: 'residuals',
          heading: 'Residuals',
          caption: 'Predicted minus true value; 0 is the dotted line.',
          axis: 'Predicted minus true',
          zero: true,
        })
  return [...grids, residual, quantileFigure(quantiles)].flatMap((found) => found ?? [])
}

function gridFigure(side: Side, edges: readonly number[], { cells, beyond }: NonNullable<Grid[Side]>): Html | null {
  const [from = 0, to = 0] = [edges[0], edges.at(-1)]
  const heading = `Predicted and true values, ${sideNames[side].toLowerCase()}`
  const id = `predicted-${side === 'base' ? 'base' : 'new'}`
  const rows = cells.reduce((sum, { count }) => sum + count, beyond)
  if (!isDrawable(from, to) || rows === 0) return null
  const drawing = canvas({ label: 'True value', from, to }, { label: 'Predicted value', from, to }, 340)
  const { x, y } = drawing
  const most = Math.max(...cells.map(({ count }) => count))
  const binWidth = Math.abs(x(edges[1] as number) - x(from))
  const middle = (bin: number): number => (edges[bin] as number) / 2 + (edges[bin + 1] as number) / 2
  const dots = cells.map((one) => {
    const [left, top] = [x(middle(one.x)), y(middle(one.y))]
    // The area says how many; a single row can still be seen.
    const radius = Math.max(1.2, (binWidth / 2) * Math.sqrt(one.count / most))
    return side === 'base'
      ? element('rect', {
          class: 'dot base',
          x: at(left - radius * 0.85),
          y: at(top - radius * 0.85),
          width: at(radius * 1.7),
          height: at(radius * 1.7),
        })
      : element('circle', { class: 'dot fresh', cx: at(left), cy: at(top), r: at(radius) })
  })
  const diagonal = element('path', {
    class: 'chance',
    d: pathOf([
      [x(from), y(from)],
      [x(to), y(to)],
    ]),
  })
  const outside = beyond === 0 ? '' : ` ${plural(beyond, 'row')} beyond the axes.`
  const caption = `${plural(rows, 'row')}. The area of a mark is the number of rows; on the dotted diagonal the prediction is right.${outside}`
  return figure({
    id,
    heading,
    caption,
    chart: picture(id, heading, caption, drawing, diagonal, dots),
    sides: [],
    columns: [
      { label: 'True value', number: true },
      { label: 'Predicted value', number: true },
      { label: 'Rows', number: true },
    ],
    rows: cells.map((one) => ({
      spot: { side, x: middle(one.x), y: middle(one.y) },
      cells: [
        cell(rangeOf(edges, one.x), edges[one.x] as number),
        cell(rangeOf(edges, one.y), edges[one.y] as number),
        cell(formatCount(one.count), one.count),
      ],
    })),
  })
}

function rangeOf(edges: readonly number[], bin: number): string {
  return `${formatNumber(edges[bin] as number)} to ${formatNumber(edges[bin + 1] as number)}`
}

/** A table is the clearest picture of eight numbers. */
function quantileFigure({ base, fresh }: NumberPlots['quantiles']): Html | null {
  const shares = (base ?? fresh ?? []).map(({ share }) => share)
  if (shares.length === 0) return null
  const rows = shares.map((share, place) => {
    const [before, now] = [base?.[place]?.value, fresh?.[place]?.value]
    const change = before === undefined || now === undefined ? undefined : now - before
    const shown = (value: number | undefined, format = formatNumber): string =>
      value === undefined ? '' : format(value)
    return {
      cells: [
        cell(share === 1 ? 'largest' : formatPercent(share), share),
        cell(shown(before), before),
        cell(shown(now), now),
        cell(shown(change, formatSigned), change),
      ],
    }
  })
  return element(
    'figure',
    { id: 'errors', 'aria-labelledby': 'errors-heading' },
    element('h3', { id: 'errors-heading' }, 'Absolute errors'),
    element('figcaption', {}, 'So many of the rows have an error of at most this size.'),
    table(
      'Quantiles of the absolute error',
      [
        { label: 'Rows' },
        { label: 'Base', number: true },
        { label: 'New', number: true },
        { label: 'Difference', number: true },
      ],
      rows,
    ),
  )
}
