import { formatCount, formatNumber } from '../../base/number-text.ts'
import type { Cells, ThresholdTable } from '../../evaluation/plots/confusion.ts'
import { sideNames } from './chart.ts'
import { element, type Html } from './html.ts'
import { cell, table } from './parts.ts'
import { sidesOf } from './score-figures.ts'

const kinds: readonly { key: keyof Cells; label: string }[] = [
  { key: 'tp', label: 'True positives' },
  { key: 'fp', label: 'False positives' },
  { key: 'fn', label: 'False negatives' },
  { key: 'tn', label: 'True negatives' },
]

/**
 * The confusion counts at every threshold. The script puts a slider in front of the table, which stands open without it; it also moves
 * a mark along the curves.
 */
export function thresholdFigure(thresholds: ThresholdTable): Html {
  const sides = sidesOf(thresholds)
  const columns = sides.flatMap(({ side }) =>
    kinds.map(({ label }) => ({ label: `${sideNames[side]}: ${label.toLowerCase()}`, number: true })),
  )
  return element(
    'figure',
    { id: 'threshold', class: 'wide', 'aria-labelledby': 'threshold-heading' },
    element('h3', { id: 'threshold-heading' }, 'At another threshold'),
    element(
      'figcaption',
      {},
      'What the matrix would be if rows counted as positive whose score is above the threshold.',
    ),
    element('div', { class: 'controls', 'data-threshold': sides.map(({ side }) => sideNames[side]).join(' ') }),
    element(
      'details',
      {},
      element('summary', {}, 'View as table', element('span', { class: 'hidden' }, ': counts at every threshold')),
      table(
        'Counts at every threshold',
        [{ label: 'Threshold' }, ...columns],
        thresholds.thresholds.map((threshold, place) => ({
          cells: [
            cell(formatNumber(threshold), threshold),
            ...sides.flatMap(({ data }) =>
              kinds.map(({ key }) => cell(formatCount(data[place]?.[key] ?? 0), data[place]?.[key] ?? 0)),
            ),
          ],
        })),
      ),
    ),
  )
}
