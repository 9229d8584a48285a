import { plural } from '../../base/number-text.ts'
import type { Comparison, RunSummary } from '../../compare/comparison.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { alertsOf } from '../alerts.ts'
import { stoppedBecause } from '../format.ts'
import { coursesOf } from '../history-section.ts'
import { judgedBy, methodsOf, usageOf } from '../method.ts'
import { sortRules } from '../rules-section.ts'
import { settlingsOf } from '../settling.ts'
import { otherBaselinesOf } from '../trend.ts'
import { waiversOf } from '../waivers.ts'
import { type Content, element, type Html } from './html.ts'
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
    otherBaselines(comparison),
  )
}

/** Which runs single rules compare with, where that is not the baseline of the report. */
function otherBaselines(comparison: Comparison): Content {
  const { shown, note } = limited(otherBaselinesOf(comparison), 50)
  if (shown.length === 0) return null
  const items = shown.map((other) => element('li', {}, name(other.name), `: ${words(other.explanation)}`))
  return [
    element('p', { class: 'quiet' }, 'Single rules compare with:'),
    element('ul', { class: 'quiet' }, items),
    note,
  ]
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

/** Every waiver of the policy, whether it holds or not. */
export function waiversSection(verdict: Verdict): Html | null {
  const { shown, note } = limited(waiversOf(verdict), 200)
  if (shown.length === 0) return null
  const columns = [
    { label: 'Rule' },
    { label: 'State', sort: true },
    { label: 'Why', sentence: true },
    { label: 'Excuses' },
  ]
  const rows = shown.map(({ state, about, said, effect, excused }) => {
    const named = limited(excused, 50)
    const list = named.shown.map((one) => [element('br'), name(one, 300)])
    return {
      cells: [
        cell(about.map((one, place) => [place === 0 ? '' : element('br'), name(one)])),
        cell(state),
        cell(words(said)),
        cell([effect, list, named.note]),
      ],
    }
  })
  return section('waivers', 'Waivers', table('Waivers', columns, rows), note)
}

/** A small picture of every metric that is held against earlier runs; null where none is. */
export function historySection(comparison: Comparison, verdict: Verdict): Html | null {
  const { shown, note } = limited(coursesOf(comparison, verdict), 50)
  if (shown.length === 0) return null
  const items = shown.map((course) =>
    element('li', {}, name(course.metric), ' ', element('code', {}, course.line), ` ${course.range}`),
  )
  const from = `Where they come from: ${words(comparison.history?.source ?? '')}. This run is at the right.`
  return section('history', 'Earlier runs', element('p', { class: 'quiet' }, from), element('ul', {}, items), note)
}

function settlingList(comparison: Comparison, verdict: Verdict): Content {
  const { shown, note } = limited(settlingsOf(comparison, verdict), 100)
  if (shown.length === 0) return null
  const items = shown.map(({ rule, part, how }) =>
    element('li', {}, name(rule, 300), part === undefined ? null : [', ', name(part)], `: ${how}`),
  )
  return [element('h3', {}, 'What would settle it'), element('ul', {}, items), note]
}

export function rulesSection(comparison: Comparison, verdict: Verdict): Html {
  if (verdict.rules.length === 0)
    return section('rules', 'Rules', element('p', {}, 'No checkpoint has any rule, so nothing was judged.'))
  const { shown, note } = limited(sortRules(verdict), 1000)
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
      shown.map((rule, place) => ({
        cells: [
          {
            content: [name(rule.id, 300), element('br'), element('small', {}, words(rule.expected))],
            value: words(rule.id, 300),
          },
          cell(ruleBadge(rule), place),
          cell(words(rule.reason)),
        ],
      })),
    ),
    note,
    settlingList(comparison, verdict),
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
