import type { Comparison, MetricComparison, SliceComparison } from '../../src/compare/comparison.ts'
import { type JudgeContext, judge } from '../../src/gate/judge.ts'
import {
  comparisonOf,
  estimateOf,
  intervalOf,
  metricOf,
  policyOf,
  sliceOf,
  withoutBaseline,
} from '../gate/comparisons.ts'
import type { Situation } from './situations.ts'

/** Situations for every kind of rule beside thresholds and margins. */

type Given = {
  rules: Record<string, unknown>[]
  waivers?: NonNullable<Parameters<typeof policyOf>[1]>['waivers']
  context?: JudgeContext
}

const today = new Date('2026-08-01T12:00:00Z')

function situation(comparison: Comparison, { rules, waivers = [], context = {} }: Given): Situation {
  return { comparison, verdict: judge(comparison, policyOf(rules, { waivers }), undefined, { now: today, ...context }) }
}

/** Recall of a slice, with intervals at every error that Holm's procedure over so many slices comes to. */
function recallOf(difference: number, half: number, slices = 1, value = 0.88): MetricComparison {
  const factors = Array.from({ length: slices }, (_, index) => 0.05 / (index + 1))
  const intervals = factors.map((alpha) => {
    const wider = half * (1 + Math.log10(0.05 / alpha) / 2)
    return intervalOf(difference - wider, difference + wider, alpha)
  })
  const own = (at: number): MetricComparison['new'] =>
    estimateOf(at, {
      intervals: factors.map((alpha) => intervalOf(at - 1.3 * half, Math.min(1, at + 1.3 * half), alpha)),
    })
  return {
    name: 'recall',
    direction: 'higher',
    base: own(value - difference),
    new: own(value),
    difference,
    intervals,
    method: 'Tango score interval; exact McNemar',
  }
}

const recall = recallOf(-0.004, 0.018)
const accuracy = metricOf(0.012, intervalOf(-0.004, 0.028))
const perClass = ['cat', 'dog', 'bird'].map((name, index) =>
  metricOf(0.01 * index - 0.01, intervalOf(-0.04, 0.04), { name: `f1[${name}]` }),
)

const regions = [
  'north',
  'south',
  'east',
  'west',
  'islands',
  'abroad',
  'coast',
  'hills',
  'city',
  'valley',
  'desert',
  'river',
]

function slicesOf(differences: Record<string, [difference: number, half: number, rows: number]>): SliceComparison[] {
  const all = Object.entries(differences)
  return all.map(([value, [difference, half, rows]]) =>
    sliceOf('region', value, recallOf(difference, half, all.length, 0.86 + difference), rows),
  )
}

const fine = slicesOf(
  Object.fromEntries(regions.map((name, index) => [name, [0.002 * (index % 4) - 0.003, 0.012, 1200 + 40 * index]])),
)
const oneBad = slicesOf(
  Object.fromEntries(
    regions.map((name, index): [string, [number, number, number]] => {
      if (name === 'islands') return [name, [-0.14, 0.04, 210]]
      if (name === 'abroad') return [name, [-0.02, 0.045, 160]]
      return [name, [0.002 * (index % 4) - 0.003, 0.012, 1200 + 40 * index]]
    }),
  ),
)
const tiny = sliceOf('region', 'moon', recallOf(-0.2, 0.4), 7)

const inSlices = { slices: { by: ['region'], rule: { 'non-inferior': { metric: 'recall', margin: 0.03 } } } }

const group = (value: string, at: number, half: number, rows: number): SliceComparison =>
  sliceOf('sex', value, { ...recallOf(0, half, 3, at), difference: 0 }, rows)

const groups = comparisonOf([recall], {
  slices: [group('Female', 0.71, 0.025, 900), group('Male', 0.86, 0.02, 1400), group('not said', 0.84, 0.09, 40)],
  sliceColumns: ['sex'],
})
const parity = { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.1, confidence: 0.95 } }

const waiver = {
  rule: 'model.parity.recall.sex',
  slice: 'sex=Female',
  reason: 'Known gap, more rows are being labelled (see the plan of May).',
  by: 'Ada Lovelace',
  until: '2026-09-30',
}

