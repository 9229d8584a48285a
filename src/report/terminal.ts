import { styleText } from 'node:util'
import { oneLine } from '../base/escape.ts'
import { formatNumber, formatSigned, plural } from '../base/number-text.ts'
import type { Broken, Comparison, MetricComparison } from '../compare/comparison.ts'
import type { RuleResult, Verdict, VerdictValue } from '../gate/verdict.ts'
import { alignColumns } from './columns.ts'
import { partsOf } from './data/part.ts'
import { renderDataPart } from './data/terminal.ts'
import { formatInterval, stoppedBecause } from './format.ts'
import { brokenCaption, lostLabels, lostText } from './rows-section.ts'
import { countParts, partsOfRules } from './rule-parts.ts'
import { otherBaselinesOf } from './trend.ts'
import { waiversOf } from './waivers.ts'

type Style = Parameters<typeof styleText>[0]

const styles: Record<VerdictValue | 'skipped', { style: Style; sign: string }> = {
  pass: { style: 'green', sign: '✔' },
  fail: { style: 'red', sign: '✖' },
  inconclusive: { style: 'yellow', sign: '?' },
  incomparable: { style: 'magenta', sign: '≠' },
  skipped: { style: 'dim', sign: '-' },
}

const mostMetrics = 20

/** The judgement as text for a terminal. Colours only with `colour`; nothing from outside can carry control characters into it. */
export function renderTerminal(comparison: Comparison, verdict: Verdict, colour: boolean): string {
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const { style, sign } = styles[verdict.verdict]
  const lines = [
    `${paint(style, `${sign} ${verdict.verdict}`)}${paint('red', stoppedBecause(verdict))}  ${oneLine(comparison.project.name)}`,
    ...(comparison.base === null
      ? [`No baseline: ${oneLine(comparison.baseline.explanation)}`]
      : [`Baseline: ${oneLine(comparison.baseline.explanation)}`]),
    ...otherBaselinesOf(comparison).map(({ name, explanation }) => oneLine(`Rules against ${name}: ${explanation}`)),
    ...(comparison.stoppedAt === null
      ? []
      : [
          paint(
            'red',
            `Nothing was trained or measured: the data checks of stage ${oneLine(comparison.stoppedAt)} failed.`,
          ),
        ]),
    ...(comparison.rows === null ? [] : [`${plural(comparison.rows.paired, 'row')} paired by id`]),
    ...comparison.mismatches.map((mismatch) =>
      paint('magenta', oneLine(`Not comparable: ${mismatch.message} ${mismatch.remedy}`)),
    ),
    ...[comparison.base, comparison.new]
      .flatMap((run) => run?.notes ?? [])
      .map((note) => paint('yellow', oneLine(note))),
    ...(comparison.new.dirty ? [paint('yellow', 'The working tree had changes that are not committed.')] : []),
    ...comparison.warnings.map((warning) => paint('yellow', oneLine(warning))),
    '',
    ...(comparison.stoppedAt === null ? [...alignColumns(metricRows(comparison)), ''] : []),
    ...partsOf(comparison).flatMap((part) => renderDataPart(part, colour).split('\n')),
    ...verdict.rules.flatMap((rule) => ruleLines(rule, comparison, paint)),
    ...waiverLines(verdict, paint),
    ...(verdict.policy.from === 'none'
      ? []
      : ['', `Judged by the checkpoints of ${verdict.policy.from === 'base' ? 'the base' : 'this working tree'}.`]),
    ...(verdict.policy.proposed === undefined
      ? []
      : ['', `This change edits the checkpoints; its own would say: ${verdict.policy.proposed.verdict}.`]),
    ...comparison.data.flatMap(({ stage, proposed }) =>
      proposed === undefined
        ? []
        : ['', oneLine(`This change edits the data checks of stage ${stage}; its own would say: ${proposed.verdict}.`)],
    ),
    '',
    oneLine(verdict.reason),
  ]
  return `${lines.join('\n')}\n`
}

type Paint = (style: Style, text: string) => string

const mostParts = 5

