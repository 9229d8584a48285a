import { formatCount, formatNumber, formatSigned } from '../../base/number-text.ts'
import type { ClassResult, ClassResults, ConfusionMatrix } from '../../evaluation/plots/confusion.ts'
import { at, marker } from './chart.ts'
import { element, type Html } from './html.ts'
import { type Cell, cell, limited, table, words } from './parts.ts'

/** Confusion matrices, and recall and precision of every class. */
export function classFigures({ matrix, classes }: ClassResults): Html[] {
  return [matricesFigure(matrix), ...(classes.length > 2 ? [perClassFigure(classes)] : [])]
}

const shades = 8
/** With more, the names of the columns stand upright. */
const fewClasses = 5

function matricesFigure(matrix: ConfusionMatrix): Html {
  const { base, fresh, classes, merged } = matrix
  const names = [
    ...classes.map((name) => words(name, 60)),
    ...(merged > 0 ? [`${formatCount(merged)} other classes`] : []),
  ]
  const difference =
    base === null || fresh === null
      ? null
      : fresh.map((row, truth) => row.map((count, said) => count - (base[truth]?.[said] ?? 0)))
  return element(
    'figure',
    { id: 'confusion', class: 'wide', 'aria-labelledby': 'confusion-heading' },
    element('h3', { id: 'confusion-heading' }, 'Confusion matrix'),
    element(
      'figcaption',
      {},
      'Rows are true classes, columns predicted ones; the diagonal is right. The stronger a cell is shaded, the larger its share of its row.',
      merged > 0 ? ' Rare classes stand together as the last one.' : '',
    ),
    element(
      'div',
      { class: 'matrices' },
      base === null ? null : matrixTable('Base', names, base),
      fresh === null ? null : matrixTable('New', names, fresh),
      difference === null ? null : differenceTable(names, difference),
    ),
  )
}

function matrixTable(title: string, names: readonly string[], counts: readonly (readonly number[])[]): Html {
  return oneMatrix(title, names, (truth, said) => {
    const row = counts[truth] ?? []
    const [count, sum] = [row[said] ?? 0, row.reduce((total, one) => total + one, 0)]
    const share = sum === 0 ? 0 : count / sum
    return {
      content: formatCount(count),
      kind: `cell shade${count === 0 ? 0 : Math.max(1, Math.round(share * shades))}${truth === said ? ' right' : ''}`,
    }
  })
}

/** More on the diagonal is good, more beside it bad: a sign, a triangle and a colour say so. */
function differenceTable(names: readonly string[], counts: readonly (readonly number[])[]): Html {
  return oneMatrix('New minus base', names, (truth, said) => {
    const count = counts[truth]?.[said] ?? 0
    const good = count === 0 ? undefined : count > 0 === (truth === said)
    const sign = good === undefined ? '' : good ? ' good' : ' bad'
    const text = count === 0 ? '0' : `${count > 0 ? '+' : '\u2212'}${formatCount(Math.abs(count))}`
    return {
      content: good === undefined ? text : [text, element('span', { class: 'hidden' }, good ? ' better' : ' worse')],
      kind: `cell${sign}${truth === said ? ' right' : ''}`,
    }
  })
}

function oneMatrix(title: string, names: readonly string[], content: (truth: number, said: number) => Cell): Html {
  return element(
    'div',
    { class: names.length > fewClasses ? 'matrix many' : 'matrix' },
    element('h4', {}, title),
    table(
      `Confusion matrix, ${title.toLowerCase()}`,
      [{ label: 'True \\ predicted' }, ...names.map((label) => ({ label, number: true }))],
      names.map((name, truth) => ({ cells: [cell(name), ...names.map((_, said) => content(truth, said))] })),
    ),
  )
}

const mostClasses = 200

/** Recall on a line from 0 to 1, from the base to the new run. */
function perClassFigure(classes: readonly ClassResult[]): Html {
  const loss = ({ base, fresh }: ClassResult): number => (fresh?.recall ?? 0) - (base?.recall ?? fresh?.recall ?? 0)
  const ordered = classes.length > mostClasses ? [...classes].sort((a, b) => loss(a) - loss(b)) : classes
  const { shown, note } = limited(ordered, mostClasses)
  const number = (value: number | null | undefined): Cell =>
    value === null || value === undefined ? cell('–', -1) : cell(formatNumber(value), value)
  const change = (before: number | null | undefined, now: number | null | undefined): Cell =>
    before == null || now == null ? cell('–', 0) : cell(formatSigned(now - before), now - before)
  return element(
    'figure',
    { id: 'classes', class: 'wide', 'aria-labelledby': 'classes-heading' },
    element('h3', { id: 'classes-heading' }, 'Recall and precision by class'),
    element(
      'figcaption',
      {},
      'The line leads from the recall of the base (square) to that of the new run (circle), on a scale from 0 to 1.',
    ),
    table(
      'Recall and precision by class',
      [
        { label: 'Class', sort: true },
        { label: 'Rows', number: true, sort: true },
        { label: 'Recall, base', number: true, sort: true },
        { label: 'Recall, new', number: true, sort: true },
        { label: 'Difference', number: true, sort: true },
        { label: 'Base to new' },
        { label: 'Precision, base', number: true, sort: true },
        { label: 'Precision, new', number: true, sort: true },
      ],
      shown.map(({ name, base, fresh }) => ({
        cells: [
          cell(words(name, 100)),
          cell(formatCount((fresh ?? base)?.rows ?? 0), (fresh ?? base)?.rows ?? 0),
          number(base?.recall),
          number(fresh?.recall),
          change(base?.recall, fresh?.recall),
          cell(recallPlot(base?.recall, fresh?.recall)),
          number(base?.precision),
          number(fresh?.precision),
        ],
      })),
    ),
    note,
  )
}

function recallPlot(base: number | null | undefined, fresh: number | null | undefined): Html | null {
  if (base == null && fresh == null) return null
  const x = (share: number): number => at(10 + share * 120)
  const label = [
    base == null ? undefined : `base ${formatNumber(base)}`,
    fresh == null ? undefined : `new ${formatNumber(fresh)}`,
  ].filter((part) => part !== undefined)
  return element(
    'svg',
    {
      class: 'interval',
      viewBox: '0 0 140 20',
      width: 140,
      height: 20,
      role: 'img',
      'aria-label': `Recall: ${label.join(', ')}`,
    },
    element('path', { class: 'grid', d: 'M10,10H130' }),
    base == null || fresh == null ? null : element('path', { class: 'reach', d: `M${x(base)},10H${x(fresh)}` }),
    base == null ? null : marker('base', x(base), 10),
    fresh == null ? null : marker('fresh', x(fresh), 10, 4.5),
  )
}