const flipped = comparisonOf([accuracy], {
  flips: { bothRight: 330, onlyBaseRight: 26, onlyNewRight: 30, bothWrong: 14 },
  broken: {
    by: 'true-class-score',
    rows: [
      { id: 'order-3871', truth: '1', predicted: '0', lost: 0.8125 },
      { id: 'order-1007', truth: '0', predicted: '1', lost: 0.61 },
      { id: 'order-77', truth: '1', predicted: '0', lost: 0.0375 },
    ],
  },
  golden: [
    {
      file: 'golden/must-stay-right.csv',
      rows: 60,
      broken: ['order-1007', 'order-2210', 'order-3871'],
      brokenCount: 3,
      missing: ['order-9'],
      missingCount: 1,
    },
  ],
})

const earlier = (values: readonly number[]): Comparison['history'] => ({
  source: 'the last runs on main',
  runs: values.map((accuracy, index) => ({
    id: `run-${index}`,
    finishedAt: `2026-07-${String(index + 1).padStart(2, '0')}T08:00:00Z`,
    metrics: { accuracy },
  })),
})
const usual = [0.901, 0.904, 0.899, 0.903, 0.906, 0.902, 0.905, 0.907, 0.903, 0.906, 0.904, 0.908]

const seeded = (difference: number, half: number): MetricComparison =>
  metricOf(difference, intervalOf(difference - half, difference + half), {
    seeds: { base: 5, new: 5 },
    method: "Welch's interval over 5 seeds against 5; exact Mann-Whitney; the noise of the rows is not in it",
    pValue: 0.2,
  })

const latency = (value: number): MetricComparison => ({
  name: 'latency.p95_ms',
  direction: 'lower',
  unit: 'ms',
  base: { value: 42, origin: 'metrics-file', intervals: [] },
  new: { value, origin: 'metrics-file', intervals: [] },
  difference: value - 42,
  intervals: [],
  method: 'point comparison: no uncertainty available',
})

const ece = (value: number, base: number, half: number): MetricComparison => ({
  name: 'ece',
  direction: 'lower',
  base: estimateOf(base, { intervals: [intervalOf(base - half, base + half)] }),
  new: estimateOf(value, { intervals: [intervalOf(value - half, value + half)] }),
  difference: value - base,
  intervals: [intervalOf(value - base - half, value - base + half)],
  method: 'bootstrap of bins, 2,000 resamples',
})

const champion = comparisonOf([metricOf(-0.004, intervalOf(-0.02, 0.012), { base: estimateOf(0.916) })], {
  base: { ...comparisonOf([]).new, id: 'run-champion', commit: 'd'.repeat(40) },
  baseline: { kind: 'record', explanation: 'the champion, promoted on 2026-06-02' },
})
const withChampion: Comparison = {
  ...comparisonOf([accuracy]),
  otherBaselines: [{ name: 'champion', explanation: 'the champion, promoted on 2026-06-02' }],
}

