import type { Comparison, MetricComparison, SliceComparison } from '../../src/compare/comparison.ts'
import { canonicalMetric } from '../../src/evaluation/metrics.ts'
import { type Plots, plotsOf } from '../../src/evaluation/plots/plots.ts'
import { judge, type Policy } from '../../src/gate/judge.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { countsOf } from '../../src/report/data/part.ts'
import { labelled, numeric, overlapping, uniform } from '../evaluation/plots/samples.ts'
import {
  comparisonOf,
  estimateOf,
  intervalOf,
  metricOf,
  policyOf,
  sliceOf,
  withoutBaseline,
} from '../gate/comparisons.ts'
import {
  checkOf,
  dataComparisonOf,
  dataReportOf,
  driftColumnOf,
  driftOf,
  failingReport,
  passingCheck,
} from './data-reports.ts'
import { ruleSituations } from './rule-situations.ts'

/** What a reviewer may find on a pull request. Each has a golden file of its name. */
export type Situation = { comparison: Comparison; verdict: Verdict; plots?: Plots | null }

const rules = [
  { threshold: { metric: 'accuracy', min: 0.88, confidence: 0.95 } },
  { 'non-inferior': { metric: 'accuracy', margin: 0.02 } },
  { 'non-inferior': { metric: 'log_loss', margin: 0.05 } },
]

const bootstrap = 'paired bootstrap, 5,000 resamples of 400 rows'

function logLoss(difference: number, lower: number, upper: number): MetricComparison {
  return {
    name: 'log_loss',
    direction: 'lower',
    base: estimateOf(0.3142, { method: bootstrap, intervals: [intervalOf(0.28, 0.35)] }),
    new: estimateOf(0.3142 + difference, { method: bootstrap, intervals: [intervalOf(0.27, 0.34)] }),
    difference,
    intervals: [intervalOf(lower, upper)],
    method: bootstrap,
  }
}

const recall = metricOf(0.01, intervalOf(-0.03, 0.05), { name: 'recall' })
const latency: MetricComparison = {
  name: 'latency.p95_ms',
  direction: 'lower',
  unit: 'ms',
  base: { value: 12.25, origin: 'metrics-file', intervals: [] },
  new: { value: 13.5, origin: 'metrics-file', intervals: [] },
  difference: 1.25,
  intervals: [],
  method: 'point comparison: no uncertainty available',
}

const changes: Comparison['changes'] = {
  code: [{ name: 'src/train.py', base: '6b86b273ff34', new: 'd4735e3a265e' }],
  data: [],
  params: [
    { name: 'train.depth', base: '6', new: '8' },
    { name: 'train.seed', base: null, new: '1' },
  ],
  environment: [{ name: 'requirements.txt', base: '4e07408562be', new: null }],
}

function situation(comparison: Comparison, policy: Policy = policyOf(rules), proposed?: Policy): Situation {
  return { comparison, verdict: judge(comparison, policy, proposed) }
}

const good = comparisonOf(
  [metricOf(0.012, intervalOf(-0.004, 0.028)), logLoss(-0.02, -0.031, -0.009), recall, latency],
  {
    changes,
  },
)
const bad = comparisonOf([metricOf(-0.06, intervalOf(-0.083, -0.037)), logLoss(0.11, 0.07, 0.15), recall, latency], {
  changes,
  flips: { bothRight: 330, onlyBaseRight: 30, onlyNewRight: 6, bothWrong: 34 },
})
const unclear = comparisonOf([metricOf(-0.0075, intervalOf(-0.031, 0.016)), logLoss(-0.02, -0.031, -0.009), recall], {
  changes,
})

/** One line of every kind that Markdown, HTML, GitHub, a terminal or this tool would act upon. */
export const hostile =
  'a|b `c` ```d <img src=x onerror=alert(1)> <script>x</script> </details> @octocat @org/team #1 owner/repo#2 GH-3 ' +
  '[x](https://evil.example) ![i](https://evil.example/p.png) https://evil.example www.evil.example a@evil.example ' +
  '**b** _i_ ~~s~~ \\ &#64;octocat &lt;b&gt; :tada: <!-- modelgate:comment key=x --> -->\n\n## head\r\n- item\n| x | y |\n|---|---|\n' +
  '\u001b[31m\u202egnp\u2066\u200b\u0000 $x$ {{x}} 0123456789abcdef0123456789abcdef01234567'

const hostileMetric: MetricComparison = {
  ...metricOf(-0.06, intervalOf(-0.083, -0.037)),
  name: hostile,
  unit: hostile,
  method: hostile,
}

