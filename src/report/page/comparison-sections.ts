import { formatCount, formatNumber, formatPercent, formatSigned } from '../../base/number-text.ts'
import type { Broken, Change, Comparison, Estimate, GoldenRows, MetricComparison } from '../../compare/comparison.ts'
import { shownAlpha } from '../../compare/resample.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { formatInterval } from '../format.ts'
import { seedsNote } from '../intervals.ts'
import { brokenCaption, lostLabels, lostText } from '../rows-section.ts'
import { ruleMarksOf } from '../rule-marks.ts'
import { marginOf, shownInterval, splitMetrics, trendOf } from '../trend.ts'
import { type Content, element, type Html } from './html.ts'
import { intervalPlot } from './interval-plot.ts'
import { type Cell, type Column, cell, limited, name, section, signOf, table, words } from './parts.ts'

const level = formatPercent(1 - 2 * shownAlpha)

/** All metrics with their differences, those that a rule judges first. */
export function metricsSection(comparison: Comparison, verdict: Verdict): Html {
  if (comparison.metrics.length === 0)
    return section(
      'metrics',
      'Metrics',
      element('p', {}, 'This run measured nothing: no metrics file and no predictions.'),
    )
  const { judged, others } = splitMetrics(comparison, verdict)
  const { shown, note } = limited([...judged, ...others], 500)
  const explained = `${level} intervals. In the plot better is to the right: the full line is no difference, the dashed line the margin of a rule.`
  return comparison.base === null
    ? section(
        'metrics',
        'Metrics',
        metricsTable(
          ownColumns,
          shown.map((metric) => ownRow(metric, verdict, comparison)),
        ),
        note,
      )
    : section(
        'metrics',
        'Metrics',
        element('p', { class: 'quiet' }, explained),
        metricsTable(
          pairedColumns,
          shown.map((metric) => pairedRow(metric, verdict, comparison)),
        ),
        note,
      )
}

const rulesColumn: Column = { label: 'Rule' }
const notJudged: Cell = cell('')

const ownColumns: Column[] = [
  { label: 'Metric', sort: true },
  rulesColumn,
  { label: 'Value', number: true, sort: true },
  { label: `${level} interval`, number: true },
]

const pairedColumns: Column[] = [
  { label: 'Metric', sort: true },
  rulesColumn,
  { label: 'Base', number: true, sort: true },
  { label: 'New', number: true, sort: true },
  { label: `Difference, ${level} interval`, number: true, sort: true },
  { label: 'Worse or better' },
  { label: 'Trend', sort: true },
]

/** Without the column of rules where no rule judges any of the metrics. */
function metricsTable(columns: readonly Column[], rows: readonly Cell[][]): Html {
  const at = columns.indexOf(rulesColumn)
  const isJudged = rows.some((cells) => cells[at] !== notJudged)
  const kept = <T>(all: readonly T[]): T[] => (isJudged ? [...all] : all.filter((_one, place) => place !== at))
  return table(
    'Metrics',
    kept(columns),
    rows.map((cells) => ({ cells: kept(cells) })),
  )
}

function ownRow(metric: MetricComparison, verdict: Verdict, comparison: Comparison): Cell[] {
  const interval = shownInterval(metric.new)
  const range = interval === undefined ? '' : `${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}`
  return [
    nameCell(metric, comparison),
    rulesCell(metric, verdict, comparison),
    valueCell(metric.new, metric),
    cell(range),
  ]
}

function pairedRow(metric: MetricComparison, verdict: Verdict, comparison: Comparison): Cell[] {
  const trends = { better: '▲ better', worse: '▼ worse', same: '= same', unclear: '~ unclear' }
  const trend = comparison.mismatches.length === 0 ? trendOf(metric) : undefined
  return [
    nameCell(metric, comparison),
    rulesCell(metric, verdict, comparison),
    valueCell(metric.base, metric),
    valueCell(metric.new, metric),
    differenceCell(metric),
    cell(intervalPlot(metric, marginOf(metric, verdict, comparison))),
    trend === undefined ? cell('') : cell(element('span', { class: `trend ${trend}` }, trends[trend])),
  ]
}

/** In one cell, so that the table with its plot and its trend fits the page. */
function differenceCell(metric: MetricComparison): Cell {
  const { difference } = metric
  if (difference === null) return cell('')
  const interval = shownInterval(metric)
  const range = interval === undefined ? 'no uncertainty available' : formatInterval(interval)
  return cell([formatSigned(difference), element('br'), element('small', {}, range)], difference)
}

function rulesCell(metric: MetricComparison, verdict: Verdict, comparison: Comparison): Cell {
  const { shown, note } = limited(ruleMarksOf(metric, verdict, comparison), 10)
  if (shown.length === 0) return notJudged
  const lines = shown.map(({ verdict: found, words: ours, against }, place) => [
    place === 0 ? '' : element('br'),
    element('span', { class: 'trend' }, `${signOf(found)} ${ours}`),
    against === undefined ? '' : [' against ', name(against, 60)],
  ])
  return cell([lines, note])
}

