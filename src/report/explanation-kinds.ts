import { formatPercent, plural } from '../base/number-text.ts'
import { kindOf, type Rule, type RuleName, type RuleOf } from '../config/rules/rule.ts'

/** How each kind of rule decides, in our own words and with the numbers of the rule. Names of metrics and columns stay out. */

type Reading<Name extends RuleName> = (words: RuleOf<Name>) => string

/** Without those that are read off the numbers of a run. */
const readings: { [Name in Exclude<RuleName, 'threshold' | 'non-inferior'>]: Reading<Name> } = {
  change: () =>
    'The two values themselves are compared. How sure their difference is does not count: that takes `non-inferior`.',
  superior: (words) =>
    [
      `A metric is certainly better where the whole interval of its gain lies above ${words['min-effect']}, at a one-sided error of ${words.alpha}. A value without an interval never shows that.`,
      ...(words['any-of'] === undefined
        ? []
        : [
            "One of the metrics is enough, but none may be certainly worse, missing or incomparable. The error is shared between them by Holm's procedure: of many metrics that do not move, one looks better by chance.",
          ]),
    ].join(' '),
  equivalent: ({ margin, alpha }) =>
    `It passes only where the whole interval of the difference lies within ±${margin} (two one-sided tests at ${alpha}), and fails where all of it lies beyond. Which way is better does not matter.`,
  slices: (words) =>
    [
      `The inner rule is asked of every slice with at least ${plural(words['min-n'], 'row')}, and all of them have to pass. Smaller ones are named, but not judged; a slice that the base has and this run has not fails.`,
      words.correction === 'holm'
        ? "Of many slices one always looks worse by chance: what an interval says against a slice counts only where it still does after Holm's correction for their number. Else the slice is inconclusive."
        : 'Each slice is judged by itself (`correction: none`), so that with many of them one may fail by chance.',
    ].join(' '),
  flips: (words) =>
    [
      'A row is broken where the baseline was right and the new model is wrong. A model can gain more rows than it breaks and still break many.',
      ...(words['max-negative-rate'] === undefined
        ? []
        : [
            `At most ${formatPercent(words['max-negative-rate'])} of the rows may be broken${words.confidence === undefined ? ', as they were counted' : `; the ${formatPercent(words.confidence)} bound of Wilson's interval has to keep that`}.`,
          ]),
      ...(words.golden === undefined
        ? []
        : ['None of the golden rows may be broken, and each needs a prediction: one row is enough to fail.']),
    ].join(' '),
  parity: (words) =>
    [
      `The groups of this run are held against each other, so that it takes no baseline. Groups with fewer than ${plural(words['min-n'], 'row')} are named, but not judged.`,
      words['max-gap'] === undefined
        ? `Of every two groups the smaller value has to be at least ${words['min-ratio']} of the larger one.`
        : `No two groups may be further apart than ${words['max-gap']}.`,
      words.confidence === undefined
        ? 'The values themselves decide: how sure they are does not count.'
        : `The ${formatPercent(words.confidence)} bound decides, and two groups fail only where they still do after Holm's correction over all pairs.`,
    ].join(' '),
  calibration: (words) =>
    [
      `The expected calibration error says how far the probabilities are from what came true, over ${plural(words.bins, 'bin')}; lower is better. It may be ${words.max} at most${words.confidence === undefined ? ', as it was measured' : `, with the ${formatPercent(words.confidence)} bound`}.`,
      ...(words.margin === undefined
        ? []
        : [
            `It must also not be worse than that of the baseline by more than ${words.margin}, as under \`non-inferior\`.`,
          ]),
    ].join(' '),
  budget: ({ samples, confidence }) =>
    [
      'What a run costs is held against a constant: no baseline and no evaluation set has a say.',
      samples === undefined
        ? 'It was measured once, and once may be luck; `samples` measures it several times.'
        : `The median of at least ${plural(samples, 'measurement')} decides, so that one slow run does not.`,
      ...(confidence === undefined ? [] : [`Its ${formatPercent(confidence)} bound has to keep the limit.`]),
    ].join(' '),
  history: ({ window, method, k }) => {
    const how = {
      mad: `${k ?? 3} standard deviations from their median, estimated from the median deviation`,
      iqr: `${k ?? 1.5} times the range between their quartiles beyond the quartiles`,
      t: `${k ?? 3} standard deviations from their mean, widened for how few they are`,
    }
    return `The last ${plural(window, 'run')} say what is usual; too far on the worse side is more than ${how[method]}. Many small steps down stay unseen here: a rule against a fixed baseline sees those.`
  },
  data: (words) =>
    words === 'pass'
      ? 'No data check of the run may fail; warnings do not count. A run without data checks has not shown that its data are right.'
      : 'No data check of the run may fail or warn. A run without data checks has not shown that its data are right.',
  drift: ({ max }) =>
    `A column counts as drifted where it is further from its reference than ${max} and the difference is significant after correction for the number of columns: far by chance is not enough, and neither is near but certain.`,
  reproducible: ({ reruns, tolerance }) =>
    [
      `The pipeline was to be run ${plural(reruns, 'more time')} on the same inputs.`,
      tolerance === 0
        ? 'Every metric has to come out the same to the last digit.'
        : 'Every metric that is asked for has to come out within its tolerance.',
      'Time, memory and sizes do not count.',
    ].join(' '),
  approval: ({ count, expires }) =>
    [
      `It takes ${plural(count, 'approval')} of this very commit, by people who are named and did not write the change.`,
      ...(expires === undefined ? [] : [`Each counts for ${plural(Math.round(expires / 86_400), 'day')}.`]),
      'What is not known, such as who wrote the change, counts against an approval.',
    ].join(' '),
}

/** How the kind of a rule decides; empty for the two kinds that are read off numbers. */
export function readKind(rule: Rule): string {
  const kind = kindOf(rule)
  if (kind === 'threshold' || kind === 'non-inferior') return ''
  return readWith(kind, rule)
}

function readWith<Name extends keyof typeof readings>(kind: Name, rule: Rule): string {
  const reading = readings[kind] as (words: Rule[Name]) => string
  return reading(rule[kind])
}

/** What one may do about a rule of this kind that is inconclusive, where more rows are not the answer. */
export const openAdvice: Partial<Record<RuleName, string>> = {
  approval: 'ask one of them to approve this commit. An approval of an earlier commit does not count.',
  history: 'let more runs of the base branch be recorded: the rule can be judged when there are enough of them.',
  budget: 'measure it more often (`samples`), on a machine that does nothing else.',
  drift: 'see that the reference has the columns that are checked, and enough rows.',
}

/** The same for a rule of this kind that failed, where another model is not the answer. */
export const failAdvice: Partial<Record<RuleName, string>> = {
  data: 'correct the data. Where a check is wrong, correct the check, in a change of its own.',
  drift:
    'find out what changed in the data. Where the new data are right, take a new reference, in a change of its own.',
  budget: 'make it cheaper: a smaller model, fewer inputs, or work that is done once.',
  reproducible:
    'find what differs from run to run: a seed that is not set, threads, the time of day, the order of files. Where that cannot be helped, the rule takes a `tolerance`.',
}