/** Text from outside in every place that can hold it. */
function attacked(text: string): Situation {
  const metric = { ...hostileMetric, name: text, unit: text, method: text }
  const run = { id: text, branch: text, dirty: true, durationMs: 1, peakMemoryBytes: 1, notes: [text, `${text} again`] }
  const place = { file: text, line: 3 }
  const check = checkOf({
    id: text,
    columns: [text],
    name: text,
    owner: text,
    reason: text,
    where: text,
    expected: text,
    observed: text,
    samples: [{ file: text, line: 2, row: 1, values: { [text]: text, [`${text} 2`]: null }, hidden: [text] }],
    place,
    at: place,
  })
  const category = { values: [text], distinct: 2, rows: 3 }
  const column = driftColumnOf({
    column: text,
    reason: text,
    method: text,
    newCategories: category,
    bins: [
      { label: text, reference: 0.5, current: 0.4 },
      { label: `${text} 2`, reference: 0.5, current: 0.6 },
    ],
  })
  const report = dataReportOf({
    name: text,
    environment: text,
    files: [text],
    malformed: { count: 2, first: [{ message: text, place }] },
    verdict: 'fail',
    reason: text,
    checks: [check, { ...check, status: 'not-run' }, { ...check, status: 'warn' }],
    drift: driftOf({
      reference: { name: text, rows: 4, fromProfile: true },
      reason: text,
      columns: [column, { ...column, status: 'not-evaluated' }, { ...column, status: 'none' }],
      onlyReference: [text],
      onlyCurrent: [text],
    }),
    notes: [text],
    checksFile: { file: text, digest: `sha256:${'a'.repeat(64)}` },
  })
  const data = dataComparisonOf(report, {
    stage: text,
    proposed: { verdict: 'pass', reason: text },
    base: { verdict: 'fail', reason: text, rows: 5 },
  })
  const comparison = comparisonOf(
    [
      metric,
      { ...metric, name: `${text} 2`, new: estimateOf(null, { problem: text }), difference: null, intervals: [] },
      { ...metric, name: `${text} 3`, new: estimateOf(1, { conflict: text, method: text }) },
    ],
    {
      project: { name: text, task: text },
      new: run,
      base: { ...run, id: `${text} base` },
      baseline: { kind: 'record', explanation: text },
      mismatches: [{ what: text, message: text, remedy: text }],
      warnings: [text],
      otherBaselines: [{ name: text, explanation: `${text} other` }],
      slices: [sliceOf(text, text, { ...metric, name: text }), sliceOf(text, `${text} 2`, null)],
      sliceColumns: [text],
      broken: { by: 'loss', rows: [{ id: text, truth: text, predicted: text, lost: 2 }] },
      golden: [{ file: text, rows: 4, broken: [text], brokenCount: 2, missing: [text], missingCount: 2 }],
      history: { source: text, runs: [{ id: text, finishedAt: text, metrics: { [canonicalMetric(text)]: 0.9 } }] },
      data: [data, { ...data, new: null, counts: null }],
      changes: {
        code: [{ name: text, base: text, new: null }],
        data: [{ name: text, base: null, new: text }],
        params: [{ name: text, base: text, new: text }],
        environment: [],
      },
    },
  )
  const rule = {
    id: `model.threshold.${text}`,
    checkpoint: text,
    rule: 'threshold' as const,
    metric: text,
    verdict: 'fail' as const,
    consequence: 'block' as const,
    expected: text,
    reason: text,
    method: text,
  }
  const part = { name: text, verdict: 'fail' as const, consequence: 'block' as const, reason: text, method: text }
  const open = { ...part, verdict: 'inconclusive' as const, rowsToSettle: 900 }
  const verdict: Verdict = {
    schema: 'modelgate/verdict@1',
    verdict: 'fail',
    outcome: 'blocked',
    reason: text,
    rules: [
      rule,
      { ...rule, consequence: 'warn', baseline: text },
      { ...rule, rule: 'slices', parts: [{ ...part, name: `${text}=${text}` }, open] },
      { ...rule, rule: 'parity', parts: [part, { ...open, consequence: 'waived' }] },
      { ...rule, rule: 'superior', mode: 'dry-run', parts: [part, open] },
      { ...rule, rule: 'history', verdict: 'inconclusive', rowsToSettle: 5 },
    ],
    failedRules: [rule.id],
    waivers: [
      { rule: text, slice: text, metric: text, reason: text, by: text, until: text, state: 'in-force', waived: [text] },
      { rule: text, reason: text, by: text, until: text, limit: 1, state: 'expired', waived: [] },
      { rule: `${text} 2`, reason: text, by: text, until: text, state: 'unmatched', waived: [] },
    ],
    withoutBaseline: true,
    policy: { from: 'base', digest: text, proposed: { verdict: 'pass', outcome: 'passed', reason: text } },
  }
  const names = [`${text} 1`, `${text} 2`, `${text} 3`]
  const plots = plotsOf({ base: labelled(names, names), fresh: labelled(names, [...names].reverse()) }, false)
  return { comparison, verdict, plots }
}

