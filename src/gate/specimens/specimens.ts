import type { Comparison, MetricComparison, SliceComparison } from '../../compare/comparison.ts'
import { scaleOf } from '../../config/quantity.ts'
import type { RuleName, RuleOf } from '../../config/rules/rule.ts'
import { eceOf } from '../../config/rules/rule-key.ts'
import { canonicalMetric } from '../../evaluation/metrics.ts'
import { holmLevels } from '../../stats/step-down.ts'
import type { JudgeContext } from '../context.ts'
import { needsOf } from '../rule-table.ts'
import { slicedMetric } from '../rules/slices.ts'
import { successMetrics } from '../rules/superior.ts'
import { checkedData, driftedData } from './data.ts'
import { emptyComparison, type Making, madeUpMetric, madeUpSlice, manyRows, rangeOf } from './made-up.ts'

/** A run that was made up for a rule: what is wrong with it, and what is known beside it. */
export type Specimen = { what: string; comparison: Comparison; context?: JudgeContext }

/** A run in which all is well, and some in each of which one thing is broken that the rule is about. */
export type Specimens = { good: Specimen; broken: Specimen[] }

/** Values of one metric on both sides. */
type Pair = { base: number; fresh: number }
type Pairs = { good: Pair; broken: { what: string; pair: Pair }[] }

/** Runs for a rule. What a rule cannot notice, because no value is beyond its limit, is made as bad as it can get. */
export function specimensOf(making: Making): Specimens {
  const { rule } = making
  const make = <Name extends RuleName>(name: Name): Specimens => makers[name](rule[name] as RuleOf<Name>, making)
  const name = (Object.keys(makers) as RuleName[]).find((one) => rule[one] !== undefined)
  if (name === undefined) throw new Error('a rule of no kind passed the schema')
  return make(name)
}

