import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Comparison, MetricComparison } from '../../src/compare/comparison.ts'
import { judge, type Policy } from '../../src/gate/judge.ts'
import { specimensOf } from '../../src/gate/specimens/specimens.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { policyOf } from './comparisons.ts'
import { metrics, sound } from './sound-rules.ts'

/** Every kind of rule on evidence that is broken in some way: no crash, and no pass on what is no number. */

const policies = sound.map((rule) => policyOf([rule], { metrics }))

/** A run in which all is well, with shares as such or in percent, whichever the rule means. */
function wellFor(policy: Policy) {
  const rule = policy.checkpoints.model?.rules[0]
  if (rule === undefined) throw new Error('there is no rule')
  const at = (size: number) => specimensOf({ rule, metrics, task: undefined, size }).good
  const [shares, percent] = [at(1), at(100)]
  return judge(shares.comparison, policy, undefined, shares.context).verdict === 'pass' ? shares : percent
}

type Damage = (metric: MetricComparison) => MetricComparison

function damaged(comparison: Comparison, damage: Damage): Comparison {
  return {
    ...comparison,
    metrics: comparison.metrics.map(damage),
    slices: comparison.slices.map((slice) => ({ ...slice, metrics: slice.metrics.map(damage) })),
  }
}

const bounds = (value: number) => (intervals: MetricComparison['intervals']) =>
  intervals.map(({ alpha }) => ({ alpha, lower: value, upper: value }))

function resultFor(policy: Policy, comparison: Comparison, context = {}): RuleResult {
  const verdict = judge(comparison, policy, undefined, context)
  const [result] = verdict.rules as [RuleResult]
  const stops = result.consequence === 'block' || result.consequence === 'approve'
  expect(verdict.outcome).toBe(stops ? 'blocked' : 'passed')
  expect(result.consequence === 'none').toBe(result.verdict === 'pass' || result.verdict === 'skipped')
  expect(result.reason).not.toBe('')
  expect(result.reason).not.toMatch(/undefined|\[object/)
  return result
}

const aboutMetrics = policies.filter(
  (policy) => wellFor(policy).comparison.metrics.length + wellFor(policy).comparison.slices.length > 0,
)

describe('every kind of rule', () => {
  it.each(
    aboutMetrics.map(
      (policy, index) => [JSON.stringify(policy.checkpoints.model?.rules[0]).slice(0, 80), index] as const,
    ),
  )('%s passes nothing that is no number', (_text, index) => {
    const policy = aboutMetrics[index] as Policy
    const { comparison } = wellFor(policy)
    expect(resultFor(policy, comparison).verdict).toBe('pass')
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null]) {
      const broken = damaged(comparison, (metric) => ({ ...metric, new: { ...metric.new, value } }))
      expect([value, resultFor(policy, broken).verdict]).not.toEqual([value, 'pass'])
    }
    const rule = policy.checkpoints.model?.rules[0]
    const byInterval = /"(?:alpha|confidence)":/.test(JSON.stringify(rule)) && rule?.budget?.samples === undefined
    if (!byInterval) return
    const noInterval = damaged(comparison, (metric) => ({
      ...metric,
      intervals: bounds(Number.NaN)(metric.intervals),
      new: { ...metric.new, intervals: bounds(Number.NaN)(metric.new.intervals) },
    }))
    // A calibration without confidence is a constant, and none of its intervals is asked for.
    if (rule?.calibration === undefined || rule.calibration.margin !== undefined)
      expect(resultFor(policy, noInterval).verdict).not.toBe('pass')
  })

  it('says something of whatever it is given', () => {
    const wild = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, -0, 1e308, -1e308, Number.MIN_VALUE))
    const someMetric = fc.record({
      base: fc.option(wild),
      fresh: fc.option(wild),
      difference: fc.option(wild),
      lower: wild,
      upper: wild,
      direction: fc.constantFrom('higher' as const, 'lower' as const, 'unknown' as const),
      origin: fc.constantFrom('predictions' as const, 'metrics-file' as const, 'none' as const),
    })
    const rows = fc.constantFrom(0, 1, 29, 30, 1e6)
    fc.assert(
      fc.property(
        fc.nat(policies.length - 1),
        fc.array(someMetric, { minLength: 8, maxLength: 8 }),
        rows,
        fc.boolean(),
        (which, values, n, keep) => {
          const policy = policies[which] as Policy
          const { comparison, context } = wellFor(policy)
          let next = 0
          const broken = damaged(comparison, (metric) => {
            const { base, fresh, difference, lower, upper, direction, origin } = values[
              next++ % values.length
            ] as (typeof values)[number]
            const within = (intervals: MetricComparison['intervals']) =>
              intervals.map(({ alpha }) => ({ alpha, lower, upper }))
            return {
              ...metric,
              direction,
              difference,
              intervals: within(metric.intervals),
              base: keep ? { ...metric.new, value: base, origin } : null,
              new: { ...metric.new, value: fresh, origin, intervals: within(metric.new.intervals) },
            }
          })
          const changed: Comparison = {
            ...broken,
            base: keep ? broken.base : null,
            rows: n === 0 ? null : { paired: n, onlyBase: 0, onlyNew: 0, labelsDiffer: 0 },
            evaluated: { base: keep ? n : null, new: n === 0 ? null : n },
            flips: keep ? { bothRight: n, onlyBaseRight: n, onlyNewRight: 0, bothWrong: 0 } : null,
            slices: broken.slices.map((slice, index) => ({
              ...slice,
              rows: { base: n, new: index % 2 === 0 ? n : 100 },
            })),
            history:
              broken.history === null
                ? null
                : {
                    ...broken.history,
                    runs: broken.history.runs
                      .slice(0, n)
                      .map((run, index) => ({ ...run, metrics: { accuracy: values[index % 8]?.lower ?? 0 } })),
                  },
            reruns: broken.reruns.map((rerun) =>
              Object.fromEntries(Object.keys(rerun).map((name, index) => [name, values[index % 8]?.upper ?? 0])),
            ),
          }
          resultFor(policy, changed, context)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
