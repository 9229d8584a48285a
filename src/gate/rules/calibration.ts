import type { Comparison, MetricComparison } from '../../compare/comparison.ts'
import type { Rule, RuleOf } from '../../config/rules/rule.ts'
import { eceOf } from '../../config/rules/rule-key.ts'
import type { Finding, Part } from '../finding.ts'
import { worst } from '../finding.ts'
import { judgeNonInferior } from './non-inferior.ts'
import { judgeThreshold } from './threshold.ts'

/** The expected calibration error against a constant, and, with `margin`, against the baseline. Lower is better, whatever a project says. */
export function judgeCalibration(
  rule: RuleOf<'calibration'>,
  onWorse: Rule['on-worse'],
  found: MetricComparison | undefined,
  comparison: Comparison,
): Finding {
  const name = eceOf(rule.bins)
  const metric: MetricComparison | undefined = found === undefined ? undefined : { ...found, direction: 'lower' }
  const { max, confidence, margin, alpha } = rule
  const limit = judgeThreshold(
    { metric: name, max, ...(confidence === undefined ? {} : { confidence }) },
    metric,
    comparison,
  )
  if (margin === undefined) return limit
  const change = judgeNonInferior({ metric: name, margin, alpha }, onWorse, metric, comparison)
  const expected = `${limit.expected}, and ${change.expected}`
  const parts = [asPart('limit', limit), asPart('margin', change)]
  const verdict = worst(parts.map((part) => part.verdict))
  const method = [...new Set(parts.flatMap((part) => part.method ?? []))].join('; ')
  const told = parts.filter((part) => part.verdict === verdict || part.verdict === 'skipped' || verdict === 'pass')
  return {
    verdict,
    expected,
    parts,
    ...(method === '' ? {} : { method }),
    reason: [...new Set(told.map(({ reason }) => reason))].join(' '),
  }
}

function asPart(name: string, { expected: _expected, parts: _parts, alternatives: _others, ...rest }: Finding): Part {
  return { name, ...rest }
}
