import { describe, expect, it } from 'vitest'
import type { MetricComparison } from '../../src/compare/comparison.ts'
import { neededEvidence } from '../../src/gate/judge.ts'
import type { RuleResult } from '../../src/gate/verdict.ts'
import { comparisonOf, policyOf, resultOf, statedOf } from './comparisons.ts'

const rule = (more: object = {}) => ({ reproducible: more })
const metrics = [statedOf(0.9, 0.9), statedOf(1, 2, { name: 'cost' })]
const run = (reruns: Record<string, number>[], found: MetricComparison[] = metrics) => comparisonOf(found, { reruns })

describe('reproducible', () => {
  it.each<[string, object, Record<string, number>[], RuleResult['verdict'], string]>([
    ['the same', {}, [{ accuracy: 0.9, cost: 2 }], 'pass', 'All 2 metrics passed.'],

    [
      'off by more than the rounding of a sum',
      {},
      [{ accuracy: 0.90000000001, cost: 2 }],
      'fail',
      'accuracy: accuracy is 0.9, and 0.90000000001 when run again, further off than 0.',
    ],
    ['added up in another order', {}, [{ accuracy: 0.9000000000000001, cost: 2 }], 'pass', 'All 2 metrics passed.'],
    ['within the tolerance', { tolerance: 0.01 }, [{ accuracy: 0.91, cost: 1.99 }], 'pass', 'All 2 metrics passed.'],
    [
      'beyond it',
      { tolerance: 0.01 },
      [{ accuracy: 0.9101, cost: 2 }],
      'fail',
      'accuracy: accuracy is 0.9, and 0.9101 when run again, further off than 0.01.',
    ],
    ['named', { tolerance: { accuracy: 0.01 } }, [{ accuracy: 0.91, cost: 9 }], 'pass', 'The only metric passed.'],
    [
      'under another name',
      { tolerance: { acc: 0.01 } },
      [{ accuracy: 0.92 }],
      'fail',
      'acc: acc is 0.9, and 0.92 when run again, further off than 0.01.',
    ],
    [
      'the second of two runs',
      { reruns: 2 },
      [
        { accuracy: 0.9, cost: 2 },
        { accuracy: 0.9, cost: 3 },
      ],
      'fail',
      'cost: cost is 2, and 3 when run again, further off than 0.',
    ],
    ['not run again', {}, [], 'fail', 'The pipeline was run again 0 times, and the rule asks for 1.'],
    [
      'not often enough',
      { reruns: 2 },
      [{ accuracy: 0.9, cost: 2 }],
      'fail',
      'The pipeline was run again 1 time, and the rule asks for 2.',
    ],
    ['without one of the metrics', {}, [{ accuracy: 0.9 }], 'fail', 'cost: cost is a number in some of the runs only.'],
    ['without the named one', { tolerance: { mcc: 1 } }, [{ accuracy: 0.9 }], 'fail', 'mcc: mcc was not measured.'],
    [
      'NaN again',
      {},
      [{ accuracy: Number.NaN, cost: 2 }],
      'fail',
      'accuracy: accuracy is a number in some of the runs only.',
    ],
  ])('%s', (_what, words, reruns, verdict, reason) => {
    expect(resultOf(run(reruns), rule(words))).toMatchObject({ id: 'model.reproducible', verdict, reason })
  })

  it('passes nothing that is no number in any run', () => {
    const undefinedHere = [statedOf(0.9, null)]
    expect(resultOf(run([{}], undefinedHere), rule())).toMatchObject({
      verdict: 'fail',
      reason: 'There is no metric to compare.',
    })
    expect(resultOf(run([{}], undefinedHere), rule({ tolerance: { accuracy: 1 } })).verdict).toBe('fail')
    expect(resultOf(run([{ accuracy: 0.9 }], undefinedHere), rule()).verdict).toBe('fail')
    expect(
      resultOf(
        run([{ accuracy: 0.9 }], [...undefinedHere.map((one) => ({ ...one, name: 'f1' })), statedOf(1, 0.9)]),
        rule(),
      ).verdict,
    ).toBe('pass')
  })

  it('does not expect time and memory to repeat', () => {
    const facts = ['run.duration-ms', 'stage.train.duration-ms', 'outs.model/.bytes', 'run.peak-memory-bytes']
    const found = [...metrics, ...facts.map((name) => statedOf(1, 5, { name, direction: 'lower' }))]
    expect(resultOf(run([{ accuracy: 0.9, cost: 2, 'run.duration-ms': 6 }], found), rule()).verdict).toBe('pass')
    expect(
      resultOf(run([{ 'run.duration-ms': 6 }], found), rule({ tolerance: { 'run.duration-ms': 0.5 } })).verdict,
    ).toBe('fail')
  })

  it('asks for the runs that it needs', () => {
    const budget = { budget: { metric: 'run.duration-ms', max: 1, samples: 5 } }
    expect(neededEvidence([policyOf([rule({ reruns: 2 }), budget])]).reruns).toBe(4)
    expect(neededEvidence([policyOf([rule({ reruns: 2 })])]).reruns).toBe(2)
    expect(neededEvidence([policyOf([{ threshold: { metric: 'accuracy', min: 0 } }])]).reruns).toBe(0)
  })
})