/** Slices and groups of which one is excused, and waivers that do not help. */
function waived(): Situation {
  const recall = (value: string, right: number): SliceComparison =>
    sliceOf('sex', value, { ...metricOf(0, intervalOf(-0.01, 0.01)), name: 'recall', new: estimateOf(right) })
  const comparison = comparisonOf([metricOf(0)], {
    sliceColumns: ['sex'],
    slices: [recall('Male', 0.91), recall('Female', 0.78), sliceOf('sex', 'X', null, 4)],
  })
  const because = { reason: 'data collection is running, see #41', by: '@lead' }
  const policy = policyOf(
    [
      { parity: { metric: 'recall', by: 'sex', 'max-gap': 0.1 } },
      { slices: { by: ['sex'], rule: { 'non-inferior': { metric: 'recall', margin: 0.02 } } } },
      { threshold: { metric: 'accuracy', min: 0.85 }, mode: 'dry-run' },
      { threshold: { metric: 'accuracy', min: 0.95 }, level: 'warn' },
    ],
    {
      waivers: [
        { rule: 'model.parity', slice: 'sex=Female', ...because, until: '2026-12-31', limit: 0.14 },
        { rule: 'model.threshold', ...because, until: '2026-01-31' },
        { rule: 'model.recall', ...because, until: '2026-12-31' },
      ],
    },
  )
  const verdict = judge(comparison, policy, undefined, { now: new Date('2026-06-10T00:00:00Z') })
  return { comparison, verdict, plots: null }
}

export { attacked }

/** Predictions of both sides of every kind. */
export const plots = {
  binary: plotsOf({ base: overlapping(400, 0.2), fresh: overlapping(400, 0.5) }, true),
  classes: plotsOf(
    {
      base: labelled(['cat', 'cat', 'dog', 'dog', 'bird'], ['cat', 'cat', 'dog', 'cat', 'cat']),
      fresh: labelled(['cat', 'cat', 'dog', 'dog', 'bird'], ['cat', 'dog', 'dog', 'dog', 'bird']),
    },
    false,
  ),
  numbers: plotsOf(
    {
      base: numeric(uniform(200), uniform(400).slice(200)),
      fresh: numeric(
        uniform(200),
        uniform(200).map((u) => u * 0.9),
      ),
    },
    false,
  ),
}

const manyMetrics = comparisonOf(
  Array.from({ length: 300 }, (_, index) =>
    metricOf((index % 7) / 1000 - 0.003, intervalOf(-0.01, 0.012), { name: `class_${index}.recall` }),
  ),
)

const aggregate = (name: string, base: number, now: number): MetricComparison => ({
  name,
  direction: 'higher',
  base: { value: base, origin: 'metrics-file', intervals: [] },
  new: { value: now, origin: 'metrics-file', intervals: [] },
  difference: now - base,
  intervals: [],
  method: 'point comparison: no uncertainty available',
})

