import { formatCount, formatPercent, formatSigned } from '../base/number-text.ts'
import type { Comparison, MetricComparison } from '../compare/comparison.ts'
import type { Rule, RuleOf } from '../config/rules/rule.ts'
import { findMetric } from '../gate/judge.ts'
import { alphaOf } from '../gate/rules/threshold.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'
import { code, table, text, verdictCell } from './format.ts'

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
  const metric = findMetric(comparison, result.metric)
  const rows = [
    ['Asks for', text(result.expected)],
    ['Seen', text(result.reason)],
    ...(result.method === undefined ? [] : [['Method', text(result.method)]]),
    ...(result.verdict === 'inconclusive' && isAboutRows(result) ? [['Would settle it', settling(result)]] : []),
    ['Leads to', consequence(result, rule)],
    ['Stands in', place],
  ]
  return [
    `### ${code(result.id)}: ${verdictCell(result)}`,
    table(['', ''], rows),
    ...[reading(result, rule, metric, comparison)].filter((told) => told !== ''),
    `**What one may do:** ${advice(result, from)}`,
  ].join('\n\n')
}

/** More rows tell nothing of time, of earlier runs, or of what people think. */
function isAboutRows({ rule }: RuleResult): boolean {
  return !['approval', 'budget', 'history', 'reproducible'].includes(rule)
}

function settling({ rowsToSettle }: RuleResult): string {
  if (rowsToSettle === undefined || rowsToSettle === null) return 'no number of rows, as things stand'
  return `about ${formatCount(rowsToSettle)} rows, if the difference stays as it is`
}

/** The setting that decided what follows, as in docs/configuration.md. */
function consequence(result: RuleResult, rule: Rule): string {
  if (result.verdict === 'pass') return 'nothing: the rule is kept'
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
  if (result.mode === 'dry-run') return `${words[result.consequence]} (\`mode: dry-run\`)`
  const modifier = modifierOf(result)
  const because = modifier === undefined ? level : `\`${modifier}: ${rule[modifier]}\`, ${level}`
  return `${words[result.consequence]} (${because})`
}

function modifierOf({
  verdict,
  missing,
}: RuleResult): 'on-missing' | 'on-inconclusive' | 'on-incomparable' | undefined {
  if (missing === true) return 'on-missing'
  if (verdict === 'inconclusive') return 'on-inconclusive'
  return verdict === 'incomparable' ? 'on-incomparable' : undefined
}

/** How the verdict is read off, with the decision table of docs/verdicts.md where it applies. */
function reading(result: RuleResult, rule: Rule, metric: MetricComparison | undefined, comparison: Comparison): string {
  if (result.verdict === 'skipped')
    return 'A rule about the change needs a baseline, and there is none. It was not judged: nothing claims that it passed.'
  if (result.missing === true && result.verdict === 'fail')
    return 'Missing evidence never passes: a metric that is not there, or is no number, fails its rule.'
  if (result.verdict === 'incomparable') {
    const [mismatch] = comparison.mismatches
    const what = mismatch === undefined ? '' : ` What differs: ${text(mismatch.what)}.`
    return `The two numbers were not measured in the same way, so no difference between them means anything, and none is judged.${what}`
  }
  const { threshold, 'non-inferior': nonInferior } = rule
  if (nonInferior !== undefined) return readNonInferior(result, nonInferior, metric)
  return threshold === undefined ? readParts(result) : readThreshold(result, threshold, metric)
}

const mostParts = 20

/** What the rule is made of, the worst first. */
function readParts({ parts = [] }: RuleResult): string {
  if (parts.length === 0) return ''
  const order = ['fail', 'incomparable', 'inconclusive', 'skipped', 'pass']
  const sorted = [...parts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  const rows = sorted.slice(0, mostParts).map((part) => [code(part.name), verdictCell(part), text(part.reason)])
  const left = sorted.length - rows.length
  return `${table(['Part', 'Verdict', 'Why'], rows)}${left > 0 ? `\n\n${formatCount(left)} more are not shown.` : ''}`
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
): string {
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
  const policy =
    from === 'base'
      ? ' Other limits in this change would not count here, because the base branch judges: they are a change of their own.'
      : ''
  switch (result.verdict) {
    case 'pass':
      return 'nothing. It says that the rule is kept on these rows, and no more than that.'
    case 'skipped':
      return 'let the workflow run on the base branch and keep its record, or measure the base with the change. Then run this again.'
    case 'incomparable':
      return 'follow the way out that is named above. A change of the evaluation set cannot be compared with what was measured on the old one: make it a change of its own.'
    case 'inconclusive':
      if (result.rule === 'approval')
        return 'ask one of them to approve this commit. An approval of an earlier commit does not count.'
      if (!isAboutRows(result)) return `see that what is missing above is measured.${policy}`
      return `more rows in the evaluation set would tell, in a change of their own, for the two sides need the same rows. Else somebody who may merge has to decide knowingly that this is not known. Running again gives the same answer where the pipeline is repeatable.${policy}`
    case 'fail':
      return result.missing === true
        ? 'let a stage write the metric, or predictions from which it follows, and see that it is a number.'
        : `change the model or its data. Running again gives the same answer where the pipeline is repeatable; where it is not, a pass at the second try is luck.${policy}`
  }
}