const makers: { [Name in RuleName]: (words: RuleOf<Name>, making: Making) => Specimens } = {
  threshold: (words, making) => ofMetric(words.metric, making, constantPairs(words, words.metric, making)),
  change: (words, making) => ofMetric(words.metric, making, changePairs(words.metric, making)),
  'non-inferior': (words, making) => ofMetric(words.metric, making, changePairs(words.metric, making)),
  equivalent: (words, making) => ofMetric(words.metric, making, changePairs(words.metric, making)),
  superior: (words, making) => {
    const names = successMetrics(words)
    const pairs = names.map((name): [string, Pairs] => {
      const { good, broken } = changePairs(name, making)
      const [worse] = broken
      const back = worse === undefined ? good : { base: worse.pair.fresh, fresh: worse.pair.base }
      return [name, { good: back, broken }]
    })
    return {
      good: specimen('improved', { metrics: pairs.map(([name, { good }]) => metricAt(name, good, making)) }),
      broken: [
        specimen('every metric got worse', {
          metrics: pairs.map(([name, { good, broken }]) => metricAt(name, broken[0]?.pair ?? good, making)),
        }),
        specimen('nothing changed', {
          metrics: pairs.map(([name, { good }]) => metricAt(name, { base: good.base, fresh: good.base }, making)),
        }),
      ],
    }
  },
  history: ({ metric, window }, making) => {
    const { worst } = rangeOf(making, metric)
    const usual = (index: number): number => making.size * (0.5 + (index % 5) / 1000)
    const runs = Array.from({ length: window }, (_none, index) => ({
      id: `${index}`,
      finishedAt: '2026-01-01T00:00:00Z',
      metrics: { [canonicalMetric(metric)]: usual(index) },
    }))
    const at = (what: string, fresh: number): Specimen =>
      specimen(what, {
        metrics: [metricAt(metric, { base: fresh, fresh }, making)],
        history: { source: 'the self-test', runs },
      })
    return { good: at('as ever', usual(2)), broken: [at('as bad as it can get', worst)] }
  },
  slices: (words, making) => {
    const { metric } = slicedMetric(words)
    const { good, broken } = slicedPairs(words, making)
    const slicesWith = (bad: string | undefined, pair: Pair): SliceComparison[] =>
      words.by.flatMap((column) =>
        (words.where?.[column] ?? ['one', 'other']).map((value, index) =>
          madeUpSlice(column, value, metricAt(metric, column === bad && index === 0 ? pair : good, making)),
        ),
      )
    const at = (what: string, slices: SliceComparison[]): Specimen => specimen(what, { slices, sliceColumns: words.by })
    return {
      good: at('all slices are well', slicesWith(undefined, good)),
      broken: words.by.flatMap((column) =>
        broken.map(({ what, pair }) => at(`a slice by ${column}: ${what}`, slicesWith(column, pair))),
      ),
    }
  },
  flips: ({ 'max-negative-rate': most, golden: file }) => {
    const all = { bothRight: manyRows, onlyBaseRight: 0, onlyNewRight: 0, bothWrong: 0 }
    const golden = (brokenCount: number): Comparison['golden'] =>
      file === undefined
        ? []
        : [{ file, rows: 10, broken: brokenCount === 0 ? [] : ['a'], brokenCount, missing: [], missingCount: 0 }]
    return {
      good: specimen('nothing was broken', { flips: all, golden: golden(0) }),
      broken: [
        ...(most === undefined
          ? []
          : [
              specimen('every row was broken', {
                flips: { ...all, bothRight: 0, onlyBaseRight: manyRows },
                golden: golden(0),
              }),
            ]),
        ...(file === undefined ? [] : [specimen('a golden row was broken', { flips: all, golden: golden(1) })]),
      ],
    }
  },
  parity: (words, making) => {
    const { best, worst } = rangeOf(making, words.metric)
    const groups = (one: number, other: number): Partial<Comparison> => ({
      sliceColumns: [words.by],
      slices: [one, other].map((value, index) =>
        madeUpSlice(words.by, `${index}`, metricAt(words.metric, { base: value, fresh: value }, making)),
      ),
    })
    return {
      good: specimen('all groups are alike', groups(Math.max(best, worst), Math.max(best, worst))),
      broken: [
        specimen(
          'one group is as bad as it can get',
          groups(Math.max(best, worst), words['max-gap'] === undefined ? 0 : Math.min(best, worst)),
        ),
      ],
    }
  },
  calibration: ({ max, bins, margin }, making) => {
    const name = eceOf(bins)
    const pairs: Pairs = {
      good: { base: max / 2, fresh: max / 2 },
      broken: [
        { what: 'far beyond the limit', pair: { base: 1, fresh: 1 } },
        ...(margin === undefined
          ? []
          : [{ what: 'worse by more than the margin', pair: { base: 0, fresh: max > margin ? max : 1 } }]),
      ],
    }
    return ofMetric(name, making, pairs)
  },
  budget: ({ metric, max, samples }, making) => {
    const factor = max.scale === 'number' ? 1 : (scaleOf(metric, making.metrics[metric]?.unit)?.factor ?? 1)
    const at = (what: string, value: number): Specimen =>
      specimen(what, {
        metrics: [metricAt(metric, { base: value, fresh: value }, making)],
        reruns: Array.from({ length: Math.max(9, samples ?? 0) }, () => ({ [canonicalMetric(metric)]: value })),
      })
    const { most } = rangeOf(making, metric)
    return {
      good: at('within the budget', max.value / factor / 2),
      broken: [at('as far beyond the budget as it can get', most)],
    }
  },
  data: (words) => ({
    good: specimen('all checks passed', { data: checkedData('pass') }),
    broken: [
      specimen('a check failed', { data: checkedData('fail') }),
      ...(words === 'no-warnings' ? [specimen('a check warned', { data: checkedData('warn') })] : []),
    ],
  }),
  drift: ({ method }) => {
    return {
      good: specimen('nothing drifted', { data: driftedData(method, 0) }),
      broken: [specimen('a column drifted as far as it can', { data: driftedData(method, furthestDrift[method]) })],
    }
  },
  reproducible: ({ tolerance, reruns }, making) => {
    const wanted = typeof tolerance === 'number' ? { metric: tolerance } : tolerance
    const names = Object.keys(wanted).map((name) => ({
      name,
      ...rangeOf(making, name),
    }))
    const at = (what: string, off: string | undefined): Specimen =>
      specimen(what, {
        metrics: names.map(({ name, least }) => metricAt(name, { base: least, fresh: least }, making)),
        reruns: Array.from({ length: reruns }, () =>
          Object.fromEntries(
            names.map(({ name, least, most }) => [canonicalMetric(name), name === off ? most : least]),
          ),
        ),
      })
    return {
      good: at('the same again', undefined),
      broken: names.map(({ name }) =>
        at(typeof tolerance === 'number' ? 'a metric is another one' : `${name} is another one`, name),
      ),
    }
  },
  approval: ({ users = [], teams = [], count }) => {
    const comparison = emptyComparison()
    const now = new Date('2026-01-01T00:00:00Z')
    const sha = comparison.new.commit ?? ''
    const one = (by: string, of: string[]) => ({ by, teams: of, at: now.toISOString(), sha })
    const people = [
      ...users.map((user) => one(user, [])),
      ...(teams.length === 0 ? [] : Array.from({ length: count }, (_none, index) => one(`member-${index}`, teams))),
    ]
    const context = { now, authors: ['author-of-the-change'] }
    return {
      good: { what: 'approved', comparison, context: { ...context, approvals: people } },
      broken: [
        { what: 'not approved', comparison, context },
        {
          what: 'approved by the authors',
          comparison,
          context: { now, authors: people.map(({ by }) => by), approvals: people },
        },
      ],
    }
  },
}

