import { formatPercent, formatSigned, plural } from '../base/number-text.ts'
import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import type { Rule, RuleOf } from '../config/rules/rule.ts'
import { findMetric } from '../gate/judge.ts'
import { alphaOf } from '../gate/rules/threshold.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'
import { failAdvice, openAdvice, readKind } from './explanation-kinds.ts'
import { code, table, text, verdictCell } from './format.ts'
import { partsTable } from './parts-section.ts'
import { partsOfRules } from './rule-parts.ts'
import { settlingsOf } from './settling.ts'
import { ownBaseline } from './trend.ts'

export type ExplanationRequest = {
  result: RuleResult
  /** As it stands in the checkpoints that judged. */
  rule: Rule
  comparison: Comparison
  /** Where it stands, as Markdown. */
  place: string
  /** Whose checkpoints judged. */
  from: Verdict['policy']['from']
}

/** One rule of a verdict in words: what it asks, what was seen, how one follows from the other, and what can be done. Pure. */
export function renderExplanation({ result, rule, comparison, place, from }: ExplanationRequest): string {
  const other = ownBaseline(result, comparison)
  const against = comparison.otherBaselines.find(({ name }) => name === other)
  // The numbers of the comparison are those against another baseline.
  const metric = against === undefined ? findMetric(comparison, result.metric) : undefined
  const rows = [
    ['Asks for', text(result.expected)],
    ...(against === undefined ? [] : [['Compared with', `${code(against.name)}: ${text(against.explanation)}`]]),
    ['Seen', text(result.reason)],
    ...(result.method === undefined ? [] : [['Method', text(result.method)]]),
    ...settlingRows(result, comparison),
    ['Leads to', consequence(result, rule)],
    ['Stands in', place],
  ]
  const parts = partsOfRules(comparison, { rules: [result] }).map((one) => partsTable(one, mostParts))
  return [
    `### ${code(result.id)}: ${verdictCell(result)}`,
    table(['', ''], rows),
    reading(result, rule, metric, comparison),
    ...parts,
    `**What one may do:** ${advice(result, from)}`,
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}

const mostParts = 10

/** One line where the rule is inconclusive as a whole, and one for each of the nearest parts where it has parts. */
function settlingRows(result: RuleResult, comparison: Comparison): string[][] {
  return settlingsOf(comparison, { rules: [result] }).map(({ part, how }) => [
    'Would settle it',
    part === undefined ? how : `${code(part)}: ${how}`,
  ])
}

/** The setting that decided what follows, as in docs/configuration.md. */
function consequence(result: RuleResult, rule: Rule): string {
  if (result.mode === 'dry-run') return 'nothing: the rule is only tried (`mode: dry-run`)'
  if (result.verdict === 'pass' && result.consequence === 'none') return 'nothing: the rule is kept'
  if (result.verdict === 'skipped') return 'nothing: the rule was not judged, and did not pass'
  const words = {
    block: 'the change is blocked',
    approve: 'the change is stopped until somebody approves',
    warn: 'a warning',
    info: 'a remark',
    waived: 'nothing, for it is waived',
    none: 'nothing',
  }
  const level = `\`level: ${rule.level}\``
  const settings = modifiersOf(result).map((modifier) => `\`${modifier}: ${rule[modifier]}\``)
  return `${words[result.consequence]} (${[...settings, level].join(', ')})`
}

/** The settings that had a say, of a rule with parts those of its parts. */
function modifiersOf({ verdict, missing }: RuleResult): ('on-missing' | 'on-inconclusive' | 'on-incomparable')[] {
  if (missing === true) return ['on-missing']
  if (verdict === 'inconclusive') return ['on-inconclusive']
  return verdict === 'incomparable' ? ['on-incomparable'] : []
}

/** They hold nothing against a baseline. */
const withoutBaseline: readonly RuleResult['rule'][] = ['threshold', 'budget', 'history', 'parity']

/** How the verdict is read off, with the decision table of docs/verdicts.md where it applies. */
function reading(result: RuleResult, rule: Rule, metric: MetricComparison | undefined, comparison: Comparison): string {
  const kind = readKind(rule)
  const after = kind === '' ? '' : `\n\n${kind}`
  if (result.verdict === 'skipped')
    return comparison.stoppedAt === null
      ? `A rule about the change needs a baseline, and there is none. It was not judged: nothing claims that it passed.${after}`
      : `The data checks stopped the run before anything was measured. It was not judged: nothing claims that it passed.${after}`
  if (result.missing === true && result.verdict === 'fail')
    return `Missing evidence never passes: what is not there, or is no number, fails its rule.${after}`
  if (result.verdict === 'incomparable') {
    const [mismatch] = comparison.mismatches
    const what = mismatch === undefined ? '' : ` What differs: ${text(mismatch.what)}.`
    const why = withoutBaseline.includes(result.rule)
      ? 'What was measured cannot be held against what the rule asks for, so nothing is judged.'
      : 'The two numbers were not measured in the same way, so no difference between them means anything, and none is judged.'
    return `${why}${what}${after}`
  }
  const least = rule['min-samples']
  if (least !== undefined && result.verdict === 'inconclusive' && (comparison.evaluated.new ?? 0) < least)
    return `With fewer than ${plural(least, 'row')} (\`min-samples\`) nothing that was measured counts, for the change or against it.${after}`
  const { threshold, 'non-inferior': nonInferior } = rule
  if (nonInferior !== undefined) return readNonInferior(result, nonInferior, metric, ownBaseline(result, comparison))
  return threshold === undefined ? kind : readThreshold(result, threshold, metric)
}

const decisions = [
  ['L > 0', 'pass: better'],
  ['L > −m', 'pass: not worse by more than the margin'],
  ['U < −m', 'fail'],
  ['U < 0 and L ≤ −m', 'worse for sure, size unclear: `on-worse`'],
  ['else', 'inconclusive'],
] as const

function readNonInferior(
  result: RuleResult,
  rule: RuleOf<'non-inferior'>,
  metric: MetricComparison | undefined,
  other: string | undefined,
): string {
  if (other !== undefined) {
    const rows = decisions.map(([when, then]) => [when, then])
    return `[L, U] is the ${formatPercent(1 - 2 * rule.alpha)} interval of the difference to that baseline, with signs turned so that higher is better, and the margin m is ${rule.margin}:\n\n${table(['Interval', 'Verdict'], rows)}`
  }
  const interval = metric?.intervals.find(({ alpha }) => alpha === rule.alpha)
  if (metric === undefined || interval === undefined) {
    return result.verdict === 'inconclusive'
      ? 'The difference has no interval here, so the decision table cannot be entered.'
      : 'Neither side has predictions, so the difference has no interval: the values alone were held against the margin, and nothing says how sure that is.'
  }
  const [lower, upper] =
    metric.direction === 'higher' ? [interval.lower, interval.upper] : [-interval.upper, -interval.lower]
  const certain = metric.pValue === undefined || metric.pValue / 2 <= rule.alpha
  const row = rowOf(result.verdict, { lower, upper, certain, margin: rule.margin })
  const turned = metric.direction === 'lower' ? ', with signs turned so that higher is better' : ''
  const lines = [
    `The difference has the ${formatPercent(1 - 2 * rule.alpha)} interval [L, U] = [${formatSigned(lower)}, ${formatSigned(upper)}]${turned}, and the margin m is ${rule.margin}:`,
    table(
      ['Interval', 'Verdict', ''],
      decisions.map(([when, then], index) =>
        index === row ? [`**${when}**`, `**${then}**`, '◀ this one'] : [when, then, ''],
      ),
    ),
  ]
  if (!certain && (lower > 0 || upper < 0))
    lines.push(
      'The interval alone would say more, but the exact test for paired rows does not agree that the difference is certain, so it does not count as such.',
    )
  return lines.join('\n\n')
}

type Seen = { lower: number; upper: number; certain: boolean; margin: number }

/** The row of the table that gave this verdict. */
function rowOf(verdict: RuleResult['verdict'], { lower, upper, certain, margin }: Seen): number {
  if (verdict === 'pass') return lower > 0 && certain ? 0 : 1
  if (verdict === 'fail') return upper < -margin && certain ? 2 : 3
  return upper < 0 && certain ? 3 : 4
}

function readThreshold(result: RuleResult, rule: RuleOf<'threshold'>, metric: MetricComparison | undefined): string {
  if (rule.confidence === undefined)
    return 'The value itself is held against the limit. How sure the value is does not count: that takes `confidence`.'
  const level = formatPercent(rule.confidence)
  const alpha = alphaOf(rule.confidence)
  if (metric?.new.intervals.some((interval) => interval.alpha === alpha) !== true)
    return `Only a bound at ${level} decides, and the value has no interval here.`
  if (result.verdict === 'pass') return `The ${level} bound on the side of the limit keeps it.`
  if (result.verdict === 'fail') return `Even the ${level} bound on the other side is beyond the limit.`
  return `One ${level} bound keeps the limit and the other does not, so the rows do not tell.`
}

function advice(result: RuleResult, from: Verdict['policy']['from']): string {
  const { rule, verdict, missing } = result
  const policy =
    from === 'base'
      ? ' Other limits in this change would not count here, because the base branch judges: they are a change of their own.'
      : ''
  switch (verdict) {
    case 'pass':
      return 'nothing. It says that the rule is kept on these rows, and no more than that.'
    case 'skipped':
      return 'let the workflow run on the base branch and keep its record, or measure the base with the change. Then run this again.'
    case 'incomparable':
      return 'follow the way out that is named above. A change of the evaluation set cannot be compared with what was measured on the old one: make it a change of its own.'
    case 'inconclusive':
      return (
        openAdvice[rule] ??
        `more rows in the evaluation set would tell, in a change of their own, for the two sides need the same rows. Else somebody who may merge has to decide knowingly that this is not known. Running again gives the same answer where the pipeline is repeatable.${policy}`
      )
    case 'fail':
      if (missing === true) return missingAdvice(result)
      return `${failAdvice[rule] ?? 'change the model or its data. Running again gives the same answer where the pipeline is repeatable; where it is not, a pass at the second try is luck.'}${policy}`
  }
}

function missingAdvice({ rule }: RuleResult): string {
  switch (rule) {
    case 'data':
    case 'drift':
      return 'let a stage check the data that are named above.'
    case 'history':
      return 'keep the records of the base branch, and let the run find them.'
    case 'reproducible':
      return 'let the pipeline be run again as often as the rule asks for, by `modelgate run`.'
    case 'slices':
    case 'parity':
      return 'let the predictions have the column, and every value of it that is asked for.'
    case 'flips':
      return 'let the predictions have classes or `passed`, and every row that the rule names.'
    default:
      return 'let a stage write the metric, or predictions from which it follows, and see that it is a number.'
  }
}