/** A rule, what was seen, and the parts of it that did not pass. */
function ruleLines(rule: RuleResult, comparison: Comparison, paint: Paint): string[] {
  const { style, sign } = styles[rule.verdict]
  const followed = rule.consequence === 'none' || rule.consequence === 'block' ? '' : ` (${rule.consequence})`
  const softened = rule.mode === 'dry-run' ? ' (dry run)' : followed
  const [found] = partsOfRules(comparison, { rules: [rule] })
  const parts = (found?.parts ?? []).map(({ part }) => part)
  // Without a baseline, say, every part has the reason of the rule, which was given already.
  const isRepeated = parts.length > 1 && parts.every(({ reason }) => reason === rule.reason)
  const open = isRepeated ? [] : parts.filter(({ verdict }) => verdict !== 'pass')
  const left = open.slice(mostParts)
  return [
    `${paint(style, sign)} ${oneLine(rule.id)}${softened}`,
    `    ${oneLine(rule.reason)}`,
    ...open.slice(0, mostParts).map((part) => {
      const of = styles[part.verdict]
      return `    ${paint(of.style, of.sign)} ${oneLine(part.name)}${part.consequence === 'waived' ? ' (waived)' : ''}: ${oneLine(part.reason)}`
    }),
    ...(left.length === 0 ? [] : [`    and ${countParts(left)}`]),
  ]
}

/** Every waiver, whether it holds or not. */
function waiverLines(verdict: Verdict, paint: Paint): string[] {
  const lines = waiversOf(verdict).map(({ state, about, said, effect, excused }) => {
    const list = excused.length === 0 ? '' : ` ${excused.slice(0, mostParts).join('; ')}.`
    return paint('yellow', oneLine(`Waiver (${state.toLowerCase()}): ${about.join(', ')}, ${said} ${effect}${list}`))
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

/** A comparison that nothing judged, as text for a terminal. */
export function renderMeasurements(comparison: Comparison): string {
  const { rows, base, flips, broken } = comparison
  const lines = [
    `${oneLine(comparison.project.task)}: ${plural(comparison.evaluated.new ?? 0, 'row')}${base === null || rows === null ? '' : `, ${plural(rows.paired, 'row')} paired by id`}`,
    ...comparison.mismatches.map((mismatch) => oneLine(`Not comparable: ${mismatch.message} ${mismatch.remedy}`)),
    '',
    ...alignColumns(metricRows(comparison, Number.POSITIVE_INFINITY)),
    ...(flips === null
      ? []
      : ['', `${plural(flips.onlyNewRight, 'row')} mended, ${plural(flips.onlyBaseRight, 'row')} broken`]),
    ...(flips === null || broken === null ? [] : brokenLines(broken, flips.onlyBaseRight)),
  ]
  return `${lines.join('\n')}\n`
}

function brokenLines(broken: Broken, count: number): string[] {
  if (broken.rows.length === 0) return []
  const label = lostLabels[broken.by]
  const rows = broken.rows.map(({ id, truth, predicted, lost }) => [
    oneLine(id),
    ...(truth === undefined || predicted === undefined ? [] : [oneLine(`${truth} → ${predicted}`)]),
    ...(label === undefined || lost === undefined ? [] : [`${label.toLowerCase()} ${lostText(broken, lost)}`]),
  ])
  return [brokenCaption(broken, count), ...alignColumns(rows).map((line) => `  ${line}`)]
}

function metricRows(comparison: Comparison, most = mostMetrics): string[][] {
  const metrics = comparison.metrics.slice(0, most)
  if (comparison.base === null)
    return [
      ['metric', 'value', '90 % interval'],
      ...metrics.map((metric) => [oneLine(metric.name), shown(metric.new), ownInterval(metric)]),
    ]
  return [
    ['metric', 'base', 'new', 'difference', '90 % interval'],
    ...metrics.map((metric) => [
      oneLine(metric.name),
      shown(metric.base),
      shown(metric.new),
      metric.difference === null ? '' : formatSigned(metric.difference),
      interval(metric),
    ]),
  ]
}

function shown(estimate: MetricComparison['base']): string {
  if (estimate === null) return ''
  if (estimate.conflict !== undefined) return 'conflict'
  return estimate.value === null ? oneLine(estimate.problem ?? 'missing') : formatNumber(estimate.value)
}

function ownInterval(metric: MetricComparison): string {
  const found = metric.new.intervals.find((candidate) => candidate.alpha === 0.05)
  return found === undefined ? '' : `${formatNumber(found.lower)} to ${formatNumber(found.upper)}`
}

function interval(metric: MetricComparison): string {
  const found = metric.intervals.find((candidate) => candidate.alpha === 0.05)
  return found === undefined ? '' : formatInterval(found)
}
