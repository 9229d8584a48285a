import { formatCount, formatPercent, formatShare, plural } from '../../base/number-text.ts'
import type { Comparison, GoldenRows } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { wilsonInterval } from '../../stats/proportion.ts'
import { rowsToSettleThreshold } from '../../stats/sample-size.ts'
import { type Finding, type Part, worst } from '../finding.ts'
import { tellParts } from '../parts.ts'
import { alphaOf } from './threshold.ts'

/** Rows that the baseline got right and the new model gets wrong: how many, and whether any of those that must stay right is among them. */
export function judgeFlips(rule: RuleOf<'flips'>, comparison: Comparison): Finding {
  const most = rule['max-negative-rate']
  const { golden } = rule
  const sure = rule.confidence === undefined ? '' : `, sure at ${formatPercent(rule.confidence)}`
  const expected = [
    ...(most === undefined ? [] : [`at most ${formatPercent(most)} of the rows broken${sure}`]),
    ...(golden === undefined ? [] : [`no row of ${golden} broken`]),
  ].join(', ')
  const [mismatch] = comparison.mismatches
  if (mismatch !== undefined)
    return { verdict: 'incomparable', expected, reason: `${mismatch.message} ${mismatch.remedy}` }
  const parts = [
    ...(most === undefined ? [] : [judgeRate(most, rule.confidence, comparison)]),
    ...(golden === undefined ? [] : [judgeGolden(golden, comparison)]),
  ]
  const verdict = worst(parts.map((part) => part.verdict))
  const [only] = parts
  if (parts.length === 1 && only !== undefined) {
    const { name: _name, ...rest } = only
    return { ...rest, expected, parts }
  }
  const reason = verdict === 'pass' ? parts.map((part) => part.reason).join(' ') : tellParts(parts, verdict, 'part')
  return { verdict, expected, parts, reason }
}

function judgeRate(most: number, confidence: number | undefined, { flips, base, evaluated }: Comparison): Part {
  const name = 'negative flips'
  if (base === null) return { name, verdict: 'skipped', reason: 'There is no baseline to compare with.' }
  const rows = flips === null ? 0 : flips.bothRight + flips.onlyBaseRight + flips.onlyNewRight + flips.bothWrong
  if (flips === null || rows === 0) {
    const sides = evaluated.new === null ? 'this run' : evaluated.base === null ? 'the baseline' : undefined
    const why =
      sides === undefined
        ? 'only classes, and cases that say whether they passed, can be right or wrong'
        : `${sides} has no predictions`
    return { name, verdict: 'fail', because: 'missing', reason: `It is not known which rows were broken: ${why}.` }
  }
  const broken = flips.onlyBaseRight
  const rate = broken / rows
  const seen = `${formatCount(broken)} of ${plural(rows, 'row')} ${broken === 1 ? 'was' : 'were'} broken (${formatShare(broken, rows)})`
  const common = { name, measure: { value: rate, worse: 'higher' } as const }
  if (confidence === undefined) {
    const kept = rate <= most
    const reason = `${seen}${kept ? '' : `, more than ${formatPercent(most)}`}.`
    return { ...common, verdict: kept ? 'pass' : 'fail', method: 'point value', reason }
  }
  const alpha = alphaOf(confidence)
  const interval = wilsonInterval(broken, rows, alpha)
  const range = `${seen}, ${formatPercent(1 - 2 * alpha)} interval ${shareText(interval.lower)} to ${shareText(interval.upper)}`
  const sure = { ...common, alpha, method: `Wilson, ${plural(rows, 'row')}` }
  if (interval.upper <= most) return { ...sure, verdict: 'pass', reason: `${range}.` }
  if (interval.lower > most)
    return { ...sure, verdict: 'fail', reason: `${range}: certainly more than ${formatPercent(most)}.` }
  const settle = rowsToSettleThreshold({ value: rate, interval, target: most, rows })
  const advice = settle === null || settle <= rows ? '' : ` About ${formatCount(settle)} rows would settle it.`
  const reason = `${range}: ${formatPercent(most)} lies inside.${advice}`
  return { ...sure, verdict: 'inconclusive', rowsToSettle: settle, reason }
}

function shareText(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}

function judgeGolden(file: string, { golden, base }: Comparison): Part {
  const name = 'golden rows'
  const found = golden.find((one) => one.file === file)
  if (found === undefined || found.rows === 0) {
    const reason = found === undefined ? `The rows of ${file} were not looked at.` : `${file} lists no row.`
    return { name, verdict: 'fail', because: 'missing', reason }
  }
  const { brokenCount, missingCount, rows } = found
  const measure = { value: brokenCount, worse: 'higher' } as const
  if (brokenCount > 0) {
    const how = base === null ? 'wrong' : 'broken'
    const also = missingCount === 0 ? '' : ` ${formatCount(missingCount)} more have no prediction.`
    const reason = `${formatCount(brokenCount)} of ${plural(rows, 'golden row')} ${brokenCount === 1 ? 'is' : 'are'} ${how}: ${ids(found, 'broken')}.${also}`
    // A limit of a waiver counts broken rows; rows without a prediction are not known to be right.
    return { name, verdict: 'fail', reason, ...(missingCount === 0 ? { measure } : {}) }
  }
  if (missingCount > 0) {
    const reason = `${formatCount(missingCount)} of ${plural(rows, 'golden row')} ${missingCount === 1 ? 'has' : 'have'} no prediction: ${ids(found, 'missing')}.`
    return { name, verdict: 'fail', because: 'missing', reason }
  }
  return {
    name,
    verdict: 'pass',
    measure,
    reason: `${rows === 1 ? 'The golden row is' : `All ${formatCount(rows)} golden rows are`} ${base === null ? 'right' : 'unbroken'}.`,
  }
}

function ids(rows: GoldenRows, which: 'broken' | 'missing'): string {
  const shown = rows[which].slice(0, 5)
  const left = rows[`${which}Count`] - shown.length
  return `${shown.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}`
}
