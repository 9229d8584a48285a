import { plural } from '../../base/number-text.ts'
import type { Comparison, RunSummary } from '../../compare/comparison.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { alertsOf } from '../alerts.ts'
import { stoppedBecause } from '../format.ts'
import { judgedBy, methodsOf, usageOf } from '../method.ts'
import { element, type Html } from './html.ts'
import { badge, cell, limited, name, ruleBadge, section, table, words } from './parts.ts'

/** What was judged and why. */
export function headline(comparison: Comparison, verdict: Verdict): Html {
  const side = (run: RunSummary): Html => name(run.commit === undefined ? run.id : run.commit.slice(0, 7), 60)
  const branch = (run: RunSummary): (Html | string)[] =>
    run.branch === undefined ? [] : [' on ', name(run.branch, 100)]
  const rows = comparison.rows === null ? '' : `, ${plural(comparison.rows.paired, 'row')} paired by id`
  const compared =
    comparison.base === null
      ? [
          'Measured: ',
          side(comparison.new),
          branch(comparison.new),
          '. No baseline: ',
          words(comparison.baseline.explanation),
        ]
      : [
          'Compared: ',
          side(comparison.new),
          branch(comparison.new),
          ' with ',
          side(comparison.base),
          ` (${words(comparison.baseline.explanation)})${rows}.`,
        ]
  return element(
    'header',
    {},
    element('p', { class: 'quiet' }, 'modelgate report'),
    element('h1', {}, words(comparison.project.name, 200)),
    element('p', { class: 'verdict' }, badge(verdict.verdict, stoppedBecause(verdict))),
    comparison.stoppedAt === null
      ? null
      : element(
          'p',
          {},
          element('strong', {}, 'Nothing was trained or measured:'),
          ' the data checks of stage ',
          name(comparison.stoppedAt),
          ' failed.',
        ),
    element('p', { class: 'reason' }, words(verdict.reason, 2000)),
    element('p', { class: 'quiet' }, compared),
  )
}

export function alertsSection(comparison: Comparison, verdict: Verdict): Html | null {
  const { shown, note } = limited(alertsOf(comparison, verdict), 50)
  if (shown.length === 0) return null
  const items = shown.map(({ heading, sentences }) =>
    element(
      'li',
      {},
      heading === undefined ? null : [element('strong', {}, words(heading)), ' '],
      sentences.map((sentence) => words(sentence)).join(' '),
    ),
  )
  return section('notes', 'Please note', element('ul', { class: 'alerts' }, items), note)
}

export function rulesSection({ rules }: Verdict): Html {
  if (rules.length === 0)
    return section('rules', 'Rules', element('p', {}, 'No checkpoint has any rule, so nothing was judged.'))
  const order = ['block', 'approve', 'waived', 'warn', 'info', 'none']
  const sorted = [...rules].sort((a, b) => order.indexOf(a.consequence) - order.indexOf(b.consequence))
  const { shown, note } = limited(sorted, 1000)
  return section(
    'rules',
    'Rules',
    table(
      'Rules and their verdicts',
      [
        { label: 'Rule', sort: true },
        { label: 'Verdict', sort: true },
        { label: 'Why', sentence: true },
      ],
      shown.map((rule) => ({
        cells: [
          {
            content: [name(rule.id, 300), element('br'), element('small', {}, words(rule.expected))],
            value: words(rule.id, 300),
          },
          cell(ruleBadge(rule), order.indexOf(rule.consequence)),
          cell(words(rule.reason)),
        ],
      })),
    ),
    note,
  )
}

export function methodSection(comparison: Comparison, verdict: Verdict): Html {
  const { shown, note } = limited(methodsOf(comparison), 100)
  const methods = shown.map(({ method, metrics }) => {
    const named = limited(metrics, 50)
    return element(
      'li',
      {},
      named.shown.map((metric, place) => [place === 0 ? '' : ', ', name(metric)]),
      named.note === null ? '' : ` and ${plural(metrics.length - named.shown.length, 'more metric')}`,
      `: ${words(method)}`,
    )
  })
  const own = [...usageOf(comparison), judgedBy(verdict)].map((line) => element('li', {}, line))
  return section('method', 'How this was measured', element('ul', {}, methods, own), note)
}