function nameCell(metric: MetricComparison, comparison: Comparison): Cell {
  const seeds = seedsNote(metric, comparison)
  const arrow = { higher: ' ↑', lower: ' ↓', unknown: '' }[metric.direction]
  const meaning = { higher: ' (higher is better)', lower: ' (lower is better)', unknown: '' }[metric.direction]
  return cell(
    [
      name(metric.name),
      element('span', { 'aria-hidden': 'true' }, arrow),
      meaning === '' ? null : element('span', { class: 'hidden' }, meaning),
      seeds === '' ? null : [element('br'), element('small', {}, seeds)],
    ],
    words(metric.name),
  )
}

function valueCell(estimate: Estimate | null, { unit }: MetricComparison): Cell {
  if (estimate === null) return cell('')
  if (estimate.conflict !== undefined) return cell(['⚠ ', words(estimate.conflict)])
  if (estimate.value === null) return cell(['⚠ ', words(estimate.problem ?? 'missing')])
  return cell(formatNumber(estimate.value) + (unit === undefined ? '' : ` ${words(unit, 60)}`), estimate.value)
}

/** Rows that became right, rows that became wrong, and golden rows that did not stay right. */
export function rowsSection({ flips, broken, golden, base }: Comparison): Html | null {
  const lost = golden.filter(({ brokenCount, missingCount }) => brokenCount + missingCount > 0)
  if (flips === null && lost.length === 0) return null
  const count = (rows: number, word?: string): Cell =>
    word === undefined
      ? cell(formatCount(rows), rows)
      : cell([element('strong', {}, formatCount(rows)), ` ${word}`], rows)
  return section(
    'rows',
    'Rows mended and broken',
    flips === null
      ? null
      : table(
          'Rows by which of the two runs is right',
          [{ label: 'Rows' }, { label: 'New right', number: true }, { label: 'New wrong', number: true }],
          [
            { cells: [cell('Base right'), count(flips.bothRight), count(flips.onlyBaseRight, 'broken')] },
            { cells: [cell('Base wrong'), count(flips.onlyNewRight, 'mended'), count(flips.bothWrong)] },
          ],
        ),
    flips === null || broken === null || broken.rows.length === 0 ? null : brokenTable(broken, flips.onlyBaseRight),
    lost.slice(0, 20).map((rows) => goldenTable(rows, base === null ? 'wrong' : 'broken')),
  )
}

function brokenTable(broken: Broken, count: number): Content {
  const label = lostLabels[broken.by]
  const named = broken.rows.some(({ truth }) => truth !== undefined)
  const columns: Column[] = [
    { label: 'Row' },
    ...(named ? [{ label: 'True' }, { label: 'Now' }] : []),
    ...(label === undefined ? [] : [{ label, number: true }]),
  ]
  const rows = broken.rows.map(({ id, truth = '', predicted = '', lost }) => ({
    cells: [
      cell(name(id, 100)),
      ...(named ? [cell(name(truth, 100)), cell(name(predicted, 100))] : []),
      ...(label === undefined ? [] : [lost === undefined ? cell('') : cell(lostText(broken, lost), -lost)]),
    ],
  }))
  return [element('p', {}, brokenCaption(broken, count)), table('Broken rows', columns, rows)]
}

/** Rows that must stay right and did not, by their ids. */
function goldenTable(rows: GoldenRows, broken: string): Content {
  const ids = (which: 'broken' | 'missing'): Content => {
    const { shown } = limited(rows[which], 100)
    const left = rows[`${which}Count`] - shown.length
    return [
      shown.map((id, place) => [place === 0 ? '' : ', ', name(id, 100)]),
      left > 0 ? ` and ${formatCount(left)} more` : '',
    ]
  }
  return [
    element('h3', {}, 'Golden rows of ', name(rows.file)),
    table(
      'Golden rows',
      [
        { label: `${formatCount(rows.rows)} in all` },
        { label: 'Count', number: true },
        { label: 'Ids', sentence: true },
      ],
      [
        { cells: [cell(broken), cell(formatCount(rows.brokenCount)), cell(ids('broken'))] },
        { cells: [cell('without a prediction'), cell(formatCount(rows.missingCount)), cell(ids('missing'))] },
      ],
    ),
  ]
}

/** What differs in code, data, parameters and environment; null without a baseline. */
export function changesSection({ base, changes }: Comparison): Html | null {
  if (base === null) return null
  const groups: [string, readonly Change[]][] = [
    ['code', changes.code],
    ['data', changes.data],
    ['parameters', changes.params],
    ['environment', changes.environment],
  ]
  const all = groups.flatMap(([group, list]) => list.map((change) => ({ group, change })))
  if (all.length === 0)
    return section(
      'changes',
      'What changed',
      element(
        'p',
        {},
        'Nothing that the model depends on changed: code, data, parameters and environment are the same.',
      ),
    )
  const { shown, note } = limited(all, 500)
  const side = (value: string | null, absent: string): Content => (value === null ? absent : name(value, 300))
  return section(
    'changes',
    'What changed',
    table(
      'What changed',
      [{ label: 'What', sort: true }, { label: 'Kind', sort: true }, { label: 'Base' }, { label: 'New' }],
      shown.map(({ group, change }) => ({
        cells: [
          cell(name(change.name, 300), words(change.name, 300)),
          cell(group),
          cell(side(change.base, 'not there')),
          cell(side(change.new, 'removed')),
        ],
      })),
    ),
    note,
  )
}
