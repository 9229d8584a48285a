import { formatCount, formatPercent, formatShare } from '../../base/number-text.ts'
import type { ProfileColumn } from '../../data/profile/data-profile.ts'
import { canvas, isDrawable, pathOf, picture, type Spot } from '../page/chart.ts'
import { figure } from '../page/figure.ts'
import { element, type Html } from '../page/html.ts'
import { cell, words } from '../page/parts.ts'
import { figureText, pictureBins } from './profile-view.ts'

/** Charts of single columns of a profile. */

type FigureText = { id: string; caption: string }

const drawnBins = 40
const mostCategories = 12

/** Rows per bin of equal width. Null where there is no range to draw. */
export function histogramFigure(column: ProfileColumn, { id, caption }: FigureText): Html | null {
  const bins = pictureBins(column, drawnBins)
  if (bins === undefined || !isDrawable(bins.from, bins.to)) return null
  const { from, to } = bins
  const rows = bins.counts.reduce((sum, count) => sum + count, bins.below + bins.above)
  const shares = bins.counts.map((count) => count / rows)
  const isTime = column.kind === 'date' || column.kind === 'timestamp'
  const drawing = canvas(
    { label: words(column.name, 40), from, to, ...(isTime ? timeTicks(from, to) : {}) },
    shareAxisUpTo(Math.max(...shares)),
    240,
  )
  const { x, y } = drawing
  const width = (to - from) / bins.counts.length
  const bars = shares.map((share, bin) =>
    share === 0 ? null : bar(x(from + bin * width) + 0.5, x(from + (bin + 1) * width) - 0.5, y(0), y(share)),
  )
  const outside = Math.round(bins.below + bins.above)
  const beyond = outside === 0 ? '' : ` · about ${formatCount(outside)} rows beyond the ends of the axis`
  const text = `${caption}${beyond}`
  return figure({
    id,
    heading: words(column.name, 200),
    caption: text,
    chart: picture(id, words(column.name, 200), text, drawing, bars),
    sides: [],
    columns: [{ label: 'Share of values at or below' }, { label: 'Value', number: true }],
    rows: column.quantiles.map(({ q, value }) => ({
      cells: [cell(formatPercent(q)), cell(words(figureText(value), 60))],
    })),
  })
}

/** The most frequent values as bars from the left, and all others together. */
export function categoriesFigure(column: ProfileColumn, rows: number, { id, caption }: FigureText): Html {
  const { values, distinct, otherRows } = column.categories ?? { values: [], distinct: 0, otherRows: 0 }
  const first = values.slice(0, mostCategories)
  const rest = values.slice(mostCategories).reduce((sum, { count }) => sum + count, otherRows)
  const bars = [
    ...first.map(({ value, count }) => ({ label: value === '' ? '(empty)' : value, count })),
    ...(rest > 0 ? [{ label: `${formatCount(distinct - first.length)} others`, count: rest }] : []),
    ...(column.nulls > 0 ? [{ label: 'missing', count: column.nulls }] : []),
  ]
  const most = Math.max(...bars.map(({ count }) => count))
  const line = 24
  const [left, right] = [128, 340]
  const shapes = bars.map(({ label, count }, index) => {
    const top = 4 + index * line
    const end = left + (count / most) * (right - left)
    return [
      element('text', { class: 'label', x: left - 8, y: top + 15, 'text-anchor': 'end' }, words(label, 14)),
      bar(left, Math.max(end, left + 1), top + 19, top + 3),
      element('text', { x: Math.max(end, left + 1) + 6, y: top + 15 }, formatShare(count, rows)),
    ]
  })
  const heading = words(column.name, 200)
  const drawing = {
    axes: element('g', { class: 'axes' }),
    area: { 'data-x': '0 400 0 400', 'data-y': '0 1 0 1' },
    height: 8 + bars.length * line,
  }
  return figure({
    id,
    heading,
    caption,
    chart: picture(id, heading, caption, drawing, shapes),
    sides: [],
    columns: [{ label: 'Value' }, { label: 'Rows', number: true }, { label: 'Share of rows', number: true }],
    rows: bars.map(({ label, count }) => ({
      cells: [cell(words(label, 200)), cell(formatCount(count)), cell(formatShare(count, rows))],
    })),
  })
}

function bar(left: number, right: number, bottom: number, top: number): Html {
  const corners: Spot[] = [
    [left, bottom],
    [left, top],
    [right, top],
    [right, bottom],
  ]
  return element('path', { class: 'bar fresh', d: `${pathOf(corners)}Z` })
}

function shareAxisUpTo(most: number) {
  const step = most > 0.5 ? 0.2 : most > 0.2 ? 0.1 : most > 0.1 ? 0.05 : most > 0.04 ? 0.02 : 0.01
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step)
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, tick) => tick * step)
  const format = (share: number): string => formatPercent(Number(share.toFixed(3)))
  return { label: 'Share of values', from: 0, to: top, ticks, format }
}

/** Three dates, away from the ends, where they would be cut; more would run into each other. */
function timeTicks(from: number, to: number): { ticks: number[]; format: (seconds: number) => string } {
  const ticks = [1, 3, 5].map((part) => from + ((to - from) * part) / 6)
  const isLong = to - from > 4 * 86_400
  const format = (seconds: number): string => {
    const time = new Date(seconds * 1000)
    if (Number.isNaN(time.getTime())) return ''
    return isLong ? time.toISOString().slice(0, 10) : time.toISOString().slice(5, 16).replace('T', ' ')
  }
  return { ticks, format }
}
