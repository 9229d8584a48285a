import { formatNumber, plural } from '../../base/number-text.ts'
import type { Comparison, DataComparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import type { Finding } from '../finding.ts'

/** Whether the data checks of the run passed. A run without them has not shown that its data are right. */
export function judgeData(
  rule: RuleOf<'data'>,
  { data }: Comparison,
  required: readonly { stage: string; dataset: string }[] = [],
): Finding {
  const expected = rule === 'pass' ? 'no data check fails' : 'no data check fails or warns'
  const missing = [...data.filter((each) => each.new === null), ...notChecked(required, data)]
  if (data.length === 0 || missing.length > 0) {
    const [first] = missing
    const which =
      first === undefined
        ? 'No stage of this run checked data.'
        : `Stage "${first.stage}" checked data in the base, but not in this run.`
    return { verdict: 'fail', because: 'missing', expected, reason: which }
  }
  const bad = data.filter(
    ({ new: found }) => found?.verdict === 'fail' || (rule === 'no-warnings' && found?.verdict === 'warn'),
  )
  const [first] = bad
  if (first !== undefined) {
    const others = bad.length === 1 ? '' : ` ${plural(bad.length - 1, 'other data set')} did not pass either.`
    return { verdict: 'fail', expected, reason: `${nameOf(first)}: ${first.new?.reason}${others}` }
  }
  const checks = data.reduce((sum, { counts }) => sum + (counts?.pass ?? 0), 0)
  const warned = data.filter(({ new: found }) => found?.verdict === 'warn').length
  const remark = warned === 0 ? '' : `, with warnings for ${plural(warned, 'data set')}`
  return {
    verdict: 'pass',
    expected,
    reason: `${plural(checks, 'check')} of ${plural(data.length, 'data set')} passed${remark}.`,
  }
}

/** What the base checks and this run did not: a stage may have another name, but one cannot stand for two. */
function notChecked<Required extends { stage: string; dataset: string }>(
  required: readonly Required[],
  data: readonly DataComparison[],
): Required[] {
  const others = data.filter(({ stage }) => !required.some((each) => each.stage === stage))
  return required.filter(({ stage, dataset }) => {
    if (data.some((each) => each.stage === stage)) return false
    const found = others.findIndex((each) => each.new?.name === dataset)
    if (found !== -1) others.splice(found, 1)
    return found === -1
  })
}

/** Whether any column is further from its reference than the limit, and significantly so. */
export function judgeDrift(rule: RuleOf<'drift'>, { data }: Comparison): Finding {
  const expected = `${rule.method} \u2264 ${rule.max} in every column`
  const measured = data.flatMap(({ stage, new: found }) =>
    found?.drift == null ? [] : [{ stage, drift: found.drift }],
  )
  if (measured.length === 0) {
    return {
      verdict: 'fail',
      because: 'missing',
      expected,
      reason: 'No stage of this run compared its data with a reference: add `drift` to its checks.',
    }
  }
  const columns = measured.flatMap(({ drift }) =>
    drift.columns.map((column) => ({ ...column, significance: drift.significance })),
  )
  const far = columns
    .map((column) => ({ ...column, distance: column.measures[rule.method] }))
    .filter(
      ({ distance, adjustedP, significance }) =>
        distance !== null && distance > rule.max && adjustedP !== null && adjustedP < significance,
    )
    .sort((one, other) => (other.distance ?? 0) - (one.distance ?? 0))
  const [worst] = far
  if (worst !== undefined) {
    const others = far.length === 1 ? '' : `, and ${plural(far.length - 1, 'other column')}`
    return {
      verdict: 'fail',
      expected,
      reason: `Column "${worst.column}" has ${rule.method} ${formatNumber(worst.distance ?? 0)} (limit ${rule.max})${others}.`,
    }
  }
  const unknown = columns.filter(({ status }) => status === 'not-evaluated')
  if (unknown.length === columns.length) {
    return {
      verdict: 'inconclusive',
      expected,
      reason: `No column could be compared: ${unknown[0]?.reason ?? 'there is none'}.`,
    }
  }
  const left = unknown.length === 0 ? '' : ` ${plural(unknown.length, 'column')} could not be compared.`
  return {
    verdict: 'pass',
    expected,
    reason: `No column of ${columns.length} is further than ${rule.max} from its reference.${left}`,
  }
}

function nameOf({ new: found, stage }: DataComparison): string {
  return found?.name ?? stage
}