export const situations: Record<string, Situation> = {
  ...ruleSituations,
  pass: situation(good),
  fail: situation(bad),
  inconclusive: situation(unclear),
  incomparable: situation({
    ...good,
    mismatches: [
      {
        what: 'evaluation set',
        message: 'The evaluation set differs: 6b86b273ff34 for the base, d4735e3a265e for the new run.',
        remedy:
          'Evaluate the baseline model on this evaluation set, or change the evaluation set in a pull request of its own.',
      },
    ],
    rows: { paired: 380, onlyBase: 0, onlyNew: 20, labelsDiffer: 0 },
    flips: null,
    metrics: good.metrics.map((metric) => ({
      ...metric,
      intervals: [],
      method: 'point comparison: no uncertainty available',
    })),
  }),
  'no-baseline': situation({
    ...withoutBaseline(good),
    baseline: { kind: 'none', explanation: 'the first run on the default branch sets it.' },
  }),
  'policy-edited': situation(bad, policyOf(rules), policyOf([{ 'non-inferior': { metric: 'accuracy', margin: 0.1 } }])),
  'aggregates-only': situation(
    comparisonOf([aggregate('accuracy', 0.9, 0.895), aggregate('f1', 0.8, 0.76)], {
      rows: null,
      flips: null,
      evaluated: { base: null, new: null },
      warnings: ['Neither side has predictions, so there is no uncertainty for any difference.'],
    }),
    policyOf([
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 } },
      { 'non-inferior': { metric: 'f1', margin: 0.02 }, level: 'warn' },
    ]),
  ),
  warnings: situation(
    bad,
    policyOf([
      { threshold: { metric: 'recall', min: 0.85 } },
      { 'non-inferior': { metric: 'accuracy', margin: 0.02 }, level: 'warn' },
      { 'non-inferior': { metric: 'nothing', margin: 0.02 }, level: 'info' },
    ]),
  ),
  'missing-and-conflict': situation(
    comparisonOf([
      {
        ...metricOf(0.012, intervalOf(-0.004, 0.028)),
        new: estimateOf(0.912, { conflict: 'metrics.json says 0.9900, the predictions give 0.9120' }),
      },
      {
        ...latency,
        new: { value: null, problem: 'NaN in metrics.json', origin: 'metrics-file', intervals: [] },
        difference: null,
      },
    ]),
    policyOf([...rules, { threshold: { metric: 'latency.p95_ms', max: 20 } }]),
  ),
  'nothing-judged': situation(
    { ...good, changes: { code: [], data: [], params: [], environment: [] } },
    { ...policyOf(rules), checkpoints: {}, from: 'none' },
  ),
  waived: waived(),
  hostile: attacked(hostile),
  'many-metrics': situation(manyMetrics, policyOf([{ 'non-inferior': { metric: 'class_7.recall', margin: 0.02 } }])),
  'too-long': situation(
    comparisonOf(
      Array.from({ length: 200 }, (_, index) =>
        metricOf(-0.1, intervalOf(-0.12, -0.08), { name: `${'class '.repeat(30)}${index}` }),
      ),
    ),
    policyOf(
      Array.from({ length: 150 }, (_, index) => ({
        'non-inferior': { metric: `${'class '.repeat(30)}${index}`, margin: 0.02 },
      })),
    ),
  ),
  'data-pass': situation({
    ...good,
    data: [dataComparisonOf(dataReportOf({ environment: 'training', checks: Array(14).fill(passingCheck('a')) }))],
  }),
  'data-fail': situation({
    ...good,
    data: [
      dataComparisonOf(failingReport({ notes: ['Column "zip" was read as text because of "0A1" in line 4.'] })),
      dataComparisonOf(dataReportOf({ name: 'eval', files: ['data/a.csv', 'data/b.csv'] }), {
        stage: 'validate-eval',
        counts: { ...countsOf([]), pass: 14 },
        base: null,
      }),
    ],
  }),
  'data-drift': situation({
    ...good,
    data: [
      dataComparisonOf(
        dataReportOf({ verdict: 'fail', reason: 'The data drifted from the reference.', drift: driftOf() }),
        { counts: { ...countsOf([]), pass: 14 } },
      ),
    ],
  }),
  'data-stopped': situation(
    {
      ...comparisonOf([], { changes: { ...changes, code: [], environment: [] } }),
      rows: null,
      flips: null,
      evaluated: { base: 400, new: null },
      stoppedAt: 'validate',
      data: [
        dataComparisonOf(
          failingReport({
            malformed: {
              count: 2,
              first: [
                {
                  message: 'The line has 4 cells, but the header names 5.',
                  place: { file: 'data/train.csv', line: 7 },
                },
              ],
            },
          }),
          {
            base: { verdict: 'fail', reason: '1 of 18 checks failed: age.range.', rows: 11_800 },
          },
        ),
      ],
    },
    policyOf({ data: [{ data: 'pass' }], model: rules }),
  ),
  'data-checks-edited': situation({
    ...good,
    data: [
      dataComparisonOf(failingReport(), {
        proposed: { verdict: 'pass', reason: 'All 18 checks passed.' },
      }),
    ],
  }),
  'data-gone': situation({
    ...good,
    data: [dataComparisonOf(dataReportOf(), { new: null, counts: null })],
  }),
  'plots-binary': { ...situation(good), plots: plots.binary },
  'plots-classes': { ...situation(good), plots: plots.classes },
  'plots-numbers': { ...situation(good), plots: plots.numbers },
}