function specimen(what: string, parts: Partial<Comparison>): Specimen {
  return { what, comparison: emptyComparison(parts) }
}

/**
 * How far a column can drift. The index of stability is at most 2 ln(2 rows): 50 is beyond that of 10^10 rows. Standard deviations between
 * two samples have no end, but a column that is in another unit by a factor of a million is no further off than so.
 */
const furthestDrift: Record<RuleOf<'drift'>['method'], number> = { ks: 1, psi: 50, js: 1, wasserstein: 1e6, tv: 1 }

/** A rule about one metric over all rows. */
function ofMetric(name: string, making: Making, { good, broken }: Pairs): Specimens {
  return {
    good: specimen('well', { metrics: [metricAt(name, good, making)] }),
    broken: broken.map(({ what, pair }) => specimen(what, { metrics: [metricAt(name, pair, making)] })),
  }
}

function metricAt(name: string, { base, fresh }: Pair, { rule, metrics }: Making): MetricComparison {
  const { alphas = [], slices } = needsOf(rule)
  const corrected = slices?.corrected === undefined ? [] : holmLevels(slices.corrected.alpha, 64)
  return madeUpMetric(metrics, name, base, fresh, [...alphas, ...(slices?.alphas ?? []), ...corrected])
}

/** A constant: in the middle of what is allowed, and as far beyond each limit as the metric can get. */
function constantPairs(
  { min, max }: { min?: number | undefined; max?: number | undefined },
  name: string,
  making: Making,
): Pairs {
  const { least, most } = rangeOf(making, name)
  const middle = ((min ?? Math.min(least, max ?? least)) + (max ?? Math.max(most, min ?? most))) / 2
  const at = (value: number): Pair => ({ base: value, fresh: value })
  return {
    // Beyond what the metric can be there is nothing that is well.
    good: at(Math.max(least, Math.min(most, middle))),
    broken: [
      ...(min === undefined ? [] : [{ what: 'as low as it can get', pair: at(least) }]),
      ...(max === undefined ? [] : [{ what: 'as high as it can get', pair: at(most) }]),
    ],
  }
}

/** A change: none at all, and from as good to as bad as the metric can get. */
function changePairs(name: string, making: Making): Pairs {
  const { least, best, worst } = rangeOf(making, name)
  // Of a baseline of 0 there is no share, and of a large one any change is a small share.
  const base = least < 0 ? 1 : best === 0 ? making.size / 1000 : best
  // A hair inside: an interval that touches a margin as wide as the range is no proof that anything could go beyond it.
  const fresh = worst + (base - worst) * 1e-9
  return {
    good: { base, fresh: base },
    broken: [{ what: 'as much worse as it can get', pair: { base, fresh } }],
  }
}

function slicedPairs(words: RuleOf<'slices'>, making: Making): Pairs {
  const { threshold } = words.rule
  const { metric } = slicedMetric(words)
  return threshold === undefined ? changePairs(metric, making) : constantPairs(threshold, metric, making)
}
