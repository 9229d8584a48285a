import { formatCount, formatNumber, formatShare, plural } from '../../base/number-text.ts'
import type { DataProfile, ProfileColumn } from '../../data/profile/data-profile.ts'
import { head } from '../page/head.ts'
import { element, type Html, render } from '../page/html.ts'
import { type Column, cell, limited, name, section, table, words } from '../page/parts.ts'
import { categoriesFigure, histogramFigure } from './profile-figures.ts'
import { countText, figureText, isWorthDrawing, lengthText, remarksOf, summaryOf } from './profile-view.ts'

/** Columns with a chart: a page with thousands of them helps nobody. */
const mostFigures = 200
const mostRows = 2000

/** A profile as one HTML file that loads nothing and needs no script. Pure: the same profile gives the same page. */
export function renderProfilePage(profile: DataProfile, dataSet: string): string {
  const { rows, columns } = profile
  const figures = limited(columns, mostFigures)
  const page = element(
    'html',
    { lang: 'en' },
    head(`${words(dataSet, 100)}: profile`),
    element(
      'body',
      {},
      element('a', { class: 'skip', href: '#report' }, 'Skip to the profile'),
      element(
        'nav',
        { 'aria-label': 'Sections of the profile' },
        element(
          'ul',
          {},
          [
            ['#columns', 'Columns'],
            ['#distributions', 'Distributions'],
          ].map(([href, label]) => element('li', {}, element('a', { href: href ?? '' }, label ?? ''))),
        ),
      ),
      element(
        'main',
        { id: 'report' },
        element(
          'header',
          {},
          element('h1', {}, words(dataSet, 200)),
          element('p', {}, `${plural(rows, 'row')}, ${plural(columns.length, 'column')}. All counts are exact.`),
        ),
        section('columns', 'Columns', overview(profile)),
        section(
          'distributions',
          'Distributions',
          element(
            'div',
            { class: 'figures' },
            figures.shown.map((column, index) => figureOf(column, profile, `column-${index}`)),
          ),
          figures.note,
        ),
      ),
    ),
  )
  return `<!doctype html>\n${render(page)}\n`
}

const overviewColumns: readonly Column[] = [
  { label: 'Column' },
  { label: 'Kind' },
  { label: 'Missing', number: true },
  { label: 'Distinct', number: true },
  { label: 'Values', sentence: true },
  { label: 'Remarks' },
]

function overview(profile: DataProfile): Html[] {
  const { rows, columns } = profile
  const { shown, note } = limited(columns, mostRows)
  const cells = shown.map((column) => ({
    cells: [
      cell(name(column.name)),
      cell(column.kind),
      cell(countText(column.nulls, rows)),
      cell(column.distinct === null ? '' : formatCount(column.distinct)),
      cell(words(summaryOf(column, profile), 200)),
      cell(remarksOf(column, rows).join(', ')),
    ],
  }))
  return [table('Columns', overviewColumns, cells), ...(note === null ? [] : [note])]
}

function figureOf(column: ProfileColumn, profile: DataProfile, id: string): Html {
  const caption = captionOf(column, profile)
  const drawn = isWorthDrawing(column)
    ? categoriesFigure(column, profile.rows, { id, caption })
    : histogramFigure(column, { id, caption })
  return (
    drawn ??
    element(
      'figure',
      { id, 'aria-labelledby': `${id}-heading` },
      element('h3', { id: `${id}-heading` }, words(column.name, 200)),
      element('figcaption', {}, caption),
      element(
        'p',
        { class: 'quiet' },
        column.sensitive
          ? 'Values are hidden.'
          : column.categories === null || column.distinct === 0
            ? 'There is nothing to draw.'
            : 'No value stands twice.',
      ),
    )
  )
}

function captionOf(column: ProfileColumn, { rows }: DataProfile): string {
  const { kind, nulls, distinct, mean, stdev, min, max, lengths, sensitive } = column
  const range = min === null || max === null ? [] : [`${figureText(min)} to ${figureText(max)}`]
  const average =
    mean === null ? [] : [`mean ${formatNumber(mean)}${stdev === null ? '' : ` ± ${formatNumber(stdev)}`}`]
  const long = lengths === null ? [] : [lengthText(lengths)]
  return [
    sensitive ? `${kind}, sensitive` : kind,
    nulls === 0 ? 'none missing' : `${formatCount(nulls)} missing (${formatShare(nulls, rows)})`,
    ...(distinct === null ? [] : [`${formatCount(distinct)} distinct`]),
    ...(kind === 'string' ? [] : range),
    ...average,
    ...long,
    ...remarksOf(column, rows),
  ]
    .map((part) => words(part, 120))
    .join(' · ')
}