export const ruleSituations: Record<string, Situation> = {
  'slices-one-fails': situation(
    comparisonOf([recall, accuracy, ...perClass], { slices: [...oneBad, tiny], sliceColumns: ['region'] }),
    { rules: [{ 'non-inferior': { metric: 'accuracy', margin: 0.02 } }, inSlices] },
  ),
  'slices-fine': situation(comparisonOf([recall], { slices: fine, sliceColumns: ['region'] }), { rules: [inSlices] }),
  'slices-missing': situation(
    comparisonOf([recall], {
      slices: [...fine.slice(0, 3), sliceOf('region', 'west', null, { base: 300, new: 0 })],
      sliceColumns: ['region'],
    }),
    { rules: [inSlices, { slices: { by: ['country'], rule: { threshold: { metric: 'recall', min: 0.8 } } } }] },
  ),
  'slices-no-baseline': situation(
    {
      ...withoutBaseline(comparisonOf([recall])),
      slices: fine.slice(0, 4).map((slice) => ({
        ...slice,
        rows: { base: null, new: slice.rows.new },
        metrics: slice.metrics.map((metric) => ({ ...metric, base: null, difference: null, intervals: [] })),
      })),
      sliceColumns: ['region'],
    },
    { rules: [{ slices: { by: ['region'], rule: { threshold: { metric: 'recall', min: 0.86, confidence: 0.95 } } } }] },
  ),
  'parity-gap': situation(groups, { rules: [parity] }),
  'waiver-in-force': situation(groups, {
    rules: [parity],
    waivers: [waiver, { ...waiver, rule: 'model.flips', reason: 'Left over.', by: 'Grace Hopper' }],
  }),
  'waiver-expired': situation(groups, {
    rules: [parity],
    waivers: [{ ...waiver, until: '2026-06-30' }],
  }),
  'flips-golden': situation(flipped, {
    rules: [{ flips: { 'max-negative-rate': 0.05, confidence: 0.95, golden: 'golden/must-stay-right.csv' } }],
  }),
  'dry-run': situation(comparisonOf([metricOf(-0.06, intervalOf(-0.083, -0.037)), recall]), {
    rules: [
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 }, mode: 'dry-run' },
      { 'non-inferior': { metric: 'recall', margin: 0.03 }, mode: 'dry-run' },
      { threshold: { metric: 'accuracy', min: 0.8 } },
    ],
  }),
  'superior-any-of': situation(
    comparisonOf([
      metricOf(0.004, intervalOf(-0.01, 0.018), { name: 'roc_auc' }),
      metricOf(0.03, intervalOf(0.012, 0.048), {
        name: 'f1',
        intervals: [intervalOf(0.012, 0.048), intervalOf(0.008, 0.052, 0.025), intervalOf(0.006, 0.054, 0.05 / 3)],
      }),
      metricOf(-0.002, intervalOf(-0.012, 0.008), { name: 'precision' }),
    ]),
    { rules: [{ superior: { 'any-of': ['roc_auc', 'f1', 'precision'] } }] },
  ),
  'superior-none': situation(
    comparisonOf([
      metricOf(0.004, intervalOf(-0.01, 0.018), { name: 'roc_auc' }),
      metricOf(0.006, intervalOf(-0.004, 0.016), { name: 'f1' }),
    ]),
    { rules: [{ superior: { 'any-of': ['roc_auc', 'f1'] } }] },
  ),
  'history-outlier': situation(comparisonOf([metricOf(-0.03, intervalOf(-0.05, -0.01))], { history: earlier(usual) }), {
    rules: [{ history: { metric: 'accuracy', window: 12 } }],
  }),
  'history-short': situation(comparisonOf([accuracy], { history: earlier(usual.slice(0, 3)) }), {
    rules: [{ history: { metric: 'accuracy' } }],
  }),
  seeds: situation(comparisonOf([seeded(-0.008, 0.02), recall]), {
    rules: [{ 'non-inferior': { metric: 'accuracy', margin: 0.02 } }],
  }),
  'other-baseline': situation(withChampion, {
    rules: [
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 } },
      { 'non-inferior': { metric: 'accuracy', margin: 0.01 }, baseline: 'champion' },
    ],
    context: { baselines: { champion } },
  }),
  'approval-missing': situation(comparisonOf([accuracy]), {
    rules: [
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 } },
      { approval: { users: ['ada'], teams: ['acme/model-owners'], expires: '7d' } },
    ],
    context: {
      authors: ['ada'],
      approvals: [{ by: 'ada', teams: [], at: '2026-07-31T10:00:00Z', sha: 'c'.repeat(40) }],
    },
  }),
  'reproducible-broken': situation(comparisonOf([accuracy, recall], { reruns: [{ accuracy: 0.9095, recall: 0.88 }] }), {
    rules: [{ reproducible: { tolerance: 0.0001 } }],
  }),
  'budget-exceeded': situation(comparisonOf([latency(61.5), accuracy]), {
    rules: [
      { budget: { metric: 'latency.p95_ms', max: '50ms' } },
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 } },
    ],
  }),
  calibration: situation(comparisonOf([ece(0.062, 0.041, 0.011), accuracy]), {
    rules: [{ calibration: { max: 0.05, confidence: 0.95, margin: 0.02 } }],
  }),
  equivalent: situation(comparisonOf([metricOf(0.006, intervalOf(-0.011, 0.023))]), {
    rules: [{ equivalent: { metric: 'accuracy', margin: 0.02 } }],
  }),
  'classes-unjudged': situation(comparisonOf([accuracy, ...perClass]), {
    rules: [{ threshold: { metric: 'accuracy', min: 0.8 } }],
  }),
}
