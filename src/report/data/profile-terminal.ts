import { styleText } from 'node:util'
import { oneLine, truncate } from '../../base/escape.ts'
import { formatCount, plural } from '../../base/number-text.ts'
import type { DataProfile, ProfileColumn } from '../../data/profile/data-profile.ts'
import { alignColumns } from '../columns.ts'
import { sparkline } from '../glyphs.ts'
import { countText, isWorthDrawing, pictureBins, remarksOf, summaryOf } from './profile-view.ts'

const mostBins = 16
const longestName = 32

/** A profile as a table for a terminal, one line for each column. Colours only with `colour`. */
export function renderProfile(profile: DataProfile, name: string, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const { rows, columns } = profile
  const head = ['column', 'kind', 'missing', 'distinct', 'distribution'].map((title) => paint('dim', title))
  const lines = columns.map((column) => {
    const remarks = remarksOf(column, rows)
    const picture = pictureOf(column)
    return [
      truncate(oneLine(column.name), longestName),
      column.kind,
      column.nulls === 0 ? countText(0, rows) : paint('yellow', countText(column.nulls, rows)),
      column.distinct === null ? '' : formatCount(column.distinct),
      picture === '' ? '' : paint('cyan', picture),
      [oneLine(summaryOf(column, profile)), ...(remarks.length === 0 ? [] : [paint('yellow', remarks.join(', '))])]
        .filter((part) => part !== '')
        .join('  '),
    ]
  })
  return `${[
    `${oneLine(name)}: ${plural(rows, 'row')}, ${plural(columns.length, 'column')}`,
    '',
    ...alignColumns([head, ...lines], ['left', 'left', 'right', 'right', 'left', 'left']),
  ].join('\n')}\n`
}

/** The distribution of numbers, or the shares of the most frequent values. */
function pictureOf(column: ProfileColumn): string {
  if (column.categories !== null && !isWorthDrawing(column)) return ''
  if (column.categories !== null)
    return sparkline(column.categories.values.slice(0, mostBins).map(({ count }) => count))
  const bins = pictureBins(column, mostBins)
  return bins === undefined ? '' : sparkline(bins.counts)
}
