import { plural } from '../../base/number-text.ts'
import type { Comparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import { canonicalMetric } from '../../evaluation/metrics.ts'
import { type Finding, type Part, worst } from '../finding.ts'
import { findMetric } from '../metric.ts'
import { tellParts } from '../parts.ts'

/** Time, memory and sizes are facts of one run: no other run repeats them to the last digit. */
const isFactOfRun = (name: string): boolean => /^(?:run|stage|outs)\./.test(name)

/** The same number, computed in another order, differs in its last digits: that is no other result. */
const rounding = 1e-12

/** The same pipeline on the same inputs, run again: each metric is within the tolerance of what this run measured. */
export function judgeReproducible(rule: RuleOf<'reproducible'>, comparison: Comparison): Finding {
  const { tolerance } = rule
  const expected = `the same metrics in ${plural(rule.reruns, 'more run')}${tolerance === 0 ? '' : ', within the tolerance'}`
  const { reruns } = comparison
  if (reruns.length < rule.reruns) {
    const reason = `The pipeline was run again ${plural(reruns.length, 'time')}, and the rule asks for ${rule.reruns}.`
    return { verdict: 'fail', because: 'missing', expected, reason }
  }
  const wanted =
    typeof tolerance === 'number'
      ? comparison.metrics
          .filter(({ name, new: fresh }) => !isFactOfRun(name) && fresh.origin !== 'none')
          .map(({ name }) => ({ name, within: tolerance }))
      : Object.entries(tolerance).map(([name, within]) => ({ name, within }))
  const parts = wanted.flatMap(({ name, within }) => {
    const part = judgeMetric(name, within, comparison)
    // Undefined in every run, as precision is where nothing is predicted positive: nobody asked for this metric by name.
    return part === undefined && typeof tolerance === 'number' ? [] : [part ?? missingPart(name)]
  })
  if (parts.length === 0)
    return { verdict: 'fail', because: 'missing', expected, reason: 'There is no metric to compare.' }
  const verdict = worst(parts.map((part) => part.verdict))
  return { verdict, expected, parts, reason: tellParts(parts, verdict, 'metric') }
}

function missingPart(name: string): Part {
  return { name, verdict: 'fail', because: 'missing', reason: `${name} was not measured.` }
}

/** One metric over all runs; undefined where none of them has a number. */
function judgeMetric(name: string, within: number, comparison: Comparison): Part | undefined {
  const own = findMetric(comparison, name)?.new.value
  const key = canonicalMetric(name)
  const again = comparison.reruns.map((rerun) => (Object.hasOwn(rerun, key) ? rerun[key] : undefined))
  const isNumber = (value: number | null | undefined): value is number => Number.isFinite(value ?? Number.NaN)
  if (!isNumber(own) && !again.some(isNumber)) return undefined
  if (!isNumber(own) || !again.every(isNumber)) {
    const reason = `${name} is a number in some of the runs only.`
    return { name, verdict: 'fail', because: 'missing', reason }
  }
  const furthest = again.reduce((far, value) => (Math.abs(value - own) > Math.abs(far - own) ? value : far), own)
  const distance = Math.abs(furthest - own)
  const kept = distance <= within + rounding * Math.max(1, Math.abs(own))
  const seen = `${name} is ${own}, and ${furthest === own ? 'the same' : furthest} when run again`
  const reason = `${seen}${kept ? '' : `, further off than ${within}`}.`
  return { name, verdict: kept ? 'pass' : 'fail', measure: { value: distance, worse: 'higher' }, reason }
}
